#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the locks of programs with musl's C library are told apart, static and dynamic; what was waited
# for them, how often, and who had them, is the truth that the program measured.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../locks.sh
. "$ROOT/tests/locks.sh"
need_root
need jq go musl-gcc

# right NAME CLASS THREADS HOLD_US
right() {
	run "$T/locks" "$2" "$3" 2 "$4"
	truth "$1" "$2" 2
	[ "$2" != mutex ] || holders mutex
}

# musl's mutexes do not say who has them: whoever gives them back had them.
for how in -static ''; do
	# shellcheck disable=SC2086 # '' is no argument
	musl-gcc -std=gnu11 -D_GNU_SOURCE -O1 $how -o "$T/locks" "$ROOT/tests/workload/locks.c" ||
		fail "locks.c does not compile with musl-gcc $how"
	undisturbed right the_mutex mutex 4 2000
	undisturbed right the_rwlock rwlock 4 8000
	undisturbed right the_semaphore semaphore 4 10000
	undisturbed right '' join 4 2000
done
