// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A recording with a ledger that never happened: wall FOLDER [THREADS] writes cpu.pb.gz,
 * offcpu.pb.gz, ledger.json and summary.json there; wall summary COLUMNS [colour] prints the
 * summary for people. Processes of all sorts: busy, waiting for each other, idle, short, kernel
 * threads, in containers, with names that mean harm. The ledger is made from the same numbers as
 * the profiles, so sums can be compared. THREADS adds that many to a process of its own, and
 * short processes, a tenth of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

#include "capture/reasons.h"
#include "hostprof/ledger.h"
#include "model/ledger.h"
#include "model/profile.h"
#include "model/recording.h"
#include "out/ledger_json.h"
#include "out/out.h"
#include "out/pprof.h"
#include "out/recording_json.h"
#include "out/summary.h"

#define MS	  1000000ll
#define DURATION  (10000 * MS)
#define MAX_WAITS 4

struct wait {
	enum hp_reason reason;
	int ms, times;
	const char *stack; /* leaf first; "_" in front: the kernel */
	const char *waker, *waker_stack;
};

struct proc {
	uint32_t pid, threads;
	const char *comm, *container;
	int cpu_ms, runq_ms; /* of one thread */
	const char *cpu_stack;
	struct wait waits[MAX_WAITS];
	bool kernel;
};

static const struct proc procs[] = {
	{101,
	 4,
	 "nginx",
	 NULL,
	 400,
	 120,
	 "ngx_process_events ngx_worker_process_cycle main",
	 {{HP_REASON_POLL, 9000, 2500, "_schedule _ep_poll epoll_wait ngx_process_events main",
	   "swapper", "_ttwu;_tcp_rcv"},
	  {HP_REASON_DISK, 300, 40, "_schedule _io_schedule pread64 ngx_open main", "kworker/0:1",
	   "worker_thread;_blk_done"},
	  {HP_REASON_NET, 170, 9, "_schedule _sk_stream_wait_memory sendfile main", "swapper",
	   "_ttwu;_tcp_ack"}},
	 false},
	{200,
	 1,
	 "redis-server",
	 "cache",
	 6500,
	 900,
	 "dictFind aeMain main",
	 {{HP_REASON_POLL, 2500, 90000, "_schedule _ep_poll epoll_wait aeMain main", "swapper",
	   "_ttwu;_tcp_rcv"}},
	 false},
	{300,
	 8,
	 "mysqld",
	 "shop",
	 700,
	 400,
	 "row_search handle_query start_thread",
	 {{HP_REASON_LOCK, 6100, 4000,
	   "_schedule _futex_wait pthread_mutex_lock row_search handle_query start_thread",
	   "mysqld", "start_thread;handle_query;row_unlock;pthread_mutex_unlock"},
	  {HP_REASON_WAIT, 2000, 800,
	   "_schedule _futex_wait pthread_cond_wait get_query start_thread", "mysqld",
	   "start_thread;accept_loop;pthread_cond_signal"},
	  {HP_REASON_PAGEFAULT, 790, 33, "_schedule _filemap_fault row_search start_thread",
	   "kworker/0:1", "worker_thread;_blk_done"}},
	 false},
	{666,
	 1,
	 "e;vil\033[31m\n",
	 NULL,
	 10,
	 0,
	 "na\xffme\033]0;owned\a\nx main",
	 {{HP_REASON_SLEEP, 9990, 100, "_schedule _nanosleep </script><script> main", "", ""}},
	 false},
	{9,
	 1,
	 "sshd",
	 NULL,
	 0,
	 0,
	 NULL,
	 {{HP_REASON_POLL, 10000, 0, "_schedule _do_poll poll main", "", ""}},
	 false},
	{77,
	 1,
	 "kswapd0",
	 NULL,
	 2,
	 1,
	 "_shrink_node _kswapd _kthread",
	 {{HP_REASON_WAIT, 9997, 3, "_schedule _kswapd _kthread", "swapper", "_wake_all_kswapds"}},
	 true},
};
#define PROCS (sizeof(procs) / sizeof(procs[0]))

static void add_sample(struct profile *p, const struct proc *proc, const struct wait *w,
		       const char *stack, int64_t n, int64_t ns)
{
	int64_t values[PROFILE_MAX_VALUES] = {n, ns};
	struct profile_label labels[6];
	uint32_t count = 0, reasons;

	labels[count++] = parts_pid(p, proc->pid);
	labels[count++] = parts_label(p, "comm", proc->comm);
	if (proc->container)
		labels[count++] = parts_label(p, "container", proc->container);
	if (w)
		labels[count++] = parts_label(p, "reason", reasons_list(&reasons)[w->reason].name);
	if (w && *w->waker) {
		labels[count++] = parts_label(p, "waker", w->waker);
		labels[count++] = parts_label(p, "waker_stack", w->waker_stack);
	}
	profile_add_sample(p, parts_stack(p, stack), profile_add_labels(p, labels, count), values);
}

static struct profile *new_profile(const char *first, const char *second)
{
	struct profile *p = profile_new();

	p->time_ns = 1700000000000000000;
	p->duration_ns = DURATION;
	profile_add_type(p, first, "count");
	profile_add_type(p, second, "nanoseconds");
	return p;
}

/* Samples of the CPU know its time to a tick only: scaled to the ledger's they are exact. */
static struct profile *cpu_profile(void)
{
	struct profile *p = new_profile("samples", "cpu");

	for (size_t i = 0; i < PROCS; i++) {
		int64_t ticks = procs[i].cpu_ms * (int64_t)procs[i].threads / 10;

		if (ticks > 0)
			add_sample(p, &procs[i], NULL, procs[i].cpu_stack, ticks, ticks * 10 * MS);
	}
	return p;
}

static struct profile *offcpu_profile(void)
{
	struct profile *p = new_profile("waits", "off_cpu");

	for (size_t i = 0; i < PROCS; i++)
		for (const struct wait *w = procs[i].waits; w->ms; w++)
			add_sample(p, &procs[i], w, w->stack, (int64_t)w->times * procs[i].threads,
				   w->ms * MS * procs[i].threads);
	return p;
}

static void ledger_process(struct ledger *l, const struct proc *proc)
{
	struct ledger_entry e = {.pid = proc->pid,
				 .comm = proc->comm,
				 .kernel = proc->kernel,
				 .before = true,
				 .process_start = proc->pid,
				 .container = LEDGER_NONE};
	char name[32];

	if (proc->container)
		e.container = ledger_container(l, strlen(proc->container), proc->container);
	if (proc->container && !strcmp(proc->container, "shop"))
		ledger_identify(l, e.container, "0123456789ab");
	e.times.on_cpu = (uint64_t)(proc->cpu_ms * MS);
	e.times.runq = (uint64_t)(proc->runq_ms * MS);
	e.times.residual = 1500;
	e.times.wall = e.times.on_cpu + e.times.runq + 1500;
	for (const struct wait *w = proc->waits; w->ms; w++) {
		e.times.blocked[w->reason] = (uint64_t)(w->ms * MS);
		e.times.waits[w->reason] = (uint64_t)w->times;
		e.times.wall += e.times.blocked[w->reason];
		e.times.switches += (uint64_t)w->times;
	}
	for (uint32_t i = 0; i < proc->threads; i++) {
		e.tid = proc->pid + i;
		e.thread_start = e.tid;
		snprintf(name, sizeof(name), "worker-%u", i);
		e.thread = name;
		if (!i)
			e.thread = proc->comm;
		ledger_add(l, &e);
	}
}

static void ledger_many(struct ledger *l, uint32_t threads)
{
	struct proc pool = {
		400000, threads, "thread-pool", "batch",
		1,	0,	 NULL,		{{HP_REASON_WAIT, 9999, 3, NULL, NULL, NULL}},
		false};
	struct proc one = {500000, 1, "cc1", "batch",
			   30,	   4, NULL,  {{HP_REASON_DISK, 7, 2, NULL, NULL, NULL}},
			   false};

	ledger_process(l, &pool);
	for (uint32_t i = 0; i < threads / 10; i++) {
		ledger_process(l, &one);
		one.pid++;
	}
}

static struct ledger *make_ledger(uint32_t threads)
{
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);
	struct ledger *l = ledger_new(reasons, n);

	l->duration = (uint64_t)DURATION;
	l->steal = 12345678;
	for (size_t i = 0; i < PROCS; i++)
		ledger_process(l, &procs[i]);
	if (threads)
		ledger_many(l, threads);
	l->containers.at[1].throttled = (uint64_t)(1234 * MS);
	l->containers.at[1].throttles = 17;
	l->containers.at[1].memory_limit = 512 << 20;
	l->containers.at[1].memory_before = 300 << 20;
	l->containers.at[1].memory_after = 410 << 20;
	return l;
}

static void add_kind(struct recording *r, const char *name, const char *file, struct profile *p)
{
	struct recording_kind *kind = recording_add_kind(r, name, file);

	kind->ok = true;
	kind->profile = p;
	for (size_t i = 0; i < p->samples.n; i++)
		kind->attempted += (uint64_t)p->samples.at[i].values[0];
	kind->delivered = kind->complete = kind->attempted;
}

static struct recording *make_recording(uint32_t threads)
{
	struct recording *r = recording_new();

	r->kernel = mem_strdup("6.1.0-56-cloud-amd64");
	r->arch = mem_strdup("x86_64");
	r->target_json = mem_strdup("{\"host\":true}");
	r->target_text = mem_strdup("the whole host");
	r->start_real_ns = 1700000000123456789;
	r->duration_ns = (uint64_t)DURATION;
	r->n_cpus = 4;
	r->ledger = make_ledger(threads);
	add_kind(r, "cpu", "cpu.pb.gz", cpu_profile());
	add_kind(r, "offcpu", "offcpu.pb.gz", offcpu_profile());
	return r;
}

static int write_all(const char *folder, uint32_t threads)
{
	struct recording *r = make_recording(threads);
	FILE *ledger = parts_open(folder, "ledger.json"), *summary;
	const struct recording_kind *kind;
	int err = !ledger || ledger_json_write(r->ledger, ledger) || fclose(ledger);

	vec_each(kind, &r->kinds) {
		FILE *to = parts_open(folder, kind->file);

		err |= !to || pprof_write(kind->profile, to) || fclose(to);
	}
	summary = parts_open(folder, "summary.json");
	err |= !summary || recording_json_write(r, "1.2.3", summary) || fclose(summary);
	recording_free(r);
	return err;
}

int main(int argc, char **argv)
{
	static const char *const files[] = {"rec/cpu.pb.gz", "rec/ledger.json", NULL};
	struct out_options o = {.rows = 6};
	struct recording *r;

	if (argc >= 3 && !strcmp(argv[1], "summary")) {
		o.columns = (unsigned int)strtoul(argv[2], NULL, 10);
		o.colour = argc > 3;
		r = make_recording(0);
		summary_write(r, &o, files, stdout);
		recording_free(r);
		return ferror(stdout);
	}
	if (argc < 2)
		return 2;
	return write_all(argv[1], argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0);
}
