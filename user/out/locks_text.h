/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_LOCKS_TEXT_H
#define HOSTPROF_OUT_LOCKS_TEXT_H
/*
 * Locks for people: a table of locks, those waited for longest on top, the first of them with a
 * sentence on who held it and what that thread did, and where it was waited for and let go; or a
 * table of the threads that held others up. Waits for events, which nobody holds, are left out
 * unless asked for, and a line says how much that is.
 *
 * Of the options it uses by (RANK_HOLDER, else locks), rows (0: all), columns (0: as wide as it
 * gets) and colour.
 */
#include "util/buf.h"

struct lock_rank;
struct locks;
struct out_options;
struct profile;

enum lock_waits { LOCK_WAITS_HELD, LOCK_WAITS_EVENTS, LOCK_WAITS_ALL };

/* Behind what is in `out`. */
void locks_text(const struct lock_rank *rank, enum lock_waits waits, const struct out_options *o,
		struct buf *out);
/* Locks that are taken in both orders; nothing when there are none. `locks` may be NULL. */
void locks_text_inversions(const struct locks *locks, const struct out_options *o, struct buf *out);
/*
 * At the end of a recording: a title and the first `o->rows` locks that somebody held, with their
 * sentences. Nothing when nothing was waited for. `locks` may be NULL.
 */
void locks_text_top(const struct profile *p, const struct locks *locks, const struct out_options *o,
		    struct buf *out);

#endif
