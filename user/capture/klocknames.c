// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/klocknames.h"

#include <stdlib.h>
#include <string.h>

#include "capture/lockbook.h"
#include "capture/sink.h"
#include "model/locks.h"
#include "model/profile.h"
#include "sym/klock.h"
#include "sym/symbolize.h"
#include "util/buf.h"
#include "util/mem.h"

/* One sample: how long a lock was waited for in a function. */
struct waited {
	uint32_t lock; /* number in the book */
	const char *function;
	uint64_t ns;
};

static int compare_waited(const void *a, const void *b)
{
	const struct waited *x = a, *y = b;

	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	return strcmp(x->function, y->function);
}

/* The kernel's lock that a label set names by number, or HASH_NONE. */
static uint32_t lock_of(const struct lockbook *book, const struct profile *p, uint32_t label_set,
			uint32_t key)
{
	const struct profile_label *l = profile_label(p, label_set, key);

	if (!l || l->str || (uint64_t)l->num >= book->list.n ||
	    book->list.at[l->num].key.class != HP_LOCK_KERNEL)
		return HASH_NONE;
	return (uint32_t)l->num;
}

static void name_by_function(struct lockbook_lock *lock, const char *function)
{
	if (!lock->name)
		lock->name = mem_printf(LOCKS_TAKEN_IN "%s", function);
}

/* The rows of one lock are together, and in them those of one function. */
static void take_longest(struct lockbook *book, const struct waited *rows, size_t n)
{
	const struct waited *best = NULL;
	uint64_t most = 0;

	for (size_t i = 0, next; i < n; i = next) {
		uint64_t ns = 0;

		for (next = i; next < n && !compare_waited(&rows[next], &rows[i]); next++)
			ns += rows[next].ns;
		if (!best || ns > most) {
			best = &rows[i];
			most = ns;
		}
		if (next < n && rows[next].lock == rows[i].lock)
			continue;
		name_by_function(&book->list.at[best->lock], best->function);
		best = NULL;
	}
}

static void name_by_functions(struct lockbook *book, const struct profile *p, uint32_t key)
{
	VEC(struct waited) rows = {0};
	const struct profile_sample *s;

	vec_each(s, &p->samples) {
		uint32_t lock = lock_of(book, p, s->label_set, key);
		const char *function = lock == HASH_NONE ? NULL : klock_taker(p, s->stack);
		int64_t ns = s->values[p->n_types - 1];
		struct waited row = {
			.lock = lock, .function = function, .ns = ns > 0 ? (uint64_t)ns : 0};

		if (function)
			vec_push(&rows, row);
	}
	if (rows.n)
		qsort(rows.at, rows.n, sizeof(rows.at[0]), compare_waited);
	take_longest(book, rows.at, rows.n);
	vec_done(&rows);
}

void klocknames_find(struct lockbook *book, const struct profile *p,
		     const struct symbolizer *symbolizer)
{
	uint32_t key = intern_find(&p->strings, SINK_LABEL_LOCK);
	struct lockbook_lock *lock;

	vec_each(lock, &book->list) {
		struct buf name = {0};

		if (lock->key.class == HP_LOCK_KERNEL && !lock->name &&
		    symbolizer_kernel_object(symbolizer, lock->key.address, &name))
			lock->name = mem_strdup(buf_str(&name));
		buf_done(&name);
	}
	name_by_functions(book, p, key);
}
