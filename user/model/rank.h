/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_RANK_H
#define HOSTPROF_MODEL_RANK_H
/*
 * Adds a profile up into rows: by function, line, module, whole stack, thread, process or
 * container, by reason to wait, by waker, by lock or by who held it. `self` is what was sampled in
 * the row itself, `cumulative` what was sampled while it was anywhere on the stack, once per sample
 * however often it recurses. Functions of the same name in different modules are different rows.
 * Rows whose values are all zero are left out.
 *
 * A rank owns its rows and texts and borrows the profile, which must not change while it lives.
 */
#include "model/frame.h"
#include "model/profile.h"

enum rank_by {
	RANK_FUNCTION,
	RANK_LINE,
	RANK_MODULE,
	RANK_STACK,
	RANK_THREAD,
	RANK_PROCESS,
	RANK_CONTAINER,
	RANK_REASON,
	RANK_WAKER,
	RANK_LOCK,
	RANK_HOLDER,
	RANK_LAST = RANK_HOLDER,
};
#define RANK_BY_WORDS "function|line|module|stack|thread|process|container|reason|waker|lock|holder"

struct rank_row {
	const char *label;  /* "main", "nginx (1234)"; never empty */
	const char *module; /* by function and line; else "" */
	const char *file;   /* by line, when known; else "" */
	int64_t line;	    /* the same; else 0 */
	bool named;	    /* a frame that has a function's name */
	bool kernel;	    /* a frame of the kernel */
	uint32_t stack;	    /* by stack: one such stack; else PROFILE_NONE */
	uint32_t label_set; /* by what labels say: one such set; else PROFILE_NONE */
	int64_t self, cumulative;
};

struct rank {
	VEC(struct rank_row) rows;
	int64_t total; /* of the value over all samples */
	struct frame_set frames;
	struct intern text;
};

struct rank *rank_new(const struct profile *p, enum rank_by by, uint32_t value);
void rank_free(struct rank *r);
/* Largest first, by self or cumulative; then by label. rank_new() has sorted by self. */
void rank_sort(struct rank *r, bool cumulative);

const char *rank_by_name(enum rank_by by);

/* The text of label `key` of a set, or "". */
const char *rank_label(const struct profile *p, uint32_t label_set, const char *key);
/* The number of label `key`, written as number or text; false when there is none. */
bool rank_label_number(const struct profile *p, uint32_t label_set, const char *key,
		       int64_t *ret_number);

#endif
