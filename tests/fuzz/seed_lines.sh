#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Small ELF files with DWARF for fuzz_lines to start from: seed_lines.sh DIR
set -eu

dir=${1:?usage: seed_lines.sh DIR}
mkdir -p "$dir"
printf '%s\n' 'static inline __attribute__((always_inline)) int g(int x) { return x * 3 + 1; }' \
	'struct s { int a; static int h(int x); };' \
	'#ifdef __cplusplus' 'namespace n {' '#endif' \
	'__attribute__((noinline)) int f(int x) { { int y = g(x); if (y > 7) x += g(y); } return x; }' \
	'#ifdef __cplusplus' '}' 'using namespace n; extern "C"' '#endif' \
	'void _start(void) { f(3); for (;;) ; }' | sed '/static int h/d' >"$dir/seed.c"

# seed NAME COMPILER FLAGS...: one that this compiler cannot make is left out
seed() {
	name=$1
	shift
	"$@" -O1 -nostdlib -shared -fPIC -fno-asynchronous-unwind-tables -Wl,--build-id=none \
		-Wl,-z,noseparate-code,-Ttext=0x1000 -o "$dir/$name" "$dir/seed.c" 2>/dev/null ||
		rm -f "$dir/$name"
}

seed dwarf-5 "${CC:-gcc}" -gdwarf-5
seed dwarf-4 "${CC:-gcc}" -gdwarf-4
seed dwarf-2 "${CC:-gcc}" -gdwarf-2 -gstrict-dwarf
seed cplus g++ -x c++ -gdwarf-5
seed sections g++ -x c++ -gdwarf-4 -ffunction-sections
seed packed "${CC:-gcc}" -g -gz
seed split "${CC:-gcc}" -gdwarf-5 -gsplit-dwarf
rm -f "$dir/seed.c" "$dir"/*.dwo
