/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_RANDOM_BPF_H
#define HP_RANDOM_BPF_H
/*
 * The distance to the next sample point, when points lie at random with `mean` between two: -ln(U)
 * times the mean. Such distances have no memory: wherever one starts to count, the next point is
 * as far away as from anywhere else, so a countdown a CPU serves all threads.
 */
#include "lib/hp.bpf.h"

#define HP_LN2_Q16     45426ull /* ln 2, in 65536ths */
#define HP_RANDOM_BITS 16

/* `random` has 32 bits; `mean` is below 2^40. At least 1. */
static __always_inline __u64 hp_exponential(__u64 mean, __u32 random)
{
	__u64 part = random ? random : 1; /* becomes random / 2^k, in [1, 2), 31 bits behind it */
	__u32 bits = 0, log;

	for (__u32 step = 16; step; step /= 2) {
		if (part >> (32 - step))
			continue;
		part <<= step;
		bits += step;
	}
	part &= 0xffffffffull;
	log = bits; /* -log2(random / 2^32), rounded up; the digits behind it follow */
	for (__u32 i = 0; i < HP_RANDOM_BITS; i++) {
		part = part * part >> 31;
		log <<= 1;
		if (part >> 32)
			part >>= 1;
		else
			log |= 1; /* digits of 1 less the fraction */
	}
	return (mean * ((log * HP_LN2_Q16) >> 16) >> 16) + 1;
}

#endif
