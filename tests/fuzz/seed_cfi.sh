#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Inputs for fuzz_cfi to start from: seed_cfi.sh DIR
# Linked at the addresses of tests/oracle/image.h: their pointers mean code there.
set -eu

dir=${1:?usage: seed_cfi.sh DIR}
mkdir -p "$dir"
cat >"$dir/seed.s" <<'END'
.text
.globl _start
_start:
.cfi_startproc
.cfi_undefined %rip
nop
.cfi_endproc
plain:
.cfi_startproc
push %rbp
.cfi_def_cfa_offset 16
.cfi_offset %rbp, -16
mov %rsp, %rbp
.cfi_def_cfa_register %rbp
.fill 600, 1, 0x90
.cfi_remember_state
leave
.cfi_def_cfa %rsp, 8
.cfi_restore %rbp
ret
.cfi_restore_state
.fill 70000, 1, 0x90
.cfi_offset %rbx, -24
nop
.cfi_same_value %rbx
.cfi_val_offset %r12, 8
.cfi_register %rbx, %r9
nop
.cfi_escape 0x2e, 0x10
.cfi_return_column 16
.cfi_endproc
other:
.cfi_startproc
.cfi_signal_frame
.cfi_escape 0x0f, 0x04, 0x77, 0xa0, 0x01, 0x06
.cfi_escape 0x10, 0x10, 0x03, 0x77, 0xa8, 0x01
.cfi_escape 0x10, 0x06, 0x03, 0x77, 0xf8, 0x00
.cfi_escape 0x10, 0x03, 0x03, 0x77, 0x80, 0x01
nop
.cfi_endproc
stubs:
.cfi_startproc
.cfi_escape 0x0f, 0x0b, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22
.fill 32, 1, 0x90
.cfi_escape 0x0f, 0x05, 0x77, 16, 0x06, 0x23, 8
nop
.cfi_escape 0x0f, 0x03, 0x76, 0x78, 0x06
.cfi_escape 0x10, 0x06, 0x02, 0x76, 0x00
.cfi_escape 0x10, 0x03, 0x02, 0x76, 0x58
nop
.cfi_def_cfa %r10, 8
nop
.cfi_def_cfa %rsp, 0
.cfi_register %rip, %rdi
nop
.cfi_endproc
END

# seed NAME SECTION NUMBER: the number is fuzz_cfi's first byte
seed() {
	{ printf '.cfi_sections %s\n' "$2"; cat "$dir/seed.s"; } >"$dir/one.s"
	${CC:-gcc} -c -o "$dir/one.o" "$dir/one.s"
	ld -o "$dir/one" -Ttext=0x401000 --section-start=.eh_frame=0x600000 "$dir/one.o"
	objcopy --dump-section "$2=$dir/part" "$dir/one" "$dir/unused"
	{ printf '%b' "\\0$3"; cat "$dir/part"; } >"$dir/$1"
}

seed eh-frame .eh_frame 0
seed debug-frame .debug_frame 1
printf 'int f(int x) { return x * 3; }\nvoid _start(void) { f(1); for (;;) ; }\n' >"$dir/one.c"
${CC:-gcc} -O1 -nostdlib -static -Wl,-z,noseparate-code -Wl,--build-id=none -s -o "$dir/part" "$dir/one.c"
{ printf '\2'; cat "$dir/part"; } >"$dir/elf"
rm -f "$dir/seed.s" "$dir/one" "$dir/one.c" "$dir/one.o" "$dir/one.s" \
	"$dir/part" "$dir/unused"
