#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: an unprepared python3 shows up under its name with the interpreter's own functions and
# with its CPU time (+-5 %).
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need_root
need jq go "$PYTHON"

record "$T/rec" -F 999 -- "$PYTHON" "$ROOT/tests/workload/burn.py" 2
truth=$(sed -n 's/^cpu_ns //p' "$T/record.out")
samples "$T/rec/cpu.pb.gz" >"$T/tsv"
near "CPU time of python" "$(sum_ns '$5 ~ /^python3/' <"$T/tsv")" "$truth" 5
at_least "percent of samples in named functions of the interpreter" "$(percent \
	"$(sum '$7 ~ /^_?Py/' <"$T/tsv")" "$(sum <"$T/tsv")")" 50
rows "$T/rec" function | cut -f 3 | grep -q '^_PyEval_EvalFrameDefault' ||
	fail "_PyEval_EvalFrameDefault is not in the report"
