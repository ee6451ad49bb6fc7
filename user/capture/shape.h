/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SHAPE_H
#define HOSTPROF_CAPTURE_SHAPE_H
/* What code a process has mapped, as one number: cheaper to ask for than its mappings. */
#include <stdint.h>

/* Changes when the process maps or unmaps code, or becomes another program. 0: it is gone. */
uint64_t shape_of(uint32_t pid);

#endif
