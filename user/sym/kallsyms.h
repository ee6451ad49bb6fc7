/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_KALLSYMS_H
#define HOSTPROF_SYM_KALLSYMS_H
/*
 * The kernel's functions out of /proc/kallsyms: those of the kernel, of its modules, and of BPF
 * programs for as long as they are loaded. What belongs to a module is named "name [module]".
 * There are no sizes: a function reaches to the next symbol, to the end of the kernel's text, or
 * 1 MiB at most.
 *
 * Its variables too, for those who ask: only kernels with CONFIG_KALLSYMS_ALL list them. Others
 * list some of a linker's marks, in which anything may lie: then there are none.
 */
#include <stdbool.h>
#include <stdint.h>
#include "elf/symtab.h"
#include "util/buf.h"

struct kallsyms {
	struct symtab symbols;
	struct symtab objects; /* empty: not asked for, or not listed */
	uint64_t start, end;   /* of all text */
};

/*
 * `path` is "/proc/kallsyms". 0; -EPERM: the kernel hides the addresses from us
 * (kernel.kptr_restrict, or no CAP_SYSLOG); -ENODATA: no functions in it; -EFBIG; -errno.
 */
int kallsyms_init(struct kallsyms *k, const char *path, bool objects);
/* Appends "name", "name+0x18" or "name+0x18 [module]", where the address lies in a variable; false:
 * it does not. */
bool kallsyms_object(const struct kallsyms *k, uint64_t address, struct buf *text);
void kallsyms_done(struct kallsyms *k);

#endif
