#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a library that a process opens while it is recorded has its names, also when the library
# was closed and its file removed before the end.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

cp "$W/libburn.so" "$T/libburn-copy.so"
background "$W/dlburn" "$T/libburn-copy.so" 2
pid=$LAST
record_start "$T/rec" -F 999 -p "$pid"
until_true 10 grep -q libburn-copy "/proc/$pid/maps" || fail "the library is not opened"
burns 500 "$pid"
rm "$T/libburn-copy.so"
wait "$pid" || fail "the workload failed: $(cat "$T/background.out")"
kill -INT "$RECORDER" 2>/dev/null
wait "$RECORDER" || fail "hostprof record ended with status $?"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "percent of samples with libburn_spin;caller;main" "$(percent \
	"$(sum '$7 ~ /(^|;)libburn_spin;caller;main(;|$)/' <"$T/tsv")" "$(sum <"$T/tsv")")" 90
at_least "samples" "$(sum <"$T/tsv")" 1000
rows "$T/rec" module | cut -f 3 | grep -q 'libburn-copy\.so' || fail "the library is not a module"
