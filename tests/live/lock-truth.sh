#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: for every class of lock, what was waited for it is the truth that the program measured,
# within 2 % (6 % with priority inheritance), and so is how often; the lock has its variable's name;
# its holders are those who had it, each in its proportion; what the holders did adds up to the
# wait, and the profile's samples to the list of locks.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../locks.sh
. "$ROOT/tests/locks.sh"
need_root
need jq go

run "$W/locks" mutex 4 2 2000 && truth the_mutex mutex 2 && holders mutex
run "$W/locks" recursive 4 2 2000 && truth the_recursive mutex 2 && holders mutex
run "$W/locks" pi 4 2 2000 && truth the_pi pi 6 && holders pi
run "$W/locks" rwlock 4 2 2000 && truth the_rwlock rwlock 2 && holders rwlock
run "$W/locks" condvar 4 2 10000 && truth the_cond condvar 2
run "$W/locks" semaphore 4 2 10000 && truth the_semaphore semaphore 2
run "$W/locks" barrier 4 2 10000 && truth the_barrier barrier 2
run "$W/locks" join 4 2 2000 && truth '' join 2
