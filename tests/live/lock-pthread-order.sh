#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: locks that different threads take in both orders, or in a ring, are reported as a possible
# deadlock, with the stack of each order, also when it has come; and none is where there is none: in
# one order, by fewer threads, by an attempt that does not wait, among readers, and under one more
# lock.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../uselock.sh
. "$ROOT/tests/uselock.sh"
need_root
need jq gcc musl-gcc

build_program lockorder glibc gcc
build_program lockorder musl-static musl-gcc -static

# inversions FILTER: of locks.json.
inversions() {
	jq -r "(.inversions // []) | $1" "$T/rec/locks.json"
}

# leaf STACK: the innermost function of the first one.
leaf() {
	inversions ".[0].$1[-1]"
}

# ring: the locks of the first one, each with how often and where the next is taken under it, from
# ring_a on.
ring() {
	inversions '.[0] | [.locks, .times, (.stacks | map(map(select(startswith("ring_")))[-1]))] |
		transpose | map(join(" ")) | (index("ring_a 1 ring_ab") // 0) as $i |
		.[$i:] + .[:$i] | join(",")'
}

# order COMMAND...: records it.
order() {
	rm -rf "$T/rec"
	"$HOSTPROF" record -k lock --lock=pthread -o "$T/rec" -- "$@" >"$T/out" \
		2>"$T/record.err" || fail "hostprof record -- $* ended with status $?"
}

for name in glibc musl-static; do
	order "$T/$name" inverted
	within "$name: inverted" "$(inversions length)" 1 0
	within "$name: times" "$(inversions '.[0].times | add')" 20 0
	[ "$(inversions '.[0].times[0]')" = 10 ] || fail "$name: $(inversions .)"
	case $(leaf there),$(leaf here) in
	take_plain_other,take_other_plain | take_other_plain,take_plain_other) ;;
	*) fail "$name: the stacks are $(inversions .)" ;;
	esac
	grep -q "possible deadlock" "$T/record.err" || fail "$name: no word of it in the summary"
	order "$T/$name" deadlock
	within "$name: a deadlock that has come" "$(inversions length)" 1 0
	order "$T/$name" ring
	within "$name: ring" "$(inversions length)" 1 0
	[ "$(ring)" = 'ring_a 1 ring_ab,ring_b 1 ring_bc,ring_c 1 ring_ca' ] ||
		fail "$name: the ring is $(ring)"
	order "$T/$name" ring-came
	within "$name: a ring that has come" "$(inversions length)" 1 0
	within "$name: its locks" "$(inversions '.[0].locks | length')" 3 0
	[ $name = glibc ] || continue # the rest has nothing of the library's
	order "$T/$name" ring5
	within "$name: philosophers" "$(inversions length)" 1 0
	within "$name: their forks" "$(inversions '.[0].locks | length')" 5 0
	order "$T/$name" ring-within
	within "$name: two of three" "$(inversions length)" 1 0
	[ "$(inversions '.[0] | [.first, .second] | sort | join(" ")')" = "ring_b ring_c" ] ||
		fail "$name: two of three: $(inversions .)"
	for what in same alone try readers gated ring-open ring-two ring-gated ring-readers; do
		order "$T/$name" $what
		within "$name: $what" "$(inversions length)" 0 0
		[ "$(jq '[.locks[] | .acquisitions // 0] | add' "$T/rec/locks.json")" -ge 4 ] ||
			fail "$name: $what: nothing was recorded"
	done
done
