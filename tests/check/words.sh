#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: the tree speaks of itself alone: no paths or hosts of the machine it was written on, no
# numbers of a tracker, and every source file names its licence.
# shellcheck source=files.sh
. "$(dirname "$0")/files.sh"

bad=0
mapfile -t all < <(files '*')
mapfile -t sources < <(files '*.c' '*.h' '*.sh' '*.awk' '*.mk' '*.def' '*.proto' '*.go' '*.py' \
	Makefile .ci/run)
[ ${#sources[@]} -gt 0 ] || exit 1

# found PATTERN WHY: no text file of the tree may hold the extended regular expression.
found() {
	if grep -nIE -- "$1" "${all[@]}"; then
		echo "^ $2"
		bad=1
	fi
}

# Written so that this file does not find itself.
found '(^|[^A-Za-z0-9_.}%])/(wor[k]|hom[e]|roo[t])/' "a path of somebody's machine"
found '[iI]ssue[ ]?#[0-9]|(GH|gh)-[0-9]|[Ff]ixes #[0-9]' "a number of some tracker"
while IFS= read -r host; do
	case $host in *.debian.org | *.ubuntu.com) ;; *)
		found "${host//./\\.}" "the host that packages come from here" ;;
	esac
done < <(sed -n 's,^\(URIs:\|deb\).*https\?://\([^/ :]*\).*,\2,p' /etc/apt/sources.list \
	/etc/apt/sources.list.d/* 2>/dev/null | sort -u)

for file in "${sources[@]}"; do
	if ! head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later'; then
		echo "$file: no SPDX line on top"
		bad=1
	fi
done
echo "${#all[@]} files"
exit $bad
