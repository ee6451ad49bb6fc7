#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: what the holder of a lock did while others waited is what it did: it slept, it was on a CPU
# or waited for one, it waited for the disk; the stack there is the function that does so, and the
# waker's is the one that releases the lock.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../locks.sh
. "$ROOT/tests/locks.sh"
need_root
need jq go

# part FILTER: percent of the known holders' time, but for what they waited for a CPU: that is
# the host's doing.
part() {
	lock mutex ".[0].holders | 100 * (map($1) | add) / (map(.delay_ns - .runq_ns) | add)"
}

# labels OF PATTERN: percent of the time of samples with labels like OF that have such as PATTERN.
labels() {
	awk -v of="$1" -v pattern="$2" '/^Samples:/ { on = 1; next } /^Locations/ { on = 0 }
		on && /^ *-?[0-9]+ +-?[0-9]+: / { sub(":", "", $2); ns = $2; next }
		on && $0 ~ of && / lock:\[the_mutex\]/ { all += ns; if ($0 ~ pattern) in_it += ns }
		on { ns = 0 }
		END { printf "%.1f\n", all ? 100 * in_it / all : 0 }' "$T/raw"
}

# A fast disk makes short waits, few of which come with the stack of their end.
for mode in sleep spin disk; do
	ended='holder:'
	run "$W/locks" mutex 2 2 5000 $mode
	adds_up
	echo "== $mode"
	case $mode in
	sleep)
		at_least "percent asleep" "$(part '.blocked_ns.sleep')" 95
		at_least "percent with the stack" \
			"$(labels 'holder_state:.sleep' 'holder_stack:.[^]]*;work_with_lock;nap;')" 75
		;;
	spin) at_least "percent on a CPU" "$(part .on_cpu_ns)" 98 ;;
	disk)
		# Other threads' writes can make it wait in other ways: but it neither slept nor spun.
		[ "$(part '.blocked_ns.sleep // 0')" = 0 ] || fail "it never slept"
		at_least "percent waiting for the disk" "$(part '.blocked_ns.disk // 0')" 50
		ended='waker_stack:'
		;;
	esac
	at_least "percent whose waker releases it" \
		"$(labels "$ended" 'waker_stack:.[^]]*pthread_mutex_unlock')" 85
done
