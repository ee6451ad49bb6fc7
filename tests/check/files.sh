# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the checks: goes to the top of the tree and lists what is kept there.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

# files PATTERN...: kept and new files, without what .gitignore names.
files() {
	if [ -e .git ] && command -v git >/dev/null; then
		git -c safe.directory='*' ls-files -co --exclude-standard -- "$@" | sort -u |
			while IFS= read -r file; do
				[ ! -f "$file" ] || printf '%s\n' "$file"
			done
	else
		local pattern

		for pattern in "$@"; do
			find . -path ./build -prune -o -path ./.git -prune -o -type f \
				-name "${pattern##*/}" -print | sed 's,^\./,,'
		done | sort -u
	fi
}
