#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [-s] [-n STEP] [ELF-FILE...]: unwind tables of files of this system, every row compared
# with elfutils' libdw. ORACLE is the program (oracle.c, frame.c); see there for the options.
# Without files: the C library, the dynamic linker, and what else of a common list is installed.
set -u

oracle=${ORACLE:-build/tests/oracle/oracle}
[ -x "$oracle" ] || { echo "$oracle is not built"; exit 77; }

options=()
while [ $# -gt 0 ]; do
	case $1 in
	-s) options+=("$1"); shift ;;
	-n) options+=("$1" "$2"); shift 2 ;;
	*) break ;;
	esac
done
if [ $# -eq 0 ]; then
	lib=$(dirname "$(ldconfig -p | awk '/libc\.so\.6 .*x86-64/ {print $NF; exit}')")
	set -- "$lib"/libc.so.6 "$lib"/ld-linux-x86-64.so.2 "$lib"/libm.so.6 "$lib"/libcrypto.so.3 \
		"$lib"/libgcrypt.so.20 "$lib"/libstdc++.so.6 "$lib"/libgcc_s.so.1 /usr/bin/bash \
		/usr/bin/perl /usr/bin/python3.11 /usr/sbin/nginx /usr/bin/redis-server \
		"$(gcc -print-prog-name=cc1 2>/dev/null)"
fi
files=()
for file in "$@"; do
	[ -f "$file" ] && files+=("$file")
done
[ ${#files[@]} -gt 0 ] || { echo "none of the files is here"; exit 77; }
exec "$oracle" "${options[@]}" "${files[@]}"
