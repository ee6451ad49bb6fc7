#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: with less memory for unwind tables than the binaries at work need, it is not exceeded, the
# oldest tables go, and a program that runs all the time gets its tables again and again.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "${CC:-cc}" perl

cat >"$T/load.sh" <<END
"$PYTHON" "$PROGRAMS/burn.py" 4 &
while kill -0 \$! 2>/dev/null; do
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -c -o "$T/x.o" "$PROGRAMS/frames.c"
	perl -e 'my \$n = 0; \$n += \$_ for 1 .. 3000000'
done 2>/dev/null
END
record "$T/rec" -F 499 --table-memory 2 -- bash "$T/load.sh"
summary "$T/rec" '.. | .evicted? // empty | "tables evicted: \(.)"'
at_least "tables evicted" "$(summary "$T/rec" '[.. | .evicted? // empty] | add')" 1
[ "$(summary "$T/rec" '[.. | objects | select(has("evicted"))][0] | .bytes <= .cap_bytes and
	.cap_bytes == 2097152')" = true ] || fail "more memory than allowed"
python=$(stacks_sum "$T/rec" '$2 ~ /PyEval/')
at_least "samples of python" "$python" 200
complete "$T/rec" 95
follow_calls "$T/rec"
