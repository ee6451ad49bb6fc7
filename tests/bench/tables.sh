#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints how large the unwind tables of well-known binaries are and how long they take to build, and
# the same for all that runs on this host; then how long hostprof takes from its start to its first
# sample, next to a recording that needs no tables (--no-user), with the load given or python.
# Usage: tables.sh [ROUNDS] [LOAD...]
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../workload/loads.sh
. "$ROOT/tests/workload/loads.sh"
need_root
need "$PYTHON"

rounds=${1:-5}
shift
libraries=/usr/lib/$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
known=("$libraries/libc.so.6" /usr/bin/python3 /usr/bin/redis-server "$libraries"/libLLVM-*.so.1
	"$libraries"/libclang-cpp.so.* "$(gcc -print-prog-name=cc1)"
	"$(command -v node)" /usr/lib/jvm/*/lib/server/libjvm.so)
files=()
for file in "${known[@]}"; do
	[ ! -f "$file" ] || files+=("$(realpath "$file")")
done
mapfile -t files < <(printf '%s\n' "${files[@]}" | sort -u)
"$BUILD/tests/bench/tables" 5 "${files[@]}"

# first_sample OPTION...: milliseconds from the start until samples are taken, and until one is read.
first_sample() {
	record "$T/rec" -v -d 0.5 "$@"
	sed -n 's/.*sampling since \([0-9]*\) ms.*/\1/p' "$T/record.err"
	sed -n 's/.*first sample read \([0-9]*\) ms.*/\1/p' "$T/record.err"
}

[ $# -gt 0 ] || set -- python
for load; do
	"have_$load" || continue
	"load_$load"
	sleep 1
	echo "while $load runs"
	"$BUILD/tests/bench/tables" 1
	for ((i = 0; i < rounds; i++)); do
		mapfile -t with < <(first_sample -p "$(load_pids)")
		mapfile -t without < <(first_sample -p "$(load_pids)" --no-user)
		printf 'sampling after %4d ms, %4d ms without tables; first sample read %d and %d ms later%s\n' \
			"${with[0]}" "${without[0]}" "${with[1]:-0}" "${without[1]:-0}" \
			"$(grep -q 'before all' "$T/record.err" && echo ' (tables late)')"
	done
	load_end
done
