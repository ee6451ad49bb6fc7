/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_ORACLE_H
#define INSTANT_ORACLE_H
/*
 * The independent unwinder: elfutils' libdw over the same registers, the same bytes of stack and
 * the same files. It reads call frame information itself and knows nothing of our tables.
 */
#include <stdint.h>

#define ORACLE_MAX_FRAMES 160 /* more than our walk has */

struct binaries;
struct maps;
struct oracle;
struct sample;

struct oracle_stack {
	uint64_t pcs[ORACLE_MAX_FRAMES];
	uint32_t n;
	uint32_t guessed; /* the first frame in code without unwind information; n: there is none */
	const char *error; /* NULL: it reached the bottom, or the limit */
};

/* NULL when libdw refuses; both arguments are borrowed. */
struct oracle *oracle_new(const struct maps *maps, const struct binaries *binaries);
void oracle_free(struct oracle *o);
void oracle_run(struct oracle *o, const struct sample *sample, struct oracle_stack *ret_stack);

#endif
