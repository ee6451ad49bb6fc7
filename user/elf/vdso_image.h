/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_VDSO_IMAGE_H
#define HOSTPROF_ELF_VDSO_IMAGE_H
/*
 * Where the kernel has mapped the vDSO into this process. It is the same in all of one kernel, and
 * it is whole: an ELF image with its section headers.
 */
#include <stddef.h>

#define VDSO_MAX_BYTES (1u << 20)

/* Memory of this process, for as long as it lives. 0; -ENOENT: it has none; -errno. */
int vdso_image(const void **ret_image, size_t *ret_size);

#endif
