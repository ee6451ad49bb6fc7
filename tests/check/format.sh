#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: every C file looks as .clang-format says (as clang-format 14 understands it).
# shellcheck source=files.sh
. "$(dirname "$0")/files.sh"

format=$(command -v clang-format-14 || command -v clang-format) ||
	{ echo "clang-format is not installed"; exit 77; }
mapfile -t code < <(files '*.c' '*.h')
[ ${#code[@]} -gt 0 ] || exit 1
"$format" --dry-run -Werror "${code[@]}" 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c
[ "${PIPESTATUS[0]}" -eq 0 ] || { echo "repair with: $format -i FILE"; exit 1; }
echo "${#code[@]} files"
