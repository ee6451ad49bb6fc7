/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_LOCKS_H
#define HOSTPROF_MODEL_LOCKS_H
/*
 * The locks of a recording: how often and how long each was waited for, and for each who held it
 * meanwhile and what that thread did. The capture adds locks and holders as it knows them, out/
 * writes them as locks.json, reads them back, and shows them. No I/O here. All times are ns.
 *
 * For every lock, and every holder of one
 *
 *   delay == sum(holders' delay) + unknown        delay == on_cpu + runq + sum(blocked)
 *
 * A lock is one object of one program: a process's number, the process's start, which of the
 * programs it was, the class and the address tell them apart. Pointers to rows are valid until the
 * next addition. Texts are ids of `strings` (0 is ""). Memory is bounded by the limits below.
 */
#include <stdbool.h>
#include <stdint.h>
#include "model/ledger.h"
#include "util/hash.h"
#include "util/intern.h"
#include "util/vec.h"

#define LOCKS_MAX	     32768  /* locks */
#define LOCKS_MAX_HOLDERS    262144 /* of all locks together; beyond, the delay is nobody's */
#define LOCK_MAX_HOLDERS     256    /* of one */
#define LOCKS_MAX_STRINGS    500000 /* beyond, new texts are "" */
#define LOCKS_MAX_INVERSIONS 1024
#define LOCK_INVERSION_MAX   8 /* locks of one */
#define LOCKS_NONE	     UINT32_MAX

/* In front of a function: the name of a kernel's lock that has none of its own. */
#define LOCKS_TAKEN_IN "taken in "

/* One thread that held a lock while others waited for it. */
struct lock_holder {
	uint32_t name;	       /* "worker-3 (1234)" */
	uint32_t next;	       /* holder of the same lock, in no order; LOCKS_NONE: the last */
	uint64_t delay;	       /* of the waits, the part for which it is known to have held it */
	uint64_t on_cpu, runq; /* what it did then */
	uint64_t blocked[LEDGER_MAX_REASONS];
};

struct lock {
	uint32_t pid;	  /* 0: the kernel's own */
	uint32_t program; /* that the process was: a number for each */
	uint32_t comm, container, name, class;
	bool held; /* a thread has it while others wait; else they wait for something to happen */
	bool counted;	/* acquisitions, hold, contended and wait are known */
	uint64_t start; /* of the process, with pid its identity; 0: not known */
	uint64_t address;
	uint64_t contentions, delay, longest;
	uint64_t acquisitions, hold;
	/* Calls that found it taken, and how long they took: also what is no waiting for the
	 * scheduler. */
	uint64_t contended, wait;
	uint64_t unknown;      /* of the delay: nobody knows who held it */
	uint32_t first_holder; /* in `holders`, or LOCKS_NONE */
};

/* One order of a ring: under this lock the next one was taken. */
struct lock_order {
	uint32_t lock;	/* its name */
	uint32_t stack; /* "root;...;leaf": where the next one was taken */
	uint64_t times;
};

/* Locks that were taken in a ring: a deadlock that may come. Of two: in both orders. */
struct lock_inversion {
	uint32_t pid, n;
	struct lock_order at[LOCK_INVERSION_MAX]; /* after the last comes the first */
};

struct locks {
	const struct ledger_reason *reasons; /* static */
	uint32_t n_reasons;
	uint64_t duration;
	uint64_t lost; /* waits that are in no lock: there was no room for theirs */
	struct intern strings;
	VEC(struct lock) list;
	VEC(struct lock_holder) holders;
	VEC(struct lock_inversion) inversions;
	struct hash_index by_lock;
};

struct locks *locks_new(const struct ledger_reason *reasons, uint32_t n_reasons);
void locks_free(struct locks *locks);

/* The id of a text; 0 beyond the limit. */
uint32_t locks_string(struct locks *locks, const char *s);

static inline const char *locks_str(const struct locks *locks, uint32_t id)
{
	return intern_str(&locks->strings, id);
}

/* What tells a lock from others, and what it is called: that of the first call stays. */
struct lock_key {
	uint32_t pid;
	uint64_t start, address;
	const char *comm, *container, *name, *class; /* copied */
	bool held;
	uint32_t program;
};

/* The index of a lock, made on its first mention without any waits; LOCKS_NONE: no more room. */
uint32_t locks_add(struct locks *locks, const struct lock_key *key);
/* Adds waits to a lock. Their delay is nobody's until locks_hold() says whose. */
void locks_wait(struct locks *locks, uint32_t lock, uint64_t contentions, uint64_t delay,
		uint64_t longest);
/* What probes on each use of a lock have counted: see struct lock. */
struct lock_use {
	uint64_t acquisitions, hold, contended, wait;
};
void locks_use(struct locks *locks, uint32_t lock, const struct lock_use *use); /* adds */
/* Of the delay that is nobody's, this much was `name`'s: never more than there is. `state`: the
 * number of a reason it was blocked for, LOCKS_ON_CPU or LOCKS_RUNQ. */
#define LOCKS_ON_CPU UINT32_MAX
#define LOCKS_RUNQ   (UINT32_MAX - 1)
void locks_hold(struct locks *locks, uint32_t lock, const char *name, uint32_t state, uint64_t ns);
/* The state of a name: "on-CPU", "run queue", or a reason; "other" for names not known here. */
uint32_t locks_state(const struct locks *locks, const char *name);

/* By delay, the longest first, holders too. The indexes of before mean nothing afterwards. */
void locks_sort(struct locks *locks);

#define locks_each_holder(h, locks, lock)                                                          \
	for (h = (lock)->first_holder == LOCKS_NONE ? NULL                                         \
						    : &(locks)->holders.at[(lock)->first_holder];  \
	     h; h = (h)->next == LOCKS_NONE ? NULL : &(locks)->holders.at[(h)->next])

#endif
