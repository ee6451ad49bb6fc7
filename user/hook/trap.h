/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_TRAP_H
#define HOSTPROF_HOOK_TRAP_H
/*
 * What one trap of a uprobe costs on this machine, by trying: an instruction of our own that the
 * kernel emulates is probed and passed some thousand times. Takes some tens of milliseconds,
 * mostly the kernel's for taking the probe out again.
 */
#include <stdint.h>
#include "hook/uprobe.h"

struct bpf_program;

/* `program` was prepared with `type`, an entry; it is run with a cookie of ~0. 0 or -errno. */
int trap_cost(const struct bpf_program *program, enum uprobe_type type, uint64_t *ret_ns);

#endif
