/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_SAMPLER_H
#define INSTANT_SAMPLER_H
/*
 * Perf events on a process, its threads and children to come, one ring a CPU, each sample with the
 * user's registers and a copy of the stack.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "sample.h"
#include "util/vec.h"

#define SAMPLER_STACK 61440 /* bytes of stack a sample: records end at 64 KiB */

struct sampler {
	VEC(int) fds;
	VEC(void *) rings;	/* one a CPU, of the first event there */
	char *record;		/* the one at hand, in one piece */
	uint64_t lost, without; /* samples the rings had no room for; without registers */
};

/* at_exec: starts at the process's next exec. 0 or -errno. */
int sampler_init(struct sampler *s, pid_t pid, unsigned int hz, bool at_exec);
void sampler_done(struct sampler *s);
/* Hands every waiting sample to `each`; it is valid until that returns. */
void sampler_drain(struct sampler *s, void (*each)(const struct sample *sample, void *arg),
		   void *arg);

#endif
