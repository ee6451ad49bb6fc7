/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_CFI_EXPR_H
#define HOSTPROF_ELF_CFI_EXPR_H
/*
 * The few shapes of DWARF expressions that compilers, linkers and assembler authors put into call
 * frame information, as a cfi_place. Private to cfi*.c.
 */
#include <stdbool.h>
#include "elf/cfi.h"
#include "elf/cfi_input.h"

/* The CFA: CFI_REG, CFI_DEREF, CFI_PLT, or CFI_OTHER. */
struct cfi_place cfi_expr_cfa(struct cfi_input expr);
/*
 * A register, `at` the computed address or the computed value itself. The expression starts with
 * the CFA on its stack.
 */
struct cfi_place cfi_expr_register(struct cfi_input expr, bool at);

#endif
