#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves: every type and field of vmlinux/vmlinux.h exists in the running kernel.
# shellcheck source=files.sh
. "$(dirname "$0")/files.sh"

kernel=${KERNEL_BTF:-/sys/kernel/btf/vmlinux}
clang=${CLANG:-clang}
[ -r "$kernel" ] || { echo "$kernel cannot be read"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A type is in the object's BTF when something refers to it.
{
	echo '#include "vmlinux.h"'
	sed -n 's/^struct \([a-z_0-9]*\) {.*/struct \1 *check_\1;/p
		s/^}.* \([a-z_0-9]*\);$/\1 *check_\1;/p' vmlinux/vmlinux.h
} >"$tmp/types.c"
"$clang" -g -O2 -target bpf -Ivmlinux -idirafter "/usr/include/$(gcc -print-multiarch)" \
	-c -o "$tmp/types.o" "$tmp/types.c" || exit 1
"${BUILD:-build}/tests/check/btf" "$tmp/types.o" "$kernel"
