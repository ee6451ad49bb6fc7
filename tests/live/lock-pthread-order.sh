#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: locks that different threads take in both orders are reported as a possible deadlock,
# with both stacks, also when it has come; and none is where there is none: in one order, by one
# thread, by an attempt that does not wait, among readers, and under a third lock.
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
	[ $name = glibc ] || continue # the rest has nothing of the library's
	for what in same alone try readers gated; do
		order "$T/$name" $what
		within "$name: $what" "$(inversions length)" 0 0
		[ "$(jq '[.locks[] | .acquisitions // 0] | add' "$T/rec/locks.json")" -ge 4 ] ||
			fail "$name: $what: nothing was recorded"
	done
done
