/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_STATS_H
#define HOSTPROF_HOOK_STATS_H
/*
 * The kernel's own statistics of BPF programs: how often each ran and for how long. Switched on
 * for as long as the descriptor is open (5.8: d46edd671a14); they cost some 20 ns a run.
 */
#include <stdint.h>

struct bpf_object;

int bpf_stats_open(void); /* a descriptor to close, or -errno */
/* Adds what all programs of the object have used so far. */
void bpf_stats_add(const struct bpf_object *object, uint64_t *ns, uint64_t *runs);

#endif
