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

# right NAME CLASS SLACK LOCK HOLD_US [COMMAND...]
right() {
	run "$W/locks" "$4" 4 2 "$5"
	truth "$1" "$2" "$3"
	"${@:6}"
}

undisturbed right the_mutex mutex 2 mutex 2000 holders mutex
undisturbed right the_recursive mutex 2 recursive 2000 holders mutex
undisturbed right the_pi pi 6 pi 2000 holders pi
undisturbed right the_rwlock rwlock 2 rwlock 2000 holders rwlock
undisturbed right the_cond condvar 2 condvar 10000
undisturbed right the_semaphore semaphore 2 semaphore 10000
undisturbed right the_barrier barrier 2 barrier 10000
undisturbed right '' join 2 join 2000
