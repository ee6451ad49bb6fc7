/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SINK_H
#define HOSTPROF_CAPTURE_SINK_H
/*
 * What is made of one kind's samples: a profile, in which equal stacks and equal label sets are
 * found again by what they were on the wire. A wait is a sample with a reason and a waker.
 */
#include <stdbool.h>
#include <stdint.h>
#include "capture/spaces.h"
#include "capture/stacks.h"
#include "hostprof/event.h"
#include "model/profile.h"
#include "util/buf.h"
#include "util/hash.h"
#include "util/vec.h"

struct container;

/* Two ids, with 0 for none. */
struct sink_stack_key {
	uint64_t kernel, user;
};

/* What of a sample becomes labels. Compared as bytes: keep it without padding. */
struct sink_labels_key {
	uint64_t start, waker_stack;
	uint32_t tgid, tid;
	uint32_t reason, waker_tid; /* reason: 1 more than on the wire, or 0 */
	uint32_t cgroup;
	uint32_t lock; /* 1 more than its number, or 0 */
	char comm[HP_COMM_LEN], thread[HP_COMM_LEN], waker[HP_COMM_LEN];
	/* Of a wait for a lock. */
	uint64_t holder_stack, holder_kernel_stack;
	uint32_t holder_tid, holder_state; /* state: enum sink_state */
	char holder[HP_COMM_LEN];
};

/* What the holder of a lock did. */
enum sink_state { SINK_UNKNOWN, SINK_ON_CPU, SINK_RUNQ, SINK_BLOCKED /* + enum hp_reason */ };

/* A part of a wait for a lock, in which one thread had it and did one thing. */
struct sink_part {
	uint32_t lock;	     /* its number in the lockbook */
	uint32_t holder_tid; /* 0: not known */
	uint32_t state;	     /* enum sink_state */
	uint64_t ns;
	uint64_t stack, kernel_stack; /* the holder's; 0: none */
	const char *holder;	      /* HP_COMM_LEN bytes */
};

struct sink {
	struct profile *profile;
	struct spaces spaces;
	uint32_t kind; /* enum hp_kind_id */
	bool per_thread;
	double carry[PROFILE_MAX_VALUES]; /* what rounding has left so far, by value */
	uint64_t heap_interval;
	VEC(struct sink_stack_key) stack_keys; /* parallel to stack_ids */
	VEC(uint32_t) stack_ids;	       /* in the profile */
	struct hash_index by_stack;
	VEC(struct sink_labels_key) label_keys; /* parallel to label_ids */
	VEC(uint32_t) label_ids;
	struct hash_index by_labels;
};

struct sink *sink_new(uint32_t kind, bool per_thread);
void sink_free(struct sink *sink);

/* A sample of any kind: of one that is no wait, only `sample` is looked at. */
void sink_add(struct sink *sink, const struct stacks *stacks, const struct hp_wait *wait,
	      const struct container *container);

/* The same of a part of a wait; `counted`: it stands for the wait where waits are counted. */
void sink_add_part(struct sink *sink, const struct stacks *stacks, const struct hp_wait *wait,
		   const struct sink_part *part, bool counted, const struct container *container);

/* What is known of a stack's use of a lock, which is no wait. The profile has other types then. */
struct sink_use {
	uint32_t lock; /* its number in the lockbook */
	uint64_t contentions, acquisitions, hold, delay;
};
void sink_count_use(struct sink *sink); /* before the first sample */
void sink_add_use(struct sink *sink, const struct stacks *stacks, const struct hp_sample *sample,
		  const struct sink_use *use, const struct container *container);

/* Has a stack's locations named for sink_text_of(): its number there. */
uint32_t sink_keep_stack(struct sink *sink, const struct stacks *stacks, uint64_t user_stack);
void sink_text_of(const struct sink *sink, uint32_t number, struct buf *text);

/* A user stack as text, root first, split by ';', once its locations have their names. It must be
 * one that a sample has. */
void sink_stack_text(struct sink *sink, const struct stacks *stacks, uint64_t user_stack,
		     struct buf *text);

/* Labels that are the number of a lock until somebody who knows it puts a text there. */
#define SINK_LABEL_LOCK	  "lock"
#define SINK_LABEL_CLASS  "class"
#define SINK_LABEL_REASON "reason"

/* After the locations have their names: wakers' and holders' stacks become text, as labels are. */
void sink_finish(struct sink *sink);

#endif
