#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what was waited for a lock, and how often, is the truth with 2, 16 and 64 threads, and in a
# pid namespace, where the numbers in the lock's memory are not the kernel's own.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../locks.sh
. "$ROOT/tests/locks.sh"
need_root
need jq go

# threads NUMBER HOLD_US
threads() {
	run "$W/locks" mutex "$1" 2 "$2"
	truth the_mutex mutex 2
	[ "$1" -gt 2 ] || holders mutex 90 95
}

# Numbers in a namespace are not ours: the names of the threads tell.
in_namespace() {
	run unshare -p -f --mount-proc "$W/locks" mutex 4 2 2000
	truth the_mutex mutex 2
	! lock mutex '.[0].holders[].holder' | grep -qv '^worker-[0-3] ([0-9]*)$' ||
		fail "others have held it: $(lock mutex '.[0].holders')"
	at_least "percent of the wait whose holder is known" \
		"$(lock mutex '.[0] | 100 - 100 * .unknown_holder_ns / .delay_ns')" 90
}

# The program's clock counts the way into the kernel and back to it on a CPU that was idle, 20 to 40 us
# a wait in a virtual machine, which is no part of being blocked: of two threads' waits, which are
# the shortest, it must stay a small part.
undisturbed threads 2 8000
undisturbed threads 16 1000
undisturbed threads 64 1000
echo "== a pid namespace"
undisturbed in_namespace
