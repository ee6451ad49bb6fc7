#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: piped output has no escape codes and no progress; on a terminal there is one progress
# line, and nothing is wider than the terminal at 80 and at 200 columns.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq script stty

background "$W/burn" 60
record "$T/rec" -d 1
for file in "$T/record.out" "$T/record.err"; do
	! grep -q "[$(printf '\033\r')]" "$file" || fail "${file##*/} has control characters in a pipe"
done
[ -s "$T/record.out" ] || fail "there is no summary on stdout"
grep -qi 'overhead' "$T/record.out" || fail "the summary has no overhead line"
grep -qi 'lost' "$T/record.out" || fail "the summary has no loss line"
grep -q 'hot_a' "$T/record.out" || fail "the summary does not show what burns"
"$HOSTPROF" record -k cpu -q -o "$T/quiet" -d 0.5 >"$T/last.out" 2>"$T/last.err" ||
	fail "record -q ended with status $?"
[[ ! -s $T/last.out && ! -s $T/last.err ]] || fail "record -q is not quiet"

# on_terminal COLUMNS COMMAND: runs it on a terminal of that width; what it wrote is in $T/typescript.
on_terminal() {
	local columns=$1

	shift
	script -qec "stty cols $columns rows 40; LC_ALL=C.UTF-8 TERM=xterm $*" "$T/typescript" \
		</dev/null >/dev/null || fail "on a terminal of $columns columns: $*"
}

# Width of the widest line, without escape sequences; a \r starts a line anew.
widest() {
	sed -e '1d;$d' -e 's/\x1b\[[0-9;?]*[a-zA-Z]//g' "$T/typescript" | tr '\r' '\n' |
		LC_ALL=C.UTF-8 wc -L
}

for columns in 80 200; do
	on_terminal $columns "$HOSTPROF record -k cpu -o $T/rec$columns -d 2"
	grep -q "$(printf '\r')" "$T/typescript" || fail "no progress line on a terminal"
	sed -e 's/\x1b\[[0-9;?]*[a-zA-Z]//g' "$T/typescript" | tr '\r' '\n' | grep -Eqi \
		'samples.*lost.*overhead' || fail "the progress line lacks samples, lost or overhead"
	# The paths of the files are shown whole, however long.
	rm -rf "$T/rec"
	for format in text tree; do
		on_terminal $columns "$HOSTPROF report $T/rec$columns -k cpu --format $format"
		wide=$(widest)
		[ "$wide" -le $columns ] || fail "report --format $format: $wide columns of $columns"
		[ "$wide" -gt 20 ] || fail "report --format $format shows nothing on a terminal"
	done
done
cd "$T" || exit 1
for columns in 80 200; do
	rm -rf r
	on_terminal $columns "$HOSTPROF record -k cpu -o r -d 1"
	wide=$(widest)
	[ "$wide" -le $columns ] || fail "record's summary: $wide columns of $columns"
done

"$HOSTPROF" report "$T/rec80" -k cpu >"$T/last.out" || fail "report failed"
! grep -q "$(printf '\033')" "$T/last.out" || fail "report writes escape codes into a pipe"
"$HOSTPROF" report "$T/rec80" -k cpu --format folded -o "$T/folded" || fail "folded failed"
[ -s "$T/folded" ] || fail "report -o wrote nothing"
# A reader that goes away early is no failure.
"$HOSTPROF" report "$T/rec80" -k cpu -n 10000 2>"$T/last.err" | head -n 1 >/dev/null
[ "${PIPESTATUS[0]}" = 0 ] || [ "${PIPESTATUS[0]}" = 141 ] || fail "report | head failed"
[ ! -s "$T/last.err" ] || fail "report | head complains: $(cat "$T/last.err")"
