#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: no source file is longer than 500 lines and no C function longer than 60.
# shellcheck source=files.sh
. "$(dirname "$0")/files.sh"

max_file=500
max_function=60
command -v ctags >/dev/null || { echo "ctags is not installed"; exit 77; }

mapfile -t code < <(files '*.c' '*.h')
mapfile -t sources < <(files '*.c' '*.h' '*.sh' '*.awk' '*.js' '*.css' '*.go' '*.py' '*.proto')
bad=0
for file in "${sources[@]}"; do
	lines=$(wc -l <"$file")
	if [ "$lines" -gt $max_file ]; then
		echo "$file: $lines lines; at most $max_file"
		bad=1
	fi
done

tags=$(ctags -x --langmap=C:.c.h --languages=C --kinds-C=f --fields=+ne \
	--_xformat='%N %n %{end} %F' "${code[@]}") || exit 1
awk -v max=$max_function '
	{ functions++ }
	$3 - $2 + 1 > max { print $4 ":" $2 ": " $1 "() has " $3 - $2 + 1 " lines; at most " max; bad = 1 }
	END { print functions + 0 " functions"; exit bad || !functions }' <<<"$tags" || bad=1
echo "${#sources[@]} files"
[ ${#sources[@]} -gt 0 ] && exit $bad
