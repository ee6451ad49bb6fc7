# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of locks: source it after lib.sh. They run the workload `locks`, which prints what it
# measured, and compare.
# shellcheck disable=SC2034 # for lib.sh
KINDS=lock

# The lock of a class that was waited for longest: what jq says of it.
lock() {
	jq -r --arg class "$1" "[.locks[] | select(.class == \$class)] | $2" "$T/rec/locks.json"
}

# adds_up: the list of locks in itself, and with the profile.
adds_up() {
	jq -r '.locks[] |
		(select((.unknown_holder_ns + ([.holders[].delay_ns] | add // 0)) != .delay_ns) |
			"not the sum of its holders: \(.lock)"),
		(.holders[] | select(.on_cpu_ns + .runq_ns + ([.blocked_ns[]] | add // 0) !=
			.delay_ns) | "not the sum of what it did: \(.holder)"),
		(select((.held | not) and .holders != []) | "a holder of \(.class) \(.lock)")' \
		"$T/rec/locks.json" >"$T/apart"
	[ ! -s "$T/apart" ] || fail "$(head -n 3 "$T/apart")"
	go_pprof -raw "$T/rec/lock.pb.gz" >"$T/raw" || fail "pprof: $(cat "$T/pprof.err")"
	awk '/^Samples:/ { on = 1; next } /^Locations/ { on = 0 }
		on && /^ *-?[0-9]+ +-?[0-9]+: / { sub(":", "", $2); ns = $2; next }
		on && match($0, /lock:\[[^]]*\]/) {
			sum[substr($0, RSTART + 6, RLENGTH - 7)] += ns
			ns = 0
		}
		END { for (name in sum) printf "%s\t%.0f\n", name, sum[name] }' "$T/raw" |
		sort >"$T/profile"
	jq -r '[.locks[] | {lock, delay_ns}] | group_by(.lock)[] |
		"\(.[0].lock)\t\(map(.delay_ns) | add)"' "$T/rec/locks.json" | sort >"$T/list"
	diff <(grep -v '	0$' "$T/profile") <(grep -v '	0$' "$T/list") >"$T/apart" ||
		fail "the samples are not the list's sums: $(head -n 4 "$T/apart")"
	[ "$(summary "$T/rec" '[.kinds.lock.lost[]] | add')" = 0 ] || fail "samples were lost"
}

# holders CLASS [RIGHT [KNOWN]]: each thread's part of what is known, next to its part of the truth.
holders() {
	lock "$1" '.[0].holders[] | "\(.holder)\t\(.delay_ns)"' |
		sed 's/.*(\([0-9]*\))\t/\1\t/' >"$T/have"
	awk -F '\t' 'NR == FNR { if ($1 == "holder") { want[$2] = $3; all += $3 } next }
		!($1 in want) { print "thread " $1 " never held it"; exit }
		{ have[$1] = $2; known += $2 }
		END { for (tid in want) {
			d = have[tid] / known - want[tid] / all
			wrong += d < 0 ? -d : d
		}
		printf "%.1f\n", 100 - 50 * wrong }' "$T/record.out" "$T/have" >"$T/right"
	at_least "$1: percent of the holders' time that is the right one's" "$(cat "$T/right")" \
		"${2:-85}"
	at_least "$1: percent of the wait whose holder is known" \
		"$(lock "$1" '.[0] | 100 - 100 * .unknown_holder_ns / .delay_ns')" "${3:-90}"
}

kept=0 # ms of the last recording that the hypervisor kept, as `run` has it

# waited CLASS NS TRUTH SLACK: a waiter that is woken while the hypervisor keeps its CPU measures that
# too, and we do not: the wait is over.
waited() {
	within "$1: ns" "$2" "$3" $(($3 * $4 / 100 + kept * 1000000))
}

# truth NAME CLASS SLACK: of the last recording. Its waits are the kernel's own count of how often the
# program's threads went to sleep there, where it prints that; pthread_cond_wait and pthread_join sleep for other locks too.
truth() {
	local waits ns sleeps

	read -r waits ns < <(awk -F '\t' '$1 == "class" { print $4, $6 }' "$T/record.out")
	sleeps=$(awk -F '\t' '$1 == "sleeps" { print $2 }' "$T/record.out")
	adds_up
	[ -z "$1" ] || [ "$(lock "$2" '.[0].lock')" = "$1" ] ||
		fail "$2: the lock is called $(lock "$2" '.[0].lock'), not $1"
	case $2 in
	join) # each thread has one, on its stack; musl has another, static, for its list of threads
		waited "$2" "$(lock join 'map(select(.lock | startswith("heap")).delay_ns) |
			add')" "$ns" "$3"
		near "$2: waits" "$(lock join 'map(select(.lock | startswith("heap")).contentions) |
			add')" "$waits" 2
		;;
	*)
		[ "$2" = condvar ] || waits=${sleeps:-$waits}
		waited "$2" "$(lock "$2" '.[0].delay_ns')" "$ns" "$3"
		near "$2: waits" "$(lock "$2" '.[0].contentions')" "$waits" 2
		;;
	esac
}

# run COMMAND...: records it.
run() {
	local mark

	mark=$(stolen_mark)
	record "$T/rec" --per-thread -- "$@"
	kept=$(stolen_since "$mark")
}
