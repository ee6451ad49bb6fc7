/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_LEDGER_H
#define HOSTPROF_MODEL_LEDGER_H
/*
 * Where the wall time of every thread went: rows of threads, and the same sums for processes,
 * containers and the host. The capture adds threads as it learns of their ends, out/ shows them.
 * No I/O here. All times are ns. For every row
 *
 *   wall == on_cpu + runq + sum(blocked) + residual
 *
 * and the rows of a higher level are exact sums of those below. Memory is bounded: beyond
 * LEDGER_MAX_THREADS a thread that has ended keeps no row of its own, but is in its process's
 * (beyond LEDGER_MAX_PROCESSES in a row without a pid, one a comm and container). Those that live
 * come last, and have as many rows again for themselves: what has ended cannot crowd them out.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/hash.h"
#include "util/intern.h"
#include "util/vec.h"

#define LEDGER_MAX_REASONS    16
#define LEDGER_MAX_THREADS    100000
#define LEDGER_MAX_PROCESSES  50000
#define LEDGER_MAX_UNNAMED    2000   /* rows without a pid; behind them one for all that is left */
#define LEDGER_MAX_CONTAINERS 20000  /* beyond, processes are in none */
#define LEDGER_MAX_STRINGS    500000 /* beyond, new names are "" */
#define LEDGER_NONE	      UINT32_MAX

struct ledger_reason {
	const char *name; /* "lock"; static */
	const char *what; /* "a mutex or rwlock that someone holds"; static */
	bool idle;	  /* waits for work, not for something that is in the way */
};

struct ledger_times {
	uint64_t wall, on_cpu, runq;
	uint64_t blocked[LEDGER_MAX_REASONS];
	uint64_t waits[LEDGER_MAX_REASONS];
	int64_t residual;
	uint64_t switches;
};

struct ledger_thread {
	uint32_t pid, tid;
	uint32_t comm, thread; /* strings of the ledger */
	uint32_t process;      /* index */
	uint64_t start;	       /* of the thread, ns since boot */
	bool kernel;	       /* a kernel thread */
	bool before, ended;    /* lived before the recording; ended within it */
	struct ledger_times times;
};

struct ledger_process {
	uint32_t pid;	    /* 0: many beyond the limit, of one comm ("": of any) */
	uint32_t comm;	    /* string */
	uint32_t container; /* index, or LEDGER_NONE */
	uint64_t start;	    /* with pid, its identity */
	bool kernel;
	uint64_t threads; /* how many, those without rows too */
	uint64_t heals;
	struct ledger_times times;
};

struct ledger_container {
	uint32_t name;	    /* string: what people call it; of a plain service, its cgroup's path */
	uint32_t full_id;   /* string: the engine's; "" for what is no container */
	uint64_t id;	    /* of its cgroup */
	uint64_t throttled; /* ns it had used up its quota; from cpu.stat; 0: never */
	uint64_t throttles; /* how many times */
	uint64_t memory_limit;		      /* bytes; 0: none */
	uint64_t memory_before, memory_after; /* bytes in use at its first sight and at the end; 0:
					       * not known */
	uint64_t processes;
	struct ledger_times times;
};

struct ledger {
	const struct ledger_reason *reasons; /* static */
	uint32_t n_reasons;
	uint64_t duration;
	uint64_t steal; /* of all CPUs together, taken by the hypervisor; inside on_cpu or residual
			 */
	uint64_t heals; /* switches that the kernel did not tell of */
	struct intern strings;
	VEC(struct ledger_thread) threads;
	VEC(struct ledger_process) processes;
	VEC(struct ledger_container) containers;
	struct ledger_times host; /* of all threads */
	uint64_t threads_folded;  /* threads without a row of their own */
	uint32_t n_unnamed;
	struct hash_index by_process, by_container;
};

/* One thread's whole account, as the capture knows it. */
struct ledger_entry {
	uint32_t pid, tid;
	uint64_t process_start, thread_start, heals;
	const char *comm, *thread; /* copied */
	bool kernel, before, ended;
	uint32_t container; /* index, or LEDGER_NONE */
	struct ledger_times times;
};

struct ledger *ledger_new(const struct ledger_reason *reasons, uint32_t n_reasons);
void ledger_free(struct ledger *ledger);

/* The index of a container; one and the same for the same id. LEDGER_NONE beyond the limit. */
uint32_t ledger_container(struct ledger *ledger, uint64_t id, const char *name);
/* What its engine calls it in full. */
void ledger_identify(struct ledger *ledger, uint32_t container, const char *full_id);
/* One thread. The newest entry of a process gives its comm and its container. */
void ledger_add(struct ledger *ledger, const struct ledger_entry *entry);

/* Sums stop at the end of their type: books can come from files made by anybody. */
void ledger_sum(struct ledger_times *to, const struct ledger_times *from);

/* wall - on_cpu - runq - blocked: equals times->residual unless the books are wrong. */
int64_t ledger_rest(const struct ledger *ledger, const struct ledger_times *times);
/* Sums of blocked over reasons that are idle, or over those that are not. */
uint64_t ledger_blocked(const struct ledger *ledger, const struct ledger_times *times, bool idle);

static inline const char *ledger_str(const struct ledger *ledger, uint32_t id)
{
	return intern_str(&ledger->strings, id);
}

#endif
