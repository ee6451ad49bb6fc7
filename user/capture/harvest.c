// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/harvest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "capture/accounts.h"
#include "capture/books.h"
#include "capture/decode.h"
#include "capture/grown.h"
#include "capture/klocknames.h"
#include "capture/lockbook.h"
#include "capture/meter.h"
#include "capture/places.h"
#include "hostprof/event.h"
#include "model/calibrate.h"
#include "model/growth.h"
#include "model/ledger.h"
#include "model/locks.h"
#include "model/profile.h"
#include "probes/probes.h"
#include "sym/symbolize.h"
#include "unwind/feeder.h"
#include "util/bytes.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/procfs.h"

#define LIMITS_SHOWN 3

struct recording *harvest_recording(uint32_t kinds_asked)
{
	static const struct {
		const char *name, *file;
	} kinds[] = {
#define HP_KIND(id, name, file, question, types) {name, file},
#include "hostprof/kinds.def"
#undef HP_KIND
	};
	struct recording *r = recording_new();
	struct utsname host;

	uname(&host);
	r->kernel = mem_strdup(host.release);
	r->arch = mem_strdup(host.machine);
	r->n_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	for (size_t i = 0; i < HP_KINDS; i++)
		recording_add_kind(r, kinds[i].name, kinds[i].file)->asked = kinds_asked & 1u << i;
	return r;
}

void harvest_baseline(struct harvest_baseline *ret_baseline)
{
	procfs_busy_ns(&ret_baseline->busy_ns, &ret_baseline->steal_ns);
	ret_baseline->cpu_ns = clock_cpu_ns();
	ret_baseline->start_ns = clock_mono_ns();
}

void harvest_tables(struct recording *r, struct feeder *feeder)
{
	struct feeder_counts counts;

	feeder_counts(feeder, &counts);
	r->tables = (struct recording_tables){
		.binaries = counts.tables,
		.bytes = counts.bytes,
		.built = counts.built,
		.shared = counts.shared,
		.without = counts.without,
		.failed = counts.failed,
		.evicted = counts.evicted,
	};
}

/*
 * Cycles become time by what this recording measured: the host's busy time over its cycles. The
 * kernel counts busy time in ticks, which is fair over seconds.
 */
static void cycles_to_ns(const struct harvest *h, struct profile *profile)
{
	struct profile_sample *sample;

	if (!h->cycles || !h->busy_ns)
		return;
	vec_each(sample, &profile->samples)
		sample->values[1] = (int64_t)((double)sample->values[1] * (double)h->busy_ns /
					      (double)h->cycles);
}

/* See struct recording_windows. */
static void scale_heap(const struct harvest *h, struct profile *profile)
{
	struct profile_sample *sample;

	if (!h->recording->windows.n)
		return;
	vec_each(sample, &profile->samples)
		for (uint32_t i = 0; i < profile->n_types; i++)
			sample->values[i] =
				(int64_t)((double)sample->values[i] * h->recording->windows.scale);
}

static bool by_cycles(const struct recording_kind *kind)
{
	return kind->source && !strcmp(kind->source, "cycles");
}

/* The books of a kind, while its maps are still there. */
static void fill_kind(struct harvest *h, uint32_t i)
{
	struct recording_kind *kind = &h->recording->kinds.at[i];
	const struct probe_run *run = probes_of_kind(h->probes, i), *traps;
	struct hp_stats sum;
	int err;

	if (!run)
		return;
	err = accounts_read(probes_map(h->probes, "hp_stats"), i, &sum);
	if (err) {
		kind->why = mem_printf("cannot read its counters: %s", strerror(-err));
		return;
	}
	kind->ok = true;
	kind->source = run->source;
	kind->period = run->period;
	accounts_fill(kind, &sum, decode_counts(h->decode, i));
	h->recording->ledgers_lost += sum.ledgers_lost;
	traps = probes_of_files(h->probes, i);
	if (traps) {
		h->recording->overhead.traps += sum.ticks;
		h->recording->overhead.trap_ns += sum.ticks * traps->trap_ns;
	}
	if (sum.frees_lost)
		log_warn("heap: %llu frees did not fit into the ring buffer: --leaks takes what "
			 "they "
			 "freed for growth; use a larger --heap-interval",
			 (unsigned long long)sum.frees_lost);
	if (sum.unfollowed)
		log_warn("heap: %llu blocks more than its table of live ones holds: they are in "
			 "alloc_space and missing in inuse_space; use a larger --heap-interval",
			 (unsigned long long)sum.unfollowed);
	if (run->n_events && !by_cycles(kind)) {
		kind->ticks_seen = sum.ticks;
		kind->ticks_expected = h->busy_ns / run->period;
	}
}

static void take_profiles(struct harvest *h)
{
	for (uint32_t i = 0; i < HP_KINDS; i++) {
		struct recording_kind *kind = &h->recording->kinds.at[i];
		uint64_t first_ns;

		if (!kind->ok)
			continue;
		first_ns = decode_counts(h->decode, i)->first_ns;
		if (first_ns)
			log_debug("%s: first sample read %.0f ms after the probes were in",
				  kind->name,
				  (double)(first_ns - h->baseline.start_ns) / NSEC_PER_MSEC);
		kind->profile = decode_take_profile(h->decode, i);
		if (by_cycles(kind))
			cycles_to_ns(h, kind->profile);
		if (i == HP_KIND_HEAP && kind->profile)
			scale_heap(h, kind->profile);
	}
}

/* The ledger is there when a kind is that comes with it. */
static void take_ledger(struct harvest *h)
{
	struct recording *r = h->recording;
	const struct recording_kind *offcpu = &r->kinds.at[HP_KIND_OFFCPU];
	struct ledger_container *container;
	struct place_memory memory;
	struct throttle throttle;

	if (!offcpu->ok)
		return;
	r->ledger = books_take(h->books);
	r->ledger->duration = r->duration_ns;
	r->ledger->steal = h->steal_ns;
	vec_each(container, &r->ledger->containers) {
		places_throttled(h->places, container->id, &throttle);
		container->throttled = throttle.ns;
		container->throttles = throttle.times;
		places_memory(h->places, container->id, &memory);
		container->memory_limit = memory.limit;
		container->memory_before = memory.before;
		container->memory_after = memory.after;
	}
	/* With short waits left out there is no total to scale to. */
	if (offcpu->profile && !r->min_wait_ns)
		calibrate_waits(r->ledger, offcpu->profile);
}

static void take_growth(struct harvest *h)
{
	const struct recording_kind *kind = &h->recording->kinds.at[HP_KIND_GROWTH];

	if (kind->profile)
		calibrate_growth(h->recording->growth, kind->profile);
}

static void describe_profile(const struct recording *r, const struct recording_kind *kind)
{
	struct profile *p = kind->profile;
	struct buf line = {0};

	p->time_ns = (int64_t)r->start_real_ns;
	p->duration_ns = (int64_t)r->duration_ns;
	p->period = (int64_t)kind->period;
	p->period_type = p->types[p->default_type];
	recording_loss_line(kind, &line);
	profile_add_comment(p, buf_str(&line));
	buf_clear(&line);
	recording_overhead_line(r, &line);
	profile_add_comment(p, buf_str(&line));
	buf_done(&line);
}

/* What may grow no further, beside what grew. */
static void tell_limits(const struct places *places, struct buf *note)
{
	struct place_memory fullest[LIMITS_SHOWN];
	size_t n = places_fullest(places, fullest, LIMITS_SHOWN);

	for (size_t i = 0; i < n; i++) {
		const struct place_memory *it = &fullest[i];
		uint64_t used = it->after ? it->after : it->before;

		buf_printf(note, "; container %s: %.1f of at most %.1f MiB", it->container->name,
			   (double)used / BYTES_PER_MIB, (double)it->limit / BYTES_PER_MIB);
		if (it->after)
			buf_printf(note, " (%+.1f MiB)",
				   ((double)it->after - (double)it->before) / BYTES_PER_MIB);
	}
}

/* The exact sums, while their map is there. */
static void end_locks(struct harvest *h)
{
	struct lockbook *book = decode_lockbook(h->decode);
	struct hp_stats sum;
	int err;

	if (!book) /* not asked for: its probe feeds others, too */
		return;
	err = lockbook_read(book, probes_map(h->probes, "hp_locks"), h->places);
	if (err)
		log_warn("lock: its exact sums cannot be read: %s", strerror(-err));
	if (!accounts_read(probes_map(h->probes, "hp_stats"), HP_KIND_LOCK, &sum))
		book->lost = sum.locks_lost;
	if (book->lost)
		log_warn("lock: %llu waits are not in the sums: there were more locks than its "
			 "table holds, or the CPU was in the midst of counting another",
			 (unsigned long long)book->lost);
}

static void end_use(struct harvest *h)
{
	struct recording_kind *kind = &h->recording->kinds.at[HP_KIND_LOCK];
	int err =
		lockuse_read(&h->use, h->probes, h->baseline.start_ns + h->recording->duration_ns);
	char *note, *before = kind->note;

	if (h->recording->lock_windows.n)
		lockuse_windows(&h->use, h->recording->lock_windows.scale);
	if (err == -ENOENT)
		return;
	if (err)
		log_warn("lock: the use of locks cannot be read: %s", strerror(-err));
	decode_take_use(h->decode, &h->use);
	note = lockuse_note(&h->use);
	if (note)
		kind->note = mem_printf("%s%s%s", before ? before : "", before ? "; " : "", note);
	if (note)
		free(before);
	free(note);
}

static void take_locks(struct harvest *h)
{
	const struct recording_kind *kind = &h->recording->kinds.at[HP_KIND_LOCK];

	if (!kind->profile)
		return;
	klocknames_find(decode_lockbook(h->decode), kind->profile, h->symbolizer);
	h->recording->locks = lockbook_take(decode_lockbook(h->decode), kind->profile);
	h->recording->locks->duration = h->recording->duration_ns;
}

/* The numbers are of what was given; what stayed is another. */
static void end_growth(struct harvest *h)
{
	struct growth *growth = grown_take(h->grown);
	struct buf note = {0};

	h->recording->growth = growth;
	buf_printf(&note,
		   "processes were given %.1f MiB, and the resident sets of those that live on "
		   "changed by %+.1f MiB",
		   (double)(growth_total(growth) * growth->page_size) / BYTES_PER_MIB,
		   (double)growth_resident(growth) / BYTES_PER_MIB);
	tell_limits(h->places, &note);
	h->recording->kinds.at[HP_KIND_GROWTH].note = note.data;
}

void harvest_end(struct harvest *h)
{
	struct recording_overhead *cost = &h->recording->overhead;
	uint64_t busy_ns, steal_ns;

	h->recording->duration_ns = clock_mono_ns() - h->baseline.start_ns;
	if (!procfs_busy_ns(&busy_ns, &steal_ns) && busy_ns > h->baseline.busy_ns) {
		h->busy_ns = busy_ns - h->baseline.busy_ns;
		h->steal_ns = steal_ns - h->baseline.steal_ns;
	}
	meter_read(h->meter, h->probes, &cost->bpf_ns, &cost->bpf_runs);
}

int harvest_books(struct harvest *h)
{
	struct recording_overhead *cost = &h->recording->overhead;

	h->recorded_cpu_ns = clock_cpu_ns();
	cost->agent_cpu_ns = h->recorded_cpu_ns - h->baseline.cpu_ns;
	cost->ring_records = decode_traffic(h->decode)->records;
	cost->ring_bytes = decode_traffic(h->decode)->bytes;
	h->cycles = probes_event_count(h->probes);
	for (uint32_t i = 0; i < HP_KINDS; i++)
		fill_kind(h, i);
	if (h->recording->kinds.at[HP_KIND_GROWTH].ok)
		end_growth(h);
	if (h->recording->kinds.at[HP_KIND_LOCK].ok)
		end_locks(h);
	if (h->recording->kinds.at[HP_KIND_LOCK].ok)
		end_use(h);
	return symbolizer_load_kernel(h->symbolizer);
}

int harvest_profiles(struct harvest *h)
{
	struct recording_overhead *cost = &h->recording->overhead;
	struct recording_kind *kind;
	int err = decode_symbolize(h->decode);
	struct symbolizer_counts counts = symbolizer_counts(h->symbolizer);

	h->recording->symbols = (struct recording_symbols){counts.read, counts.shared};
	h->recording->leaks = decode_take_leaks(h->decode);
	decode_invert_use(h->decode, &h->use);
	lockuse_done(&h->use);
	take_profiles(h);
	take_ledger(h);
	take_growth(h);
	take_locks(h);
	cost->analysis_cpu_ns = clock_cpu_ns() - h->recorded_cpu_ns;
	cost->rss_bytes = procfs_rss_bytes();
	vec_each(kind, &h->recording->kinds)
		if (kind->profile)
			describe_profile(h->recording, kind);
	return err;
}
