// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits for locks whose truth is known: what every wait took, less what of it the thread waited
 * for a CPU when it was over already (the kernel's run_delay), and whose turns with the lock it
 * overlapped.
 *
 *   locks CLASS THREADS SECONDS HOLD_US [sleep|spin|disk]
 *
 * Held classes: all threads take `the_lock`, hold it, give it back, pause. Others: one thread lets
 * something happen for which all the others wait. Who is woken and comes too late goes to sleep
 * once more in the same wait: the kernel counts that (voluntary context switches). Prints, with
 * tabs between:
 *
 *   class CLASS waits NUMBER ns NUMBER     waits, and how long they were
 *   sleeps NUMBER                          how often a thread went to sleep in them
 *   holder TID NUMBER                      how much of that fell into turns of this thread
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workload.h"

#define MAX_THREADS 64
#define MAX_EVENTS  400000 /* waits, and turns, of all threads together */

struct span { /* of time: a wait, or a turn with the lock */
	uint64_t from, until;
	uint64_t waited; /* since when the turn was waited for; 0: it was not */
	int tid;
};

struct spans {
	struct span *at;
	int n;
};

struct worker {
	pthread_t thread;
	int index, tid, schedstat;
};

static pthread_mutex_t the_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t the_recursive, the_pi;
static pthread_rwlock_t the_rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t the_cond = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t cond_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t the_barrier;
static sem_t the_semaphore;

static struct worker workers[MAX_THREADS];
static struct spans waits, turns;
static uint64_t late_ns; /* of all waits: over, and waiting for a CPU */
static uint64_t sleeps;	 /* in all waits */
static int n_threads;
static uint64_t hold_ns, per_ms;
static const char *mode = "sleep";
static volatile int over;
static int disk = -1;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void add(struct spans *spans, uint64_t from, uint64_t until, uint64_t waited, int tid)
{
	int i = __sync_fetch_and_add(&spans->n, 1);

	if (i < MAX_EVENTS)
		spans->at[i] = (struct span){from, until, waited, tid};
}

/* How long the thread has waited for a CPU so far. */
static uint64_t run_delay(const struct worker *w)
{
	unsigned long long on_cpu, delay = 0;
	char text[128] = "";

	if (pread(w->schedstat, text, sizeof(text) - 1, 0) > 0)
		sscanf(text, "%llu %llu", &on_cpu, &delay);
	return delay;
}

/* How often the thread has gone to sleep so far. */
static uint64_t slept(void)
{
	struct rusage usage = {0};

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_nvcsw;
}

static NOINLINE void nap(uint64_t ns)
{
	struct timespec ts = {(time_t)(ns / NS_PER_SEC), (long)(ns % NS_PER_SEC)};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}

static NOINLINE void work_with_lock(void)
{
	if (!strcmp(mode, "spin")) {
		spin(per_ms * hold_ns / NS_PER_MS);
	} else if (!strcmp(mode, "disk")) {
		if (pwrite(disk, "x", 1, 0) != 1 || fdatasync(disk))
			perror("locks: disk");
	} else {
		nap(hold_ns);
	}
}

/* --- held --- */

static int take(const char *class, bool try)
{
	if (!strcmp(class, "mutex"))
		return try ? pthread_mutex_trylock(&the_mutex) : pthread_mutex_lock(&the_mutex);
	if (!strcmp(class, "recursive"))
		return try ? pthread_mutex_trylock(&the_recursive)
			   : pthread_mutex_lock(&the_recursive);
	if (!strcmp(class, "pi"))
		return try ? pthread_mutex_trylock(&the_pi) : pthread_mutex_lock(&the_pi);
	return try ? pthread_rwlock_trywrlock(&the_rwlock) : pthread_rwlock_wrlock(&the_rwlock);
}

static void give(const char *class)
{
	if (!strcmp(class, "mutex"))
		pthread_mutex_unlock(&the_mutex);
	else if (!strcmp(class, "recursive"))
		pthread_mutex_unlock(&the_recursive);
	else if (!strcmp(class, "pi"))
		pthread_mutex_unlock(&the_pi);
	else
		pthread_rwlock_unlock(&the_rwlock);
}

static NOINLINE void held_round(const char *class, const struct worker *w)
{
	uint64_t from = 0, until, delay, waited, before;

	if (take(class, true)) {
		delay = run_delay(w);
		before = slept();
		from = now_ns();
		take(class, false);
		until = now_ns();
		__sync_fetch_and_add(&sleeps, slept() - before);
		__sync_fetch_and_add(&late_ns, run_delay(w) - delay);
		add(&waits, from, until, 0, w->tid);
	}
	waited = from;
	from = now_ns();
	work_with_lock();
	add(&turns, from, now_ns(), waited, w->tid);
	give(class);
}

/* --- events: each wait ends when the first thread says so --- */

static volatile uint64_t happened; /* when; 0: not yet */
static int rounds;		   /* of the condition */

static void happen(const char *class)
{
	if (!strcmp(class, "condvar")) {
		pthread_mutex_lock(&cond_mutex);
		rounds++;
		happened = now_ns();
		pthread_cond_broadcast(&the_cond);
		pthread_mutex_unlock(&cond_mutex);
	} else if (!strcmp(class, "semaphore")) {
		happened = now_ns();
		for (int i = 1; i < n_threads; i++)
			sem_post(&the_semaphore);
	} else {
		happened = now_ns();
		pthread_barrier_wait(&the_barrier);
	}
}

/* Returns when the wait began. */
static NOINLINE uint64_t wait_for_it(const char *class)
{
	uint64_t from = now_ns();
	int round;

	if (!strcmp(class, "condvar")) {
		pthread_mutex_lock(&cond_mutex);
		from = now_ns();
		for (round = rounds; round == rounds && !over;)
			pthread_cond_wait(&the_cond, &cond_mutex);
		pthread_mutex_unlock(&cond_mutex);
	} else if (!strcmp(class, "semaphore")) {
		while (sem_wait(&the_semaphore))
			;
	} else {
		pthread_barrier_wait(&the_barrier);
	}
	return from;
}

static void event_round(const char *class, const struct worker *w)
{
	uint64_t from, until, before;

	if (!w->index) {
		nap(hold_ns);
		happen(class);
		return;
	}
	before = slept();
	from = wait_for_it(class);
	__sync_fetch_and_add(&sleeps, slept() - before);
	until = happened;
	if (until > from)
		add(&waits, from, until, 0, w->tid);
}

/* --- join --- */

static void *short_life(void *arg)
{
	nap(hold_ns);
	*(uint64_t *)arg = now_ns();
	return NULL;
}

static void join_round(const struct worker *w)
{
	uint64_t from, until = 0, before;
	pthread_t thread;

	if (pthread_create(&thread, NULL, short_life, &until))
		return;
	before = slept();
	from = now_ns();
	pthread_join(thread, NULL);
	__sync_fetch_and_add(&sleeps, slept() - before);
	if (until > from)
		add(&waits, from, until, 0, w->tid);
}

/* --- the whole --- */

static const char *class;

static bool is_held(void)
{
	return !strcmp(class, "mutex") || !strcmp(class, "recursive") || !strcmp(class, "pi") ||
	       !strcmp(class, "rwlock");
}

static void *run_worker(void *arg)
{
	struct worker *w = arg;
	bool event = !is_held() && strcmp(class, "join");
	char name[64];

	w->tid = (int)syscall(SYS_gettid);
	snprintf(name, sizeof(name), "worker-%d", w->index);
	prctl(PR_SET_NAME, name);
	w->schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	while (!over) {
		if (is_held()) {
			held_round(class, w);
			nap(hold_ns / 4 + 50000 * (uint64_t)w->index);
		} else if (event) {
			event_round(class, w);
		} else {
			join_round(w);
		}
	}
	/* Whoever waits still is let go. */
	for (int i = 0; event && i < 3 * n_threads; i++) {
		sem_post(&the_semaphore);
		pthread_cond_broadcast(&the_cond);
	}
	return NULL;
}

static void init_locks(void)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&the_recursive, &attributes);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&the_pi, &attributes);
	pthread_barrier_init(&the_barrier, NULL, (unsigned int)n_threads);
	sem_init(&the_semaphore, 0, 0);
}

static uint64_t overlap(const struct span *a, const struct span *b)
{
	uint64_t from = a->from > b->from ? a->from : b->from;
	uint64_t until = a->until < b->until ? a->until : b->until;

	return until > from ? until - from : 0;
}

static int by_from(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* Turns do not overlap each other: those that a wait touches are a row of them. */
static uint64_t held_by(int tid)
{
	uint64_t sum = 0;
	int first = 0;

	for (int i = 0; i < waits.n; i++) {
		while (first < turns.n && turns.at[first].until <= waits.at[i].from)
			first++;
		for (int j = first; j < turns.n && turns.at[j].from < waits.at[i].until; j++)
			if (turns.at[j].tid == tid)
				sum += overlap(&waits.at[i], &turns.at[j]);
	}
	return sum;
}

/* A turn that was waited for begins when the lock is given, not when that thread runs. */
static void begin_turns(void)
{
	for (int i = 1; i < turns.n; i++)
		if (turns.at[i].waited && turns.at[i].waited < turns.at[i - 1].until)
			turns.at[i].from = turns.at[i - 1].until;
}

static void print_truth(void)
{
	uint64_t ns = 0;

	if (waits.n > MAX_EVENTS || turns.n > MAX_EVENTS) {
		fprintf(stderr, "locks: too many waits\n");
		exit(1);
	}
	for (int i = 0; i < waits.n; i++)
		ns += waits.at[i].until - waits.at[i].from;
	printf("class\t%s\twaits\t%d\tns\t%llu\n", class, waits.n,
	       (unsigned long long)(ns - late_ns));
	printf("sleeps\t%llu\n", (unsigned long long)sleeps);
	qsort(waits.at, (size_t)waits.n, sizeof(*waits.at), by_from);
	qsort(turns.at, (size_t)turns.n, sizeof(*turns.at), by_from);
	begin_turns();
	for (int i = 0; is_held() && i < n_threads; i++)
		printf("holder\t%d\t%llu\n", workers[i].tid,
		       (unsigned long long)held_by(workers[i].tid));
}

int main(int argc, char **argv)
{
	char path[] = "/var/tmp/hostprof-locks-XXXXXX";

	if (argc < 5) {
		fprintf(stderr, "usage: locks CLASS THREADS SECONDS HOLD_US [sleep|spin|disk]\n");
		return 2;
	}
	class = argv[1];
	n_threads = (int)arg_number(argc, argv, 2, 4, MAX_THREADS);
	hold_ns = (uint64_t)(1000 * arg_number(argc, argv, 4, 1000, 1e6));
	mode = argc > 5 ? argv[5] : mode;
	waits.at = calloc(MAX_EVENTS, sizeof(*waits.at));
	turns.at = calloc(MAX_EVENTS, sizeof(*turns.at));
	if (!waits.at || !turns.at)
		return 1;
	disk = mkstemp(path);
	unlink(path);
	per_ms = spin_calibrate();
	init_locks();
	for (int i = 0; i < n_threads; i++) {
		workers[i].index = i;
		if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]))
			return 1;
	}
	nap((uint64_t)(arg_number(argc, argv, 3, 2, 3600) * (double)NS_PER_SEC));
	over = 1;
	/* A barrier has to be full to let go: the end of it is the program's. */
	for (int i = 0; i < n_threads && strcmp(class, "barrier"); i++)
		pthread_join(workers[i].thread, NULL);
	if (!strcmp(class, "barrier"))
		nap(2 * hold_ns + 50 * NS_PER_MS);
	print_truth();
	fflush(stdout);
	_exit(0);
}
