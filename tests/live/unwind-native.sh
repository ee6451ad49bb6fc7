#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a compiler at work (large binaries, deep stacks, processes that start all the time) and
# the hand-written assembly of libcrypto, which keeps the caller's place below the stack pointer, or
# above as many words as a register says, have the frames that libdw finds for the same instants; all return addresses follow calls.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../instant/unwind.sh
. "$ROOT/tests/instant/unwind.sh"
need_root
need jq "${CC:-cc}"

cat >"$T/compile.sh" <<END
for i in 1 2 3 4 5; do
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O3 -c -o "$T/x.o" "$PROGRAMS/frames.c"
done 2>/dev/null
END
record "$T/rec" -F 999 -- bash "$T/compile.sh"
complete "$T/rec" 95 not_code
follow_calls "$T/rec"
equal --seconds 3 -- bash "$T/compile.sh"
if command -v openssl >/dev/null; then
	for what in "-evp sha512 -bytes 8192" ecdsap384; do
		# shellcheck disable=SC2086 # words
		record "$T/rec" -F 499 -- openssl speed -seconds 1 $what
		complete "$T/rec" 98
		follow_calls "$T/rec"
		# shellcheck disable=SC2086
		equal --seconds 1 -- openssl speed -seconds 1 $what
	done
fi
