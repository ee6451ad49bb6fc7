// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "capture/accounts.h"
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
#include "probes/probes.h"
#include "sym/binaries.h"
#include "sym/symbolize.h"
#include "unwind/feeder.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/log.h"
#include "util/loop.h"

#define RING_BYTES   (8u << 20)
#define RING_READ_NS (100 * NSEC_PER_MSEC)
#define LOADING_NICE (-10)
/* Sampling begins that long after the start, tables or not; 200 MB of compilers take 0.3 s of work,
 * more on a busy host. At the least they are given the second. */
#define START_WITHIN_NS	 (450 * NSEC_PER_MSEC)
#define TABLES_WAIT_NS	 (100 * NSEC_PER_MSEC)
#define SEEN_EMPTY_AFTER 49152 /* of hp_seen's 65536: stacks received until it is emptied */

struct session {
	struct session_options *options;
	struct probe_request request;
	struct probes probes;
	struct command command;
	struct loop *loop;
	struct ring_buffer *ring;
	struct binaries *binaries;
	struct symbolizer *symbolizer;
	struct places *places;
	struct decode *decode;
	struct books *books;
	struct grown *grown;
	struct probed *allocating, *locking; /* NULL: not wanted */
	struct feeder *feeder;		     /* NULL: frame pointers only */
	struct recording *recording;
	struct meter meter; /* of our programs' cost */
	uint64_t called_ns; /* when session_record() was */
	struct harvest_baseline baseline;
	uint64_t seen_emptied_at; /* stacks received then */
};

/* --- reading ------------------------------------------------------------------------------ */

static int on_record(void *arg, void *record, size_t size)
{
	decode_record(arg, record, size);
	return 0;
}

/* Forgets which stacks were sent. They are sent again, and recognised: only bytes are lost. */
static void empty_seen(struct session *s)
{
	int map = probes_map(&s->probes, "hp_seen");
	uint64_t key;

	while (!bpf_map_get_next_key(map, NULL, &key))
		if (bpf_map_delete_elem(map, &key))
			break;
	s->seen_emptied_at = decode_traffic(s->decode)->stacks;
}

static void read_ring(void *arg)
{
	struct session *s = arg;

	ring_buffer__consume(s->ring);
	decode_settle(s->decode);
	if (decode_traffic(s->decode)->stacks - s->seen_emptied_at > SEEN_EMPTY_AFTER)
		empty_seen(s);
}

static void on_tick(void *arg)
{
	struct session *s = arg;

	meter_tick(&s->meter, &s->probes);
	read_ring(s);
}

static void on_look(void *arg)
{
	struct session *s = arg;

	probed_look(s->allocating);
	probed_look(s->locking);
}

static void on_end(void *arg)
{
	struct session *s = arg;

	loop_stop(s->loop);
}

static void on_signal(void *arg, int signal)
{
	struct session *s = arg;

	/* From a terminal the command has got it too; else we pass it on. */
	if (s->command.pid && signal == SIGTERM)
		kill(s->command.pid, signal);
	loop_stop(s->loop);
}

static void on_command_end(void *arg)
{
	struct session *s = arg;

	command_reap(&s->command);
	loop_remove(s->loop, s->command.pidfd);
	loop_stop(s->loop);
}

static void on_second(void *arg)
{
	struct session *s = arg;
	struct session_progress now = {.elapsed_ns = clock_mono_ns() - s->baseline.start_ns};
	uint64_t bpf_ns, runs;
	struct hp_stats sum;

	for (uint32_t kind = 0; kind < HP_KINDS; kind++) {
		if (!probes_of_kind(&s->probes, kind) ||
		    accounts_read(probes_map(&s->probes, "hp_stats"), kind, &sum))
			continue;
		now.samples += sum.delivered;
		for (uint32_t i = 0; i < HP_LOSSES; i++)
			now.lost += sum.lost[i];
	}
	meter_read(&s->meter, &s->probes, &bpf_ns, &runs);
	now.percent = 100.0 * (double)(clock_cpu_ns() - s->baseline.cpu_ns + bpf_ns) /
		      ((double)now.elapsed_ns * (double)s->recording->n_cpus);
	s->options->progress(s->options->progress_arg, &now);
}

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
	s->ring = ring_buffer__new(probes_map(&s->probes, "hp_events"), on_record, s->decode, NULL);
	if (!s->ring) {
		err = -errno;
		log_error("cannot map the ring buffer: %s", strerror(-err));
	}
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
	ring_buffer__consume(s->ring);
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
	/* Probes that come and go cannot be told from a tenth of the time; their cost has a limit.
	 */
	if (s->options->max_percent)
		steady |= 1u << HP_KIND_HEAP | (s->options->use_locks ? 1u << HP_KIND_LOCK : 0);
	meter_start(&s->meter, s->request.kinds & ~steady);
	s->recording->start_real_ns = clock_real_ns();
	if (s->request.kinds & 1u << HP_KIND_GROWTH)
		grown_begin(s->grown);
	harvest_baseline(&s->baseline);
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
	struct duty_setup duty = {
		.probes = &s->probes,
		.kind = HP_KIND_HEAP,
		.sums = heapbook_duty_sums,
		.sums_arg = decode_heapbook(s->decode),
		.meter = &s->meter,
		.read = read_ring,
		.read_arg = s,
		.percent = probed ? (double)s->options->max_percent / probed : 0,
	};

	s->allocating = probed_new(HP_KIND_HEAP, target, s->places, &s->probes, pid, &duty);
	duty.kind = HP_KIND_LOCK, duty.ends_itself = true;
	duty.sums = lockuse_duty_sums, duty.sums_arg = &s->probes;
	s->locking = probed_new(HP_KIND_LOCK, target, s->places, &s->probes, pid, &duty);
}

static int watch(struct session *s)
{
	const struct session_options *o = s->options;
	sigset_t signals;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	err = loop_new(&s->loop);
	if (!err)
		err = loop_signals(s->loop, &signals, on_signal, s);
	if (!err)
		err = loop_timer(s->loop, RING_READ_NS, 0, on_tick, s);
	if (!err && (o->kinds & 1u << HP_KIND_HEAP || o->use_locks))
		err = loop_timer(s->loop, PROBED_LOOK_NS, 0, on_look, s);
	if (!err && o->progress)
		err = loop_timer(s->loop, NSEC_PER_SEC, 0, on_second, s);
	if (err)
		log_error("cannot set up the event loop: %s", strerror(-err));
	return err;
}

static int start_command(struct session *s)
{
	char **argv = s->options->target.command;
	int err = argv ? command_start(&s->command, argv) : 0;

	if (!err && argv)
		err = loop_add(s->loop, s->command.pidfd, on_command_end, s);
	if (err)
		log_error("cannot start `%s`: %s", argv[0], strerror(-err));
	return err;
}

/* --- ending ------------------------------------------------------------------------------- */

/* Ends the feeder's thread: its CPU time belongs to the recording. */
static void end_tables(struct session *s)
{
	struct feeder_counts counts;

	if (!s->feeder)
		return;
	feeder_counts(s->feeder, &counts);
	s->recording->tables = (struct recording_tables){
		.binaries = counts.tables,
		.bytes = counts.bytes,
		.cap_bytes = s->options->max_table_bytes,
		.without = counts.without,
		.failed = counts.failed,
		.evicted = counts.evicted,
	};
	decode_set_feeder(s->decode, NULL);
	feeder_free(s->feeder);
	s->feeder = NULL;
}

static void take_record(void *arg, const void *record, size_t size)
{
	struct session *s = arg;

	/* First what it refers to: the ring may have that still. */
	ring_buffer__consume(s->ring);
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

	ring_buffer__consume(s->ring); /* before what is kept: stacks */
	s->recording->kinds.at[HP_KIND_HEAP].note = probed_end(&s->allocating, &r->windows);
	if (r->windows.frees_missed)
		heapbook_miss_frees(decode_heapbook(s->decode));
	s->recording->kinds.at[HP_KIND_LOCK].note = probed_end(&s->locking, &r->lock_windows);
	decode_end_heap(s->decode, s->options->leak_age_ns);
	err = probes_finish(&s->probes, take_record, s);
	if (err)
		log_warn("what processes that live on have used is not all known: %s",
			 strerror(-err));
	r->duration_ns = clock_mono_ns() - s->baseline.start_ns;
	probes_stop(&s->probes);
	r->min_wait_ns = s->options->min_wait_ns;
	ring_buffer__consume(s->ring);
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
	ring_buffer__free(s->ring);
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

static int run(struct session *s, struct session_result *result)
{
	const struct session_options *o = s->options;
	int err = s->command.pid ? command_go(&s->command) : 0;

	if (err) {
		log_error("cannot run `%s`: %s", o->target.command[0], strerror(-err));
		result->exec_error = err;
		return err;
	}
	if (o->duration_ns) {
		err = loop_timer(s->loop, o->duration_ns, 1, on_end, s);
		if (err)
			return err;
	}
	return loop_run(s->loop);
}

int session_record(struct session_options *options, struct session_result *ret_result)
{
	struct session s = {.options = options,
			    .called_ns = clock_mono_ns(),
			    .meter = {.fd = -1},
			    .command = {.go_fd = -1}};
	struct buf why = {0};
	int err;

	file_limit_raise();
	s.recording = harvest_recording(options->kinds);
	s.binaries = binaries_new();
	options->symbols.kernel_objects = options->kinds & 1u << HP_KIND_LOCK;
	s.symbolizer = symbolizer_new(s.binaries, &options->symbols);
	s.places = places_new(&options->target.places);
	s.decode =
		decode_new(s.binaries, s.symbolizer, s.places, options->kinds, options->per_thread);
	s.books = books_new();
	decode_set_books(s.decode, s.books);
	s.grown = grown_new();
	decode_set_grown(s.decode, s.grown);
	decode_set_heap_interval(s.decode, options->heap_interval);
	err = target_check(&options->target, &why);
	if (err) {
		log_error("%s", buf_str(&why));
		goto out;
	}
	request_fill(&s.request, options, RING_BYTES);
	err = watch(&s);
	if (!err)
		err = start_command(&s);
	if (!err)
		err = load(&s);
	if (!err)
		err = loop_add(s.loop, ring_buffer__epoll_fd(s.ring), read_ring, &s);
	if (!err) {
		prepare(&s);
		err = attach(&s);
		if (!err)
			follow(&s);
	}
	if (!err)
		err = run(&s, ret_result);
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
	buf_done(&why);
	return err;
}
