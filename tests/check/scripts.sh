#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: shellcheck has nothing to say about any shell script, each that is not there to be sourced
# can be run (else it is no test), and none defines a function that one of those it sources has too:
# the other's functions would call it.
# shellcheck source=files.sh
. "$(dirname "$0")/files.sh"

command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
mapfile -t scripts < <(files '*.sh' '.ci/run')
[ ${#scripts[@]} -gt 0 ] || exit 1
# Not told: awk programs in single quotes, functions that may have no argument, and functions
# that are called by name (from traps, say).
checked() {
	xargs -d '\n' -r -n 20 -P "$(nproc)" shellcheck -x -P SCRIPTDIR -e SC2016,SC2119,SC2317 "$@"
}

# A script that is sourced has variables in capitals of the one that sources it.
mapfile -t sourced < <(grep -l '^# shellcheck shell=bash' "${scripts[@]}")
mapfile -t run < <(printf '%s\n' "${scripts[@]}" | grep -vxF -f <(printf '%s\n' "${sourced[@]}"))
printf '%s\n' "${sourced[@]}" | checked || exit 1
printf '%s\n' "${run[@]}" | checked -o check-unassigned-uppercase || exit 1

for script in "${run[@]}"; do
	[ -x "$script" ] || { echo "$script: not executable"; exit 1; }
done

# sources FILE: what it sources, and what that does.
sources() {
	local path

	sed -n 's/^# shellcheck source=//p' "$1" | while read -r path; do
		path=$(realpath --relative-to=. "$(dirname "$1")/$path")
		echo "$path"
		sources "$path"
	done | sort -u
}

functions() {
	sed -n 's/^\([a-z_0-9]*\)() .*/\1/p' "$@" | sort
}

bad=0
for script in "${scripts[@]}"; do
	mapfile -t others < <(sources "$script")
	[ ${#others[@]} -gt 0 ] || continue
	twice=$(functions "$script" "${others[@]}" | uniq -d)
	[ -z "$twice" ] || { echo "$script: defined twice, with what it sources: $twice"; bad=1; }
done
[ $bad = 0 ] || exit 1
echo "${#scripts[@]} scripts"
