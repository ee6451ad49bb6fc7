/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_WAITS_H
#define HOSTPROF_WAITS_H
/*
 * waits: threads that wait for known things, each of which keeps its own books. A part (part.c's
 * list) starts one thread or a few, named after it; each wait is measured where it happens, and
 * what the thread used of the CPU or queued for one meanwhile is taken out, by the kernel's own
 * counts. The books are in shared memory, so that children can keep theirs; main prints them.
 *
 * Times are ns: CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, and run_delay of schedstat.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "../workload.h"

enum reason {
	LOCK,
	WAIT,
	DISK,
	PAGEFAULT,
	NET,
	POLL,
	PIPE,
	SLEEP,
	CHILD,
	STOPPED,
	SHARE, /* no reason: a part of the others, in one function of two */
	REASONS
};

/* One thread's; made by book_open() in it, complete at its book_close(). */
struct book {
	char name[16];
	int pid, tid;
	uint64_t opened, closed;
	uint64_t cpu, delay; /* of the thread's whole life until it was closed */
	uint64_t ns[REASONS], n[REASONS];
	int closed_well;
};

/* The clocks of the calling thread. */
struct instant {
	uint64_t wall, cpu, delay;
};

struct part {
	const char *name;
	void (*run)(void); /* in a thread of its own, with a book open under that name */
	bool asked_only;   /* not part of "all" */
};

extern const struct part parts[];
/* What a test asks for: how long a part works, in rounds of ROUND_NS. */
extern uint64_t rounds;
#define ROUND_NS (20 * NS_PER_MS)

uint64_t mono_ns(void);
void die(const char *what);
/* rc is 0, or the program ends; for calls that return an error number or -1. */
void must(int rc, const char *what);

struct book *book_new(void); /* the next of the shared ones */
void book_open(const char *name);
void book_close(void);
struct instant wait_begin(void);
/* How long it was, of itself. */
uint64_t wait_end(enum reason reason, struct instant begin);
void book_share(uint64_t ns);
/* wait_begin, CALL, wait_end; CALL's value is its own business. */
#define WAITED(reason, call)                                                                       \
	do {                                                                                       \
		struct instant begin_ = wait_begin();                                              \
		(void)!(call);                                                                     \
		wait_end(reason, begin_);                                                          \
	} while (0)

/* Sleeps for a round, and books it. */
void nap(void);
/* A thread of a part; it opens and closes its own book. */
pthread_t partner(void *(*fn)(void *), void *arg);
void partner_join(pthread_t thread);

/* locks.c */
void part_mutex(void);
void part_rwlock(void);
void part_condvar(void);
void part_semaphore(void);
void part_barrier(void);
void part_join(void);
void part_sleep(void);
/* files.c */
void part_pipe_read(void);
void part_pipe_write(void);
void part_poll(void);
void part_select(void);
void part_epoll(void);
void part_eventfd(void);
void part_fdatasync(void);
void part_fault(void);
void part_uring(void);
/* sockets.c */
void part_unix_recv(void);
void part_unix_connect(void);
void part_tcp_recv(void);
void part_tcp_send(void);
void part_tcp_accept(void);
/* processes.c */
void part_child(void);
void part_vfork(void);
void part_stopped(void);
void part_spin(void);
void part_never(void);
void part_blocked(void);
void part_seesaw(void);
void part_hurry(void);

#endif
