#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: a program whose file is removed while it runs, and one whose file is replaced by another
# program, keep their own names.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go

cp "$W/selfdelete" "$T/gone"
record "$T/rec" -F 999 -- "$T/gone" 1
[ ! -e "$T/gone" ] || fail "the workload did not remove its file"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "percent of samples in deleted_spin" "$(percent \
	"$(sum '$7 ~ /(^|;)deleted_spin;main(;|$)/' <"$T/tsv")" "$(sum <"$T/tsv")")" 90
rows "$T/rec" module | cut -f 3 | grep -q 'gone' || fail "the removed program is not a module"

# Removed before the recording starts, and over before it ends.
cp "$W/selfdelete" "$T/gone"
background "$T/gone" 2
pid=$LAST
until_true 5 test ! -e "$T/gone" || fail "the workload did not remove its file"
cp "$W/short" "$T/gone"
record_start "$T/rec" -F 999 -p "$pid"
wait "$pid"
kill -INT "$RECORDER" 2>/dev/null
wait "$RECORDER" || fail "hostprof record ended with status $?"
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
at_least "replaced file: percent of samples in deleted_spin" "$(percent \
	"$(sum '$7 ~ /(^|;)deleted_spin;main(;|$)/' <"$T/tsv")" "$(sum <"$T/tsv")")" 90
