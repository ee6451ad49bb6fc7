/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_CLOCK_H
#define HOSTPROF_UTIL_CLOCK_H
#include <stddef.h>
#include <stdint.h>

#define NSEC_PER_SEC  1000000000ull
#define NSEC_PER_USEC 1000ull
#define NSEC_PER_MSEC 1000000ull

uint64_t clock_mono_ns(void); /* CLOCK_MONOTONIC: the clock of bpf_ktime_get_ns() */
uint64_t clock_real_ns(void); /* since the epoch */
uint64_t clock_cpu_ns(void);  /* CPU time of this whole process */

/* "2026-11-20T10:00:00.123Z"; size at least 32. */
void clock_rfc3339(uint64_t real_ns, char *out, size_t size);

#endif
