// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "capture/books.h"
#include "capture/command.h"
#include "capture/decode.h"
#include "capture/downloads.h"
#include "capture/duty.h"
#include "capture/failures.h"
#include "capture/grown.h"
#include "capture/harvest.h"
#include "capture/heapbook.h"
#include "capture/lockuse.h"
#include "capture/meter.h"
#include "capture/places.h"
#include "capture/probed.h"
#include "capture/request.h"
#include "capture/ring.h"
#include "capture/session_loop.h"
#include "probes/probes.h"
#include "sym/binaries.h"
#include "sym/symbolize.h"
#include "unwind/feeder.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/log.h"
#include "util/loop.h"

#define RING_BYTES   (8u << 20)
#define LOADING_NICE (-10)
/* Sampling begins that long after the start, tables or not; 200 MB of compilers take 0.3 s of work,
 * more on a busy host. At the least they are given the second. */
#define START_WITHIN_NS (450 * NSEC_PER_MSEC)
#define TABLES_WAIT_NS	(100 * NSEC_PER_MSEC)

/* --- starting ----------------------------------------------------------------------------- */

static bool any_kind(const struct session *s)
{
	for (uint32_t i = 0; i < HP_KINDS; i++)
		if (probes_of_kind(&s->probes, i))
			return true;
	return false;
}

static int load(struct session *s)
{
	struct probe_failures failures = {0};
	int nice = getpriority(PRIO_PROCESS, 0);
	int err = 0;

	/* A host that is looked at is often a busy one. Loading is 0.1 s of work, mostly the
	 * kernel's verifier; without this it takes as many times longer as there are others to run.
	 */
	setpriority(PRIO_PROCESS, 0, LOADING_NICE);
	probes_load(&s->probes, &s->request, &failures);
	setpriority(PRIO_PROCESS, 0, nice);
	failures_say(&failures, &s->probes, s->request.kinds, s->recording);
	if (!any_kind(s)) {
		err = failures.list.n ? failures.list.at[0].err : -EINVAL;
		goto out;
	}
	err = target_apply(&s->options->target, &s->probes, (uint32_t)s->command.pid);
	if (err) {
		log_error("cannot set the target in the kernel: %s", strerror(-err));
		goto out;
	}
	places_set_map(s->places, probes_map(&s->probes, "hp_cgroups"));
	err = ring_new(&s->probes, s->decode, &s->ring);
	if (err)
		log_error("cannot map the ring buffer: %s", strerror(-err));
out:
	vec_done(&failures.list);
	return err;
}

/*
 * The binaries of the processes that run already, and their unwind tables: in place before the
 * first sample, if that does not take too long.
 */
static void prepare(struct session *s)
{
	struct probe_failures failures = {0};
	struct feeder_maps maps = {
		.arena = probes_map(&s->probes, "hp_arena"),
		.tables = probes_map(&s->probes, "hp_tables"),
		.binaries = probes_map(&s->probes, "hp_binaries"),
	};
	uint64_t wait = TABLES_WAIT_NS, elapsed;
	int err = feeder_new(&maps, s->options->max_table_bytes, &s->feeder);

	if (err)
		log_warn("no unwind tables: cannot start their thread: %s", strerror(-err));
	else
		decode_set_feeder(s->decode, s->feeder);
	probes_prepare(&s->probes, &s->request, &failures);
	failures_say(&failures, &s->probes, s->request.kinds, s->recording);
	ring_take(s->ring);
	elapsed = clock_mono_ns() - s->called_ns;
	if (elapsed + wait < START_WITHIN_NS)
		wait = START_WITHIN_NS - elapsed;
	if (s->feeder && !feeder_wait(s->feeder, wait))
		log_debug("sampling before all unwind tables are built");
	vec_done(&failures.list);
}

static int attach(struct session *s)
{
	struct probe_failures failures = {0};
	uint32_t steady = 1u << HP_KIND_CPU;
	int err = 0;

	if (s->options->use_locks)
		decode_count_use(s->decode);
	/* A tenth of the time says nothing of probes that come and go; their cost has a limit. */
	if (s->options->max_percent)
		steady |= s->options->use_locks ? UINT32_MAX : 1u << HP_KIND_HEAP;
	meter_start(&s->meter, s->request.kinds & ~steady);
	s->recording->start_real_ns = clock_real_ns();
	if (s->request.kinds & 1u << HP_KIND_GROWTH)
		grown_begin(s->grown);
	harvest_baseline(&s->baseline);
	heapbook_begin(decode_heapbook(s->decode), s->baseline.start_ns);
	probes_attach(&s->probes, &s->request, &failures);
	log_debug("sampling since %.0f ms after the start",
		  (double)(clock_mono_ns() - s->called_ns) / NSEC_PER_MSEC);
	failures_say(&failures, &s->probes, s->request.kinds, s->recording);
	if (!any_kind(s))
		err = failures.list.n ? failures.list.at[0].err : -EINVAL;
	vec_done(&failures.list);
	return err;
}

/* Two kinds of probes have half of the limit each. */
static void follow(struct session *s)
{
	const struct target *target = &s->options->target;
	uint32_t pid = (uint32_t)s->command.pid;
	int probed = !!probes_of_files(&s->probes, HP_KIND_HEAP) +
		     !!probes_of_files(&s->probes, HP_KIND_LOCK);
	struct duty_setup heap = {
		.probes = &s->probes,
		.kind = HP_KIND_HEAP,
		.sums = heapbook_duty_sums,
		.sums_arg = decode_heapbook(s->decode),
		.meter = &s->meter,
		.read = ring_read,
		.read_arg = s->ring,
		.percent = probed ? (double)s->options->max_percent / probed : 0,
	};
	struct duty_setup lock = heap;

	lock.kind = HP_KIND_LOCK;
	lock.ends_itself = true;
	lock.sums = lockuse_duty_sums;
	lock.sums_arg = &s->probes;
	s->allocating = probed_new(HP_KIND_HEAP, target, s->places, &s->probes, pid, &heap);
	s->locking = probed_new(HP_KIND_LOCK, target, s->places, &s->probes, pid, &lock);
}

/* --- ending ------------------------------------------------------------------------------- */

/* Ends the feeder's thread: its CPU time belongs to the recording. */
static void end_tables(struct session *s)
{
	if (!s->feeder)
		return;
	harvest_tables(s->recording, s->feeder);
	s->recording->tables.cap_bytes = s->options->max_table_bytes;
	decode_set_feeder(s->decode, NULL);
	feeder_free(s->feeder);
	s->feeder = NULL;
}

static void take_record(void *arg, const void *record, size_t size)
{
	struct session *s = arg;

	/* First what it refers to: the ring may have that still. */
	ring_take(s->ring);
	decode_record(s->decode, record, size);
}

static void finish(struct session *s)
{
	struct recording *r = s->recording;
	struct harvest harvest = {
		.recording = r,
		.probes = &s->probes,
		.decode = s->decode,
		.books = s->books,
		.meter = &s->meter,
		.grown = s->grown,
		.places = s->places,
		.symbolizer = s->symbolizer,
		.baseline = s->baseline,
	};
	int err;

	ring_take(s->ring); /* before what is kept: stacks */
	s->recording->kinds.at[HP_KIND_HEAP].note = probed_end(&s->allocating, &r->windows);
	if (r->windows.frees_missed)
		heapbook_miss_frees(decode_heapbook(s->decode));
	s->recording->kinds.at[HP_KIND_LOCK].note = probed_end(&s->locking, &r->lock_windows);
	decode_end_heap(s->decode, s->options->leak_age_ns);
	err = probes_finish(&s->probes, take_record, s);
	if (err)
		log_warn("what processes that live on have used is not all known: %s",
			 strerror(-err));
	harvest_end(&harvest);
	probes_stop(&s->probes);
	r->min_wait_ns = s->options->min_wait_ns;
	ring_take(s->ring);
	decode_finish(s->decode);
	failures_say_unmatched(s->places);
	end_tables(s);
	r->overhead.bpf_known = !s->meter.failed;
	err = harvest_books(&harvest);
	if (err)
		log_warn(
			"kernel functions have no names: /proc/kallsyms: %s; see `hostprof doctor`",
			strerror(-err));
	probes_done(&s->probes);
	err = harvest_profiles(&harvest);
	if (err)
		log_warn("some functions have no names: %s", strerror(-err));
	failures_say_unnamed(r, s->options->target.comm);
	recording_forget_unasked(r);
	if (r->ledgers_lost)
		log_warn("the ledger lacks %llu threads that ended: the ring buffer was full",
			 (unsigned long long)r->ledgers_lost);
	failures_say_unread(s->symbolizer);
	if (s->options->symbols.debuginfod)
		downloads_take(s->symbolizer, r);
}

static void session_done(struct session *s)
{
	feeder_free(s->feeder);
	probes_done(&s->probes);
	ring_free(s->ring);
	command_done(&s->command);
	loop_free(s->loop);
	symbolizer_free(s->symbolizer);
	decode_free(s->decode);
	places_free(s->places);
	books_free(s->books);
	grown_free(s->grown);
	probed_free(s->allocating);
	probed_free(s->locking);
	binaries_free(s->binaries);
	recording_free(s->recording);
	meter_done(&s->meter);
}

static void session_init(struct session *s, struct session_options *options)
{
	*s = (struct session){.options = options,
			      .called_ns = clock_mono_ns(),
			      .meter = {.fd = -1},
			      .command = {.go_fd = -1}};
	s->recording = harvest_recording(options->kinds);
	s->binaries = binaries_new();
	options->symbols.kernel_objects = options->kinds & 1u << HP_KIND_LOCK;
	s->symbolizer = symbolizer_new(s->binaries, &options->symbols);
	s->places = places_new(&options->target.places);
	s->decode = decode_new(s->binaries, s->symbolizer, s->places, options->kinds,
			       options->per_thread);
	s->books = books_new();
	decode_set_books(s->decode, s->books);
	s->grown = grown_new();
	decode_set_grown(s->decode, s->grown);
	decode_set_heap_interval(s->decode, options->heap_interval);
}

/* Until samples come. 0 or -errno, after the reason was logged. */
static int start(struct session *s)
{
	struct buf why = {0};
	int err = target_check(&s->options->target, &why);

	if (err) {
		log_error("%s", buf_str(&why));
		goto out;
	}
	request_fill(&s->request, s->options, RING_BYTES);
	err = session_watch(s);
	if (!err)
		err = session_start_command(s);
	if (!err)
		err = load(s);
	if (!err)
		err = session_watch_ring(s);
	if (err)
		goto out;
	prepare(s);
	err = attach(s);
	if (!err)
		follow(s);
out:
	buf_done(&why);
	return err;
}

int session_record(struct session_options *options, struct session_result *ret_result)
{
	struct session s;
	int err;

	file_limit_raise();
	session_init(&s, options);
	err = start(&s);
	if (!err && options->begun)
		options->begun();
	if (!err)
		err = session_run(&s, ret_result);
	if (err)
		goto out;
	s.recording->target_json = target_json(&options->target, (uint32_t)s.command.pid);
	s.recording->target_text = target_text(&options->target, (uint32_t)s.command.pid);
	finish(&s);
	command_reap(&s.command);
	ret_result->recording = s.recording;
	ret_result->command_status = command_exit_status(&s.command);
	ret_result->command_runs = s.command.pid && !s.command.ended;
	ret_result->command_pid = (uint32_t)s.command.pid;
	s.recording = NULL;
out:
	session_done(&s);
	return err;
}
