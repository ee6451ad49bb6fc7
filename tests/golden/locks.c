// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A recording of locks that never happened: locks FOLDER [MORE] writes lock.pb.gz and locks.json
 * there; locks top COLUMNS [colour] prints what the end of a recording shows. Locks of all classes,
 * with holders that run, wait for a CPU, sleep and write to a disk; of which nobody knows the
 * holder; without samples; of the kernel; with names that mean harm. MORE adds that many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

#include "capture/reasons.h"
#include "model/locks.h"
#include "model/profile.h"
#include "out/locks_json.h"
#include "out/locks_text.h"
#include "out/out.h"
#include "out/pprof.h"

#define MS	 1000000ll
#define DURATION (10000 * MS)
#define MAX	 32

struct proc {
	uint32_t pid;
	const char *comm, *container;
};

static const struct proc mysqld = {300, "mysqld", "shop"}, nginx = {101, "nginx", NULL},
			 ripgrep = {512, "rg", NULL}, java = {640, "java", "search"},
			 evil = {666, "e;vil\033[31m\n", NULL};

/* One kind of wait: `n` times, `us` together. Stacks leaf first, "_": the kernel; labels not. */
struct wait {
	const struct proc *proc;
	const char *lock, *class;
	uint64_t address;
	int n, us;
	const char *stack, *holder, *state, *holder_stack, *waker, *waker_stack;
};

#define FUTEX "_schedule _futex_wait _entry_SYSCALL_64_after_hwframe "
#define QUERY "row_search handle_query start_thread"
#define SYNC                                                                                       \
	"start_thread;flusher;flush_log;fdatasync;entry_SYSCALL_64_after_hwframe;do_syscall_64;"   \
	"ext4_sync_file;io_schedule;schedule"
#define UNLOCK "start_thread;flusher;pthread_mutex_unlock"

static const struct wait waits[] = {
	{&mysqld, "log_lock", "mutex", 0x55d0c0de1040, 3900, 41000000,
	 FUTEX "pthread_mutex_lock log_write " QUERY, "flusher (307)", "disk", SYNC, "flusher",
	 UNLOCK},
	{&mysqld, "log_lock", "mutex", 0x55d0c0de1040, 0, 2600000,
	 FUTEX "pthread_mutex_lock log_write " QUERY, "flusher (307)", "on-CPU", NULL, "flusher",
	 UNLOCK},
	{&mysqld, "log_lock", "mutex", 0x55d0c0de1040, 210, 2000000,
	 FUTEX "pthread_mutex_lock log_checkpoint start_thread", "worker-3 (304)", "run queue",
	 NULL, "worker-3", "start_thread;handle_query;log_write;pthread_mutex_unlock"},
	{&mysqld, "log_lock", "mutex", 0x55d0c0de1040, 30, 300000,
	 FUTEX "pthread_mutex_lock log_write " QUERY, NULL, NULL, NULL, "", ""},
	{&mysqld, "pool+0x18", "rwlock", 0x55d0c0de2218, 800, 1250000,
	 FUTEX "pthread_rwlock_wrlock page_get row_search handle_query start_thread", NULL, NULL,
	 NULL, "worker-1", "start_thread;handle_query;page_put;pthread_rwlock_unlock"},
	{&mysqld, "queue_not_empty", "condvar", 0x55d0c0de2300, 900, 26000000,
	 FUTEX "pthread_cond_wait get_query start_thread", NULL, NULL, NULL, "acceptor",
	 "start_thread;accept_loop;pthread_cond_signal"},
	{&nginx, "stats_lock", "pi", 0x404040, 12, 90000, FUTEX "pthread_mutex_lock count main",
	 "nginx (102)", "sleep",
	 "main;publish;usleep;clock_nanosleep;entry_SYSCALL_64_after_hwframe;do_nanosleep;schedule",
	 "nginx", "main;publish;pthread_mutex_unlock"},
	{&ripgrep, "heap 0x7f1200002b40", "futex", 0x7f1200002b40, 5200, 760000,
	 FUTEX
	 "syscall std::sys::sync::mutex::futex::Mutex::lock_contended rg::search::worker main",
	 "rg-7 (519)", "on-CPU", NULL, "rg-7",
	 "main;rg::search::worker;std::sys::sync::mutex::futex::Mutex::wake;syscall"},
	{&java, "heap 0x7f88ac0041d8", "event", 0x7f88ac0041d8, 77, 9500000,
	 FUTEX "pthread_cond_timedwait PlatformEvent::park ObjectMonitor::wait [unknown]", NULL,
	 NULL, NULL, "GC Thread#0", "start_thread;GangWorker::loop;pthread_cond_signal"},
	{&java, "libjvm.so+0x13f2a40", "semaphore", 0x7f88c13f2a40, 3, 120000,
	 FUTEX "sem_wait WorkGang::run start_thread", NULL, NULL, NULL, "", ""},
	{&nginx, "taken in shrink_lruvec", "kernel", 0, 41, 33000,
	 "_native_queued_spin_lock_slowpath __raw_spin_lock_irq _shrink_lruvec "
	 "_do_try_to_free_pages",
	 NULL, NULL, NULL, "", ""},
	{&evil, "</script><script>owned = 1</script>\033[2J", "mutex", 0x41414140, 9, 15000,
	 FUTEX "na\xffme\033]0;owned\a\nx main", "\"><img src=x onerror=owned=1> (667)", "disk",
	 "<b>;\033[2J;entry_SYSCALL_64_after_hwframe;schedule", "\033[5mwaker", "<i>;&amp;"},
};
#define WAITS (sizeof(waits) / sizeof(waits[0]))

static bool is_held(const struct wait *w)
{
	return strcmp(w->class, "condvar") && strcmp(w->class, "event") &&
	       strcmp(w->class, "semaphore");
}

static void add_sample(struct profile *p, const struct wait *w)
{
	const char *const texts[][2] = {
		{"comm", w->proc->comm},
		{"container", w->proc->container},
		{"lock", w->lock},
		{"class", w->class},
		{"holder", w->holder},
		{"holder_state", w->state},
		{"waker", w->waker},
		{"waker_stack", w->waker_stack},
		{"reason", is_held(w) ? "lock" : "wait"},
		{"holder_stack", w->holder_stack},
	};
	struct profile_label labels[MAX] = {parts_pid(p, w->proc->pid)};
	int64_t values[PROFILE_MAX_VALUES] = {w->n, w->us * 1000ll};
	uint32_t n = 1;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i][1] && *texts[i][1])
			labels[n++] = parts_label(p, texts[i][0], texts[i][1]);
	profile_add_sample(p, parts_stack(p, w->stack), profile_add_labels(p, labels, n), values);
}

static void add_lock(struct locks *locks, const struct wait *w)
{
	struct lock_key key = {.pid = w->proc->pid,
			       .start = w->proc->pid,
			       .address = w->address,
			       .comm = w->proc->comm,
			       .container = w->proc->container ? w->proc->container : "",
			       .name = w->lock,
			       .class = w->class,
			       .held = is_held(w)};
	uint32_t lock = locks_add(locks, &key);
	uint64_t ns = (uint64_t)w->us * 1000;

	locks_wait(locks, lock, (uint64_t)w->n, ns, w->n ? 3 * ns / (uint64_t)w->n : 0);
	if (w->holder)
		locks_hold(locks, lock, w->holder, locks_state(locks, w->state), ns);
}

/* No wait of it was sampled. */
static void add_unsampled(struct locks *locks)
{
	struct wait w = {.proc = &nginx,
			 .lock = "accept_mutex",
			 .class = "mutex",
			 .address = 0x404080,
			 .n = 2,
			 .us = 45,
			 .holder = "nginx (103)",
			 .state = "on-CPU"};

	add_lock(locks, &w);
}

static void add_inversions(struct locks *locks)
{
	struct lock_inversion i = {
		.pid = 300,
		.n = 2,
		.at = {{locks_string(locks, "log_lock"),
			locks_string(locks, "start_thread;handle_query;log_write;page_get;"
					    "pthread_rwlock_wrlock"),
			1200},
		       {locks_string(locks, "pool+0x18"),
			locks_string(locks,
				     "start_thread;evict;page_flush;log_write;pthread_mutex_lock"),
			3}}};

	vec_push(&locks->inversions, i);
	i.n = 3;
	i.at[2] = (struct lock_order){locks_string(locks, "stats_lock"),
				      locks_string(locks, "start_thread;report;log_write"), 1};
	vec_push(&locks->inversions, i);
}

static void make(int more, struct profile **ret_profile, struct locks **ret_locks)
{
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);
	struct locks *locks = locks_new(reasons, n);
	struct profile *p = profile_new();
	char name[64], holder[64];

	p->time_ns = 1700000000000000000;
	p->duration_ns = DURATION;
	locks->duration = (uint64_t)DURATION;
	profile_add_type(p, "contentions", "count");
	profile_add_type(p, "delay", "nanoseconds");
	profile_add_comment(p, "lock: nothing lost");
	for (size_t i = 0; i < WAITS; i++) {
		add_sample(p, &waits[i]);
		add_lock(locks, &waits[i]);
	}
	for (int i = 0; i < more; i++) {
		struct wait w = waits[i % 3 ? 7 : 2];

		snprintf(name, sizeof(name), "heap 0x7f12%08x", i * 64);
		snprintf(holder, sizeof(holder), "worker-%d (%d)", i % 48, 2000 + i % 48);
		w.lock = name;
		w.address = (uint64_t)i * 64;
		w.us = w.n = 1 + i * 7919 % 50000;
		w.holder = holder;
		add_sample(p, &w);
		add_lock(locks, &w);
	}
	add_unsampled(locks);
	add_inversions(locks);
	locks_sort(locks);
	*ret_profile = p;
	*ret_locks = locks;
}

static int write_all(const char *folder, const struct profile *p, const struct locks *locks)
{
	FILE *profile = parts_open(folder, "lock.pb.gz"), *sums = parts_open(folder, LOCKS_FILE);

	return !profile || !sums || pprof_write(p, profile) || locks_json_write(locks, sums) ||
	       fclose(profile) || fclose(sums);
}

int main(int argc, char **argv)
{
	struct out_options o = {.rows = 5};
	struct profile *p;
	struct locks *locks;
	struct buf out = {0};
	int err = 0;

	if (argc < 2)
		return 2;
	make(argc == 3 && strcmp(argv[1], "top") ? atoi(argv[2]) : 0, &p, &locks);
	if (argc > 2 && !strcmp(argv[1], "top")) {
		o.columns = (unsigned int)atoi(argv[2]);
		o.colour = argc > 3;
		locks_text_top(p, locks, &o, &out);
		fwrite(out.data, 1, out.len, stdout);
	} else {
		err = write_all(argv[1], p, locks);
	}
	buf_done(&out);
	profile_free(p);
	locks_free(locks);
	return err;
}
