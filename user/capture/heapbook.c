// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/heapbook.h"

#include <stdlib.h>
#include <string.h>

#include "capture/duty.h"
#include "capture/sink.h"
#include "capture/sizes.h"
#include "model/leaks.h"
#include "model/recording.h"
#include "util/clock.h"
#include "util/mem.h"

struct heapbook {
	struct leaks *leaks;
	uint64_t interval;
	struct heapbook_sums sums;
};

struct heapbook *heapbook_new(uint64_t interval)
{
	struct heapbook *book = mem_zalloc(sizeof(*book));

	book->leaks = leaks_new(clock_mono_ns());
	book->interval = interval;
	return book;
}

void heapbook_free(struct heapbook *book)
{
	if (!book)
		return;
	leaks_free(book->leaks);
	free(book);
}

void heapbook_begin(struct heapbook *book, uint64_t start_ns)
{
	if (book)
		book->leaks->start = book->leaks->end = start_ns;
}

static void change(struct heapbook *book, uint32_t tgid, uint64_t start, uint64_t stack,
		   uint64_t when, double bytes)
{
	struct leak_site *site = leaks_site(book->leaks, tgid, start, stack);

	if (site)
		leaks_change(book->leaks, site, when, bytes);
}

/* `each` for all things that a sample of this value stands for. */
static double expected(const struct heapbook *book, uint64_t value, double each)
{
	return sizes_expected(value & HP_HEAP_SIZE, book->interval, each) *
	       (double)HP_HEAP_WEIGHT(value);
}

static double expected_bytes(const struct heapbook *book, uint64_t value)
{
	return expected(book, value, (double)(value & HP_HEAP_SIZE));
}

void heapbook_sample(struct heapbook *book, const struct hp_sample *s)
{
	double bytes = expected_bytes(book, s->value), objects = expected(book, s->value, 1);

	change(book, s->tgid, s->start, s->user_stack, clock_mono_ns(), bytes);
	book->sums.bytes += bytes;
	book->sums.objects += objects;
	if (HP_HEAP_WEIGHT(s->value) == 1) { /* e^2 (1 - p), for each that was chosen with p */
		book->sums.bytes_variance += bytes * bytes * (1 - 1 / objects);
		book->sums.objects_variance += objects * objects - objects;
	}
}

const struct heapbook_sums *heapbook_sums(const struct heapbook *book)
{
	return &book->sums;
}

void heapbook_duty_sums(void *book, struct duty_sums *ret_sums)
{
	const struct heapbook_sums *sums = heapbook_sums(book);

	ret_sums->sum[RECORDING_BYTES] = sums->bytes;
	ret_sums->sum[RECORDING_OBJECTS] = sums->objects;
	ret_sums->variance[RECORDING_BYTES] = sums->bytes_variance;
	ret_sums->variance[RECORDING_OBJECTS] = sums->objects_variance;
}

void heapbook_freed(struct heapbook *book, const struct hp_freed *f)
{
	change(book, f->tgid, f->start, f->user_stack, f->freed, -expected_bytes(book, f->size));
}

void heapbook_end(struct heapbook *book, uint64_t age_ns)
{
	struct leaks *leaks = book->leaks;
	uint64_t now = clock_mono_ns();

	/* Not clock reading order, but what was freed last, can be ahead. */
	if (now > leaks->end)
		leaks->end = now;
	leaks->age = age_ns ? age_ns : (leaks->end - leaks->start) / 2;
}

void heapbook_miss_frees(struct heapbook *book)
{
	book->leaks->at_most = true;
}

void heapbook_live(struct heapbook *book, const struct hp_live *live)
{
	const struct hp_sample *s = &live->sample;
	struct leak_site *site = leaks_site(book->leaks, s->tgid, s->start, s->user_stack);

	if (!site)
		return;
	memcpy(site->comm, s->comm, LEAKS_COMM_LEN);
	leaks_left(book->leaks, site, live->time, expected(book, s->value, 1),
		   expected_bytes(book, s->value));
}

struct leaks *heapbook_take(struct heapbook *book, struct sink *sink, const struct stacks *stacks)
{
	struct leaks *leaks = book->leaks;
	struct leak_site *site;

	vec_each(site, &leaks->sites) {
		struct buf text = {0};

		if (!site->samples_left)
			continue;
		sink_stack_text(sink, stacks, site->stack, &text);
		site->text = text.data;
	}
	leaks_judge(leaks);
	book->leaks = NULL;
	return leaks;
}
