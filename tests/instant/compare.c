// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "binaries.h"
#include "maps.h"
#include "oracle.h"
#include "sample.h"
#include "sampler.h"
#include "walker.h"

#define MAX_STACK (8u << 20) /* bytes: the usual limit */

static void print_place(const struct binaries *binaries, struct place place)
{
	const char *path;

	switch (place.file) {
	case PLACE_ANON: printf("[anon] %#" PRIx64, place.offset); return;
	case PLACE_VDSO: printf("[vdso]+%#" PRIx64, place.offset); return;
	case PLACE_NONE: printf("[no code] %#" PRIx64, place.offset); return;
	default:
		path = binaries->all.at[place.file].path;
		path = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
		printf("%s+%#" PRIx64, path, place.offset);
	}
}

static void print_details(struct compare *c, const char *what, const struct walk *ours,
			  const struct oracle_stack *theirs, const struct maps *maps,
			  const struct binaries *binaries)
{
	uint32_t n = ours->n > theirs->n ? ours->n : theirs->n;

	if (!c->details)
		return;
	c->details--;
	printf("%s: ours %u frames, %s; libdw %u frames, %s; without a table from frame %u\n", what,
	       ours->n, walker_status(ours->status), theirs->n,
	       theirs->error ? theirs->error : "the bottom", ours->guessed);
	for (uint32_t i = 0; i < n; i++) {
		printf("  %3u  ", i);
		if (i < ours->n)
			print_place(binaries, ours->frames[i]);
		printf("  |  ");
		if (i < theirs->n)
			print_place(binaries, maps_place(maps, theirs->pcs[i]));
		printf("\n");
	}
}

static void count_reason(struct compare_reason *reasons, const char *text)
{
	for (size_t i = 0; i < COMPARE_REASONS; i++)
		if (!reasons[i].text || !strcmp(reasons[i].text, text)) {
			reasons[i].text = text;
			reasons[i].n++;
			return;
		}
}

/* How many frames from the leaf are the same. */
static uint32_t common(const struct walk *ours, const struct oracle_stack *theirs,
		       const struct maps *maps)
{
	uint32_t i;

	for (i = 0; i < ours->n && i < theirs->n; i++) {
		struct place their = maps_place(maps, theirs->pcs[i]);

		if (ours->frames[i].file != their.file || ours->frames[i].offset != their.offset)
			break;
	}
	return i;
}

/* Did the walk stop just because perf copies no more? Else it left the stack it was on. */
static bool is_cut(const struct walk *ours, const struct sample *sample)
{
	uint64_t end = sample->registers[SAMPLE_RSP] + sample->stack_size;

	return sample->stack_size >= SAMPLER_STACK - 4096 && ours->failed >= end - 8 &&
	       ours->failed < end + MAX_STACK;
}

static const char *count_equal(struct compare *c, const struct walk *ours,
			       const struct oracle_stack *theirs, const struct sample *sample)
{
	if (ours->too_deep && theirs->n >= ours->n) {
		c->too_deep++;
	} else if (ours->n < theirs->n) {
		if (ours->guessed < ours->n) {
			c->guessed++;
			return NULL;
		}
		c->ours++;
		count_reason(c->ours_why, walker_status(ours->status));
		return "ours is shorter";
	} else if (theirs->n < ours->n) {
		c->theirs++;
		count_reason(c->theirs_why, theirs->error ? theirs->error : "the bottom");
		return "libdw is shorter";
	} else if (ours->complete && !theirs->error) {
		c->bottom++;
		c->by_frame_pointer += ours->guessed < ours->n;
	} else if (ours->unreadable && is_cut(ours, sample)) { /* libdw calls it the bottom */
		c->cut++;
	} else if (ours->unreadable && ours->below) {
		c->below++;
	} else if (ours->unreadable) {
		c->outside++;
		return "memory that was not copied";
	} else if (ours->complete) {
		c->theirs++; /* it saw no end where we did */
		count_reason(c->theirs_why, theirs->error);
		return "only ours has reached the bottom";
	} else if (theirs->error) {
		c->neither++;
		count_reason(c->neither_why, walker_status(ours->status));
		return "neither has reached the bottom";
	} else {
		c->ours++;
		count_reason(c->ours_why, walker_status(ours->status));
		return "ours has not reached the bottom";
	}
	return NULL;
}

/* libdw may go on from what is no code: such frames do not count. */
static void cut_oracle(struct oracle_stack *theirs, const struct maps *maps)
{
	for (uint32_t i = 1; i < theirs->n; i++)
		if (maps_place(maps, theirs->pcs[i]).file == PLACE_NONE) {
			theirs->n = i;
			theirs->error = "a return address that is no code";
		}
}

void compare_add(struct compare *c, const struct walk *ours, const struct oracle_stack *full,
		 const struct sample *sample, const struct maps *maps,
		 const struct binaries *binaries)
{
	struct oracle_stack theirs = *full;
	const char *what;
	uint32_t same;

	c->samples++;
	cut_oracle(&theirs, maps);
	same = common(ours, &theirs, maps);
	if (same == ours->n || same == theirs.n) {
		what = count_equal(c, ours, &theirs, sample);
	} else if (same > ours->guessed || same > theirs.guessed) {
		c->guessed++;
		what = NULL;
	} else {
		c->different++;
		what = "different";
	}
	if (what)
		print_details(c, what, ours, full, maps, binaries);
}

static void print_reasons(const struct compare_reason *reasons)
{
	for (size_t i = 0; i < COMPARE_REASONS && reasons[i].text; i++)
		printf("       %8" PRIu64 "  %s\n", reasons[i].n, reasons[i].text);
}

bool compare_finish(const struct compare *c, double percent)
{
	uint64_t equal = c->bottom + c->cut + c->below + c->outside + c->too_deep;
	/* Where one of both gives up without being wrong, there is nothing to compare with. */
	uint64_t comparable = equal + c->ours + c->different;
	double share = comparable ? 100.0 * (double)equal / (double)comparable : 0;

	printf("%8" PRIu64 "  samples compared\n", c->samples);
	printf("%8" PRIu64 "  equal, to the bottom; %" PRIu64 " of them through frame pointers\n",
	       c->bottom, c->by_frame_pointer);
	printf("%8" PRIu64 "  equal, to the end of the copied stack\n", c->cut);
	printf("%8" PRIu64 "  equal, to a word below the stack pointer, which perf does not copy\n",
	       c->below);
	printf("%8" PRIu64 "  equal, to memory not copied: another stack, or a page not present\n",
	       c->outside);
	printf("%8" PRIu64 "  equal, to our limit of frames\n", c->too_deep);
	printf("%8" PRIu64 "  ours is shorter\n", c->ours);
	print_reasons(c->ours_why);
	printf("%8" PRIu64 "  equal, and neither can go on\n", c->neither);
	print_reasons(c->neither_why);
	printf("%8" PRIu64 "  libdw's is shorter\n", c->theirs);
	print_reasons(c->theirs_why);
	printf("%8" PRIu64 "  not equal behind code without unwind information\n", c->guessed);
	printf("%8" PRIu64 "  different\n", c->different);
	printf("%8.3f  %% equal of %" PRIu64 " comparable\n", share, comparable);
	return comparable && !c->different && share >= percent;
}
