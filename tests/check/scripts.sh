#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: shellcheck has nothing to say about any shell script.
# shellcheck source=files.sh
. "$(dirname "$0")/files.sh"

command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
mapfile -t scripts < <(files '*.sh' '.ci/run')
[ ${#scripts[@]} -gt 0 ] || exit 1
# Not told: awk programs in single quotes, functions that may have no argument, and functions
# that are called by name (from traps, say).
printf '%s\0' "${scripts[@]}" |
	xargs -0 -n 20 -P "$(nproc)" shellcheck -x -P SCRIPTDIR -e SC2016,SC2119,SC2317 || exit 1
echo "${#scripts[@]} scripts"
