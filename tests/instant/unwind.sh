# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For tests/live/unwind-*.sh, behind lib.sh: how complete recorded user stacks are, and whether
# their return addresses follow calls.

PROGRAMS=$ROOT/tests/instant/programs

# frames_build NAME OPTION...: $T/NAME, the program of known call chains, without frame pointers.
frames_build() {
	local name=$1

	shift
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -fomit-frame-pointer -fno-optimize-sibling-calls \
		-pthread "$@" -o "$T/$name" "$PROGRAMS/frames.c" 2>"$T/last.err" ||
		fail "frames.c does not compile with: $*"
}

# stacks DIR [COMM]: "count<TAB>root;...;leaf" for each user stack, without kernel frames.
stacks() {
	"$HOSTPROF" report "$1" -k cpu --format folded ${2:+--comm "$2"} >"$T/folded" \
		2>"$T/last.err" || fail "hostprof report $1 --format folded"
	# The value is the last word, the process's name the first frame; the kernel's come last.
	awk '{
		n = $NF; sub(/ [0-9]+$/, ""); sub(/^[^;]*;/, ""); sub(/(;[^;]*_\[k\])+$/, "")
		if ($0 !~ /^[^;]*_\[k\]$/) print n "\t" $0
	}' "$T/folded"
}

# stacks_sum DIR [CONDITION]: the samples whose stack ($2) fulfils an awk condition.
stacks_sum() {
	stacks "$1" | awk -F '\t' "${2:-1} { n += \$1 } END { print n + 0 }"
}

# Ends of walks that say nothing about the walk: the program was new and its unwind table not built
# yet, it was between two programs, or at its end.
EARLY_OR_LATE='no_table_yet|no_user_memory|in_exec'

# cut_short DIR REASONS: the user stacks that ended for one of them (a regular expression).
cut_short() {
	summary "$1" "[.kinds.cpu.stacks.truncated | to_entries[] |
		select(.key | test(\"^($2)\$\")) | .value] | add // 0"
}

# walkable DIR: the samples whose user stack could be walked at all.
walkable() {
	echo $(($(summary "$1" .kinds.cpu.delivered) - $(cut_short "$1" "$EARLY_OR_LATE")))
}

reasons() {
	summary "$1" '.kinds.cpu.stacks.truncated | to_entries[] | select(.value > 0) |
		"  cut short: \(.value) \(.key)"'
}

# complete DIR PERCENT [EXCEPT]: at least PERCENT of them reached the bottom; EXCEPT is a reason
# that does not count either.
complete() {
	local all=0 short=0 late="kernel_failed|$EARLY_OR_LATE"

	all=$(walkable "$1")
	short=$(($(cut_short "$1" '.*') - $(cut_short "$1" "$late${3:+|$3}")))
	reasons "$1"
	at_least "samples that could be walked" "$all" 50
	at_least "percent of their stacks complete" "$(percent $((all - short)) "$all")" "$2"
}

# follow_calls DIR: every return address in the recording follows a call instruction.
follow_calls() {
	local calls=$BUILD/tests/instant/calls

	[ -x "$calls" ] || fail "$calls is not built"
	"$calls" "$1/cpu.pb.gz" >"$T/calls" || fail "return addresses without a call: $(cat "$T/calls")"
	awk '$1 > 0 { print "  " $0 }' "$T/calls"
}

# equal OPTION...: instant says that our walk and libdw's of the same instants are the same.
equal() {
	local instant=$BUILD/tests/instant/instant

	[ -x "$instant" ] || fail "$instant is not built"
	"$instant" --details 2 "$@" >"$T/instant" 2>"$T/last.err" || {
		cat "$T/instant" >&2
		fail "instant $*"
	}
	awk '$1 != 0 { print "  " $0 }' "$T/instant" | grep -E 'equal|shorter|compared|different'
}
