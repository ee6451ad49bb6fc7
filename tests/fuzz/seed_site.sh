#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Code and ELF files for fuzz_site to start from: seed_site.sh DIR
set -eu

dir=${1:?usage: seed_site.sh DIR}
"$(dirname "$0")/seed_elf.sh" "$dir"
printf '\363\017\036\372\125\110\211\345\350\000\000\000\000\303' >"$dir/push"
printf '\110\205\377\164\002\353\371\303\351\040\000\000\000' >"$dir/jump"
