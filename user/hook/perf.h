/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_PERF_H
#define HOSTPROF_HOOK_PERF_H
/*
 * Sampling perf events, one a CPU, whatever task runs there. By hardware cycles where the machine
 * has a counter for them; else by the cpu-clock timer, which cannot see into code that runs with
 * interrupts off, but whose ticks are exact time.
 */
#include <stdbool.h>
#include <stdint.h>
#include "hook/links.h"

enum perf_source { PERF_SOURCE_CYCLES, PERF_SOURCE_CPU_CLOCK };

bool perf_has_cycles(void); /* tried by opening one */
const char *perf_source_name(enum perf_source source);

/*
 * Opens one event on each online CPU and attaches the program. *ret_cpus: how many. A CPU that
 * went away in between is skipped. 0 or -errno; on failure some may be attached already.
 */
int perf_attach_all(struct links *links, const struct bpf_program *program, enum perf_source source,
		    uint64_t frequency, uint32_t *ret_cpus);

#endif
