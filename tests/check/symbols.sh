#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: no two files define the same function. In an archive the linker takes the first one it
# meets and says nothing.
set -u

lib=${O:-build}/libhostprof.a
[ -f "$lib" ] || { echo "$lib is not built"; exit 1; }
twice=$(nm -A --defined-only "$lib" 2>/dev/null | awk '$(NF - 1) ~ /^[TDBR]$/ {
		n = split($1, part, ":")
		where[$NF] = where[$NF] " " part[2]
		if (seen[$NF]++) bad[$NF]
	} END { for (s in bad) print s ":" where[s] }')
[ -z "$twice" ] || { echo "defined twice:"; echo "$twice"; exit 1; }
echo "$(nm --defined-only "$lib" 2>/dev/null | grep -c ' [TDBR] ') symbols"
