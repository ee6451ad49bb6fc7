/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_VDSO_H
#define HOSTPROF_SYM_VDSO_H
/*
 * The vDSO: the small shared object the kernel maps into every process. It is the same in all of
 * one kernel, so we read the one that is mapped into us.
 */
#include "elf/file.h"
#include "elf/symtab.h"

struct vdso {
	void *image; /* our copy */
	struct elf_file file;
	struct symtab symbols;
};

int vdso_init(struct vdso *v); /* 0; -ENOENT: this process has none; -errno */
void vdso_done(struct vdso *v);

#endif
