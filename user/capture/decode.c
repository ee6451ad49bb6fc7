// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/decode.h"

#include <string.h>

#include "capture/books.h"
#include "capture/execs.h"
#include "capture/grown.h"
#include "capture/heapbook.h"
#include "capture/lockbook.h"
#include "capture/lockuse.h"
#include "capture/places.h"
#include "capture/sink.h"
#include "capture/stacks.h"
#include "capture/wire_binaries.h"
#include "model/profile.h"
#include "proc/jvm.h"
#include "sym/symbolize.h"
#include "util/clock.h"

/* More samples than this do not wait: their stacks are lost, or our table is full. */
#define WAITING_MAX 16384

/* Each kind's profile in the making. */
struct kind_sink {
	struct sink *sink; /* NULL: the kind was not asked for */
	struct decode_counts counts;
};

struct decode {
	struct symbolizer *symbolizer; /* borrowed */
	struct places *places;	       /* borrowed */
	struct stacks stacks;
	struct jvms jvms;
	struct decode_traffic traffic;
	VEC(struct hp_lock_wait) waiting; /* of most only `wait` is used */
	struct wire_binaries binaries;
	struct kind_sink kinds[HP_KINDS];
	struct books *books; /* borrowed; NULL: none */
	struct grown *grown; /* the same */
	struct execs execs;
	struct heapbook *heapbook; /* NULL: no heap */
	struct lockbook *lockbook; /* NULL: no locks */
};

struct decode *decode_new(struct binaries *binaries, struct symbolizer *symbolizer,
			  struct places *places, uint32_t kinds, bool per_thread)
{
	struct decode *decode = mem_zalloc(sizeof(*decode));

	wire_binaries_init(&decode->binaries, binaries);
	decode->symbolizer = symbolizer;
	decode->places = places;
	for (uint32_t kind = 0; kind < HP_KINDS; kind++)
		if (kinds & 1u << kind)
			decode->kinds[kind].sink = sink_new(kind, per_thread);
	if (kinds & 1u << HP_KIND_LOCK)
		decode->lockbook = lockbook_new();
	return decode;
}

void decode_set_books(struct decode *decode, struct books *books)
{
	decode->books = books;
}

void decode_set_grown(struct decode *decode, struct grown *grown)
{
	decode->grown = grown;
}

void decode_set_heap_interval(struct decode *decode, uint64_t bytes)
{
	struct sink *sink = decode->kinds[HP_KIND_HEAP].sink;

	if (!sink)
		return;
	sink->heap_interval = bytes;
	heapbook_free(decode->heapbook);
	decode->heapbook = heapbook_new(bytes);
}

struct lockbook *decode_lockbook(const struct decode *decode)
{
	return decode->lockbook;
}

void decode_count_use(struct decode *decode)
{
	sink_count_use(decode->kinds[HP_KIND_LOCK].sink);
}

void decode_take_use(struct decode *decode, struct lockuse *use)
{
	lockuse_take(use, decode->lockbook, decode->kinds[HP_KIND_LOCK].sink, &decode->stacks,
		     decode->places);
}

void decode_invert_use(struct decode *decode, const struct lockuse *use)
{
	lockuse_invert(use, decode->lockbook, decode->kinds[HP_KIND_LOCK].sink);
}

struct leaks *decode_take_leaks(struct decode *decode)
{
	return decode->heapbook ? heapbook_take(decode->heapbook, decode->kinds[HP_KIND_HEAP].sink,
						&decode->stacks)
				: NULL;
}

uint64_t decode_execs(const struct decode *decode)
{
	return decode->execs.list.n;
}

void decode_set_feeder(struct decode *decode, struct feeder *feeder)
{
	decode->binaries.feeder = feeder;
}

void decode_free(struct decode *decode)
{
	if (!decode)
		return;
	for (uint32_t kind = 0; kind < HP_KINDS; kind++)
		sink_free(decode->kinds[kind].sink);
	stacks_done(&decode->stacks);
	execs_done(&decode->execs);
	heapbook_free(decode->heapbook);
	lockbook_free(decode->lockbook);
	jvms_done(&decode->jvms);
	vec_done(&decode->waiting);
	free(decode);
}

static bool stack_known(const struct decode *decode, uint64_t id)
{
	return !id || stacks_find(&decode->stacks, id) != HASH_NONE;
}

/* How many of the stacks that it names have not come. */
static uint32_t stacks_missing(const struct decode *decode, const struct hp_lock_wait *w)
{
	const struct hp_wait *wait = &w->wait;
	uint32_t missing = !stack_known(decode, wait->sample.user_stack) +
			   !stack_known(decode, wait->sample.kernel_stack) +
			   !stack_known(decode, wait->waker_stack);

	if (wait->sample.type == HP_EVENT_LOCK)
		missing += !stack_known(decode, w->holder_stack) +
			   !stack_known(decode, w->holder_kernel_stack) +
			   !stack_known(decode, w->waker_wait_stack) +
			   !stack_known(decode, w->waker_kernel_stack);
	return missing;
}

/* A wait for a lock is a sample of two kinds, but for those that are the lock profile's alone. */
static struct kind_sink *second_kind(struct decode *decode, const struct hp_sample *s)
{
	struct kind_sink *kind = &decode->kinds[HP_KIND_LOCK];

	return s->type == HP_EVENT_LOCK && kind->sink ? kind : NULL;
}

static void kind_count(struct decode *decode, struct kind_sink *kind, const struct hp_sample *s,
		       const struct place *place)
{
	uint32_t user = stacks_find(&decode->stacks, s->user_stack);

	if (!place->wanted) {
		kind->counts.foreign++;
		return;
	}
	if (user != HASH_NONE)
		kind->counts.java_stacks += decode->stacks.list.at[user].java;
	if (!kind->counts.samples++)
		kind->counts.first_ns = clock_mono_ns();
}

static void take_sample(struct decode *decode, const struct hp_lock_wait *w)
{
	const struct hp_sample *s = &w->wait.sample;
	struct kind_sink *kind = &decode->kinds[s->kind], *second = second_kind(decode, s);
	const struct place *place = places_get(decode->places, s->cgroup, s->tgid);

	if (second) {
		kind_count(decode, second, s, place);
		if (place->wanted)
			lockbook_add(decode->lockbook, second->sink, &decode->stacks, w, place);
	}
	if (second == kind || !kind->sink)
		return;
	kind_count(decode, kind, s, place);
	if (!place->wanted)
		return;
	sink_add(kind->sink, &decode->stacks, &w->wait, &place->container);
	if (decode->heapbook && s->kind == HP_KIND_HEAP)
		heapbook_sample(decode->heapbook, s);
}

static void take_waiting(struct decode *decode, bool all)
{
	size_t kept = 0;

	if (all)
		places_settle(decode->places, true);
	for (size_t i = 0; i < decode->waiting.n; i++) {
		const struct hp_lock_wait *w = &decode->waiting.at[i];
		uint32_t missing = stacks_missing(decode, w);
		struct kind_sink *second = second_kind(decode, &w->wait.sample);

		if (!all && (missing || !places_know(decode->places, w->wait.sample.cgroup))) {
			decode->waiting.at[kept++] = *w;
			continue;
		}
		decode->kinds[w->wait.sample.kind].counts.missing_stacks += missing;
		if (second && second != &decode->kinds[w->wait.sample.kind])
			second->counts.missing_stacks += missing;
		take_sample(decode, w);
	}
	decode->waiting.n = kept;
}

/* All of it, of a wait for a lock; else its beginning, the wait. */
static void on_wait(struct decode *decode, const struct hp_lock_wait *w)
{
	const struct hp_sample *s = &w->wait.sample;

	if (s->kind >= HP_KINDS || (!decode->kinds[s->kind].sink && !second_kind(decode, s)))
		return;
	if (!stacks_missing(decode, w) && places_know(decode->places, s->cgroup))
		take_sample(decode, w);
	else
		vec_push(&decode->waiting, *w);
	if (decode->waiting.n >= WAITING_MAX)
		take_waiting(decode, true);
}

static void on_plain_wait(struct decode *decode, const struct hp_wait *wait)
{
	struct hp_lock_wait w = {.wait = *wait};

	on_wait(decode, &w);
}

static void on_sample(struct decode *decode, const struct hp_sample *sample)
{
	struct hp_lock_wait w = {.wait.sample = *sample};

	on_wait(decode, &w);
}

/* Comes at the end: all stacks are here. Not a sample of its own: it adds to one's values. */
static void on_live(struct decode *decode, const struct hp_live *live)
{
	struct hp_wait wait = {.sample = live->sample};
	const struct place *place;

	if (!decode->heapbook || live->sample.kind != HP_KIND_HEAP ||
	    execs_after(&decode->execs, live))
		return;
	place = places_get(decode->places, live->sample.cgroup, live->sample.tgid);
	if (!place->wanted)
		return;
	sink_add(decode->kinds[HP_KIND_HEAP].sink, &decode->stacks, &wait, &place->container);
	heapbook_live(decode->heapbook, live);
}

/* Did the walk end for lack of a frame pointer in memory that a Java virtual machine has filled? */
static bool ends_in_java(struct decode *decode, const struct hp_stack *stack)
{
	return stack->status == HP_STACK_BAD_FP && stack->n && stack->start &&
	       stack->frames[stack->n - 1] >> HP_FRAME_SHIFT == HP_SPACE_ANON &&
	       jvms_has(&decode->jvms, (pid_t)stack->tgid, stack->start);
}

static void on_stack(struct decode *decode, const struct hp_stack *stack, size_t size)
{
	if (stack->n > HP_MAX_FRAMES || stack->status >= HP_STACK_STATUSES ||
	    size < offsetof(struct hp_stack, frames) + stack->n * sizeof(stack->frames[0]))
		return;
	decode->traffic.stacks++;
	if (stack->start) /* with frames in anonymous memory */
		symbolizer_see_process(decode->symbolizer, (pid_t)stack->tgid, stack->start);
	if (!stacks_add(&decode->stacks, stack, ends_in_java(decode, stack)) && decode->waiting.n)
		take_waiting(decode, false);
}

static void on_ledger(struct decode *decode, const struct hp_ledger *wire)
{
	const struct place *place = places_get(decode->places, (uint32_t)wire->cgroup, wire->tgid);

	if (place->wanted)
		books_add(decode->books, wire, place);
}

/* Without a process: of all that could not be counted apart. */
static void on_grown(struct decode *decode, const struct hp_grown *wire)
{
	if (!wire->tgid || places_get(decode->places, wire->cgroup, wire->tgid)->wanted)
		grown_add(decode->grown, wire);
}

void decode_record(struct decode *decode, const void *record, size_t size)
{
	const uint16_t *type = record;

	decode->traffic.records++;
	decode->traffic.bytes += size;
	if (size < sizeof(*type))
		return;
	if (*type == HP_EVENT_SAMPLE && size >= sizeof(struct hp_sample))
		on_sample(decode, record);
	else if (*type == HP_EVENT_STACK && size >= offsetof(struct hp_stack, frames))
		on_stack(decode, record, size);
	else if (*type == HP_EVENT_WAIT && size >= sizeof(struct hp_wait))
		on_plain_wait(decode, record);
	else if (*type == HP_EVENT_LOCK && size >= sizeof(struct hp_lock_wait))
		on_wait(decode, record);
	else if (*type == HP_EVENT_LEDGER && size >= sizeof(struct hp_ledger) && decode->books)
		on_ledger(decode, record);
	else if (*type == HP_EVENT_GROWN && size >= sizeof(struct hp_grown) && decode->grown)
		on_grown(decode, record);
	else if (*type == HP_EVENT_LIVE && size >= sizeof(struct hp_live))
		on_live(decode, record);
	else if (*type == HP_EVENT_FREED && size >= sizeof(struct hp_freed) && decode->heapbook)
		heapbook_freed(decode->heapbook, record);
	else if (*type == HP_EVENT_EXEC && size >= sizeof(struct hp_exec))
		execs_add(&decode->execs, record);
	else if (*type == HP_EVENT_LOCK_SEEN && size >= sizeof(struct hp_uselock_seen) &&
		 decode->lockbook)
		lockbook_see(decode->lockbook, record);
	else if (*type == HP_EVENT_BINARY)
		wire_binaries_add(&decode->binaries, record, size);
	else if (*type == HP_EVENT_CGROUP)
		places_add(decode->places, record, size);
}

void decode_settle(struct decode *decode)
{
	places_settle(decode->places, false);
	if (decode->waiting.n)
		take_waiting(decode, false);
}

void decode_finish(struct decode *decode)
{
	take_waiting(decode, true);
}

struct heapbook *decode_heapbook(struct decode *decode)
{
	return decode->heapbook;
}

void decode_end_heap(struct decode *decode, uint64_t leak_age_ns)
{
	if (!decode->heapbook)
		return;
	/* The samples of what is left come first: they settle what their labels are. */
	places_settle(decode->places, true);
	take_waiting(decode, false);
	heapbook_end(decode->heapbook, leak_age_ns);
}

int decode_symbolize(struct decode *decode)
{
	for (uint32_t kind = 0; kind < HP_KINDS; kind++) {
		struct sink *sink = decode->kinds[kind].sink;
		int err;

		if (!sink)
			continue;
		spaces_resolve(&sink->spaces, decode->binaries.index, HP_SPACE_LAST + 1);
		err = symbolizer_run(decode->symbolizer, sink->profile, sink->spaces.origins.at,
				     sink->spaces.origins.n);
		if (err)
			return err;
		sink_finish(sink);
	}
	return 0;
}

struct profile *decode_take_profile(struct decode *decode, uint32_t kind)
{
	struct sink *sink = decode->kinds[kind].sink;
	struct profile *p = sink ? sink->profile : NULL;

	if (p)
		sink->profile = NULL;
	return p;
}

const struct decode_counts *decode_counts(const struct decode *decode, uint32_t kind)
{
	return &decode->kinds[kind].counts;
}

const struct decode_traffic *decode_traffic(const struct decode *decode)
{
	return &decode->traffic;
}
