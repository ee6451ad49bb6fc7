/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_COMPARE_H
#define INSTANT_COMPARE_H
/*
 * Frame by frame: our walk and the independent unwinder's, of the same instant. The first few
 * samples that differ are told on stdout, the counts at the end.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct binaries;
struct maps;
struct oracle_stack;
struct sample;
struct walk;

#define COMPARE_REASONS 24

struct compare_reason {	  /* a count by text */
	const char *text; /* borrowed, for ever */
	uint64_t n;
};

struct compare {
	uint64_t samples;
	uint64_t bottom;	   /* equal, both reached the bottom */
	uint64_t by_frame_pointer; /* of those: through code without unwind information */
	uint64_t cut;		   /* equal, up to the end of the copied stack */
	uint64_t below;	    /* equal, up to a word below the stack pointer, which perf lacks */
	uint64_t outside;   /* equal, up to what perf could not copy: another stack, a page not
			       present */
	uint64_t too_deep;  /* equal, up to our limit of frames */
	uint64_t ours;	    /* equal, but ours ends earlier */
	uint64_t neither;   /* equal, but neither can go on */
	uint64_t theirs;    /* equal, but libdw's ends earlier */
	uint64_t guessed;   /* not equal behind code without unwind information: both guess there */
	uint64_t different; /* not equal, though tables exist */
	struct compare_reason ours_why[COMPARE_REASONS], theirs_why[COMPARE_REASONS];
	struct compare_reason neither_why[COMPARE_REASONS];
	size_t details; /* how many more to tell */
};

void compare_add(struct compare *c, const struct walk *ours, const struct oracle_stack *theirs,
		 const struct sample *sample, const struct maps *maps,
		 const struct binaries *binaries);
/* Prints the counts. Were all the same that can be, and at least `percent` of them? */
bool compare_finish(const struct compare *c, double percent);

#endif
