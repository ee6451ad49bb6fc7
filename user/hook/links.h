/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_LINKS_H
#define HOSTPROF_HOOK_LINKS_H
/*
 * The attachments of one probe: BPF links, and the perf events among them, whose counts can be
 * read while they are attached. Zero-initialised is empty. links_done() detaches everything; if
 * the process dies, the kernel does.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "util/vec.h"

struct bpf_link;
struct bpf_program;

struct links {
	VEC(struct bpf_link *) list;
	VEC(int) events; /* perf event descriptors, owned by their links */
	VEC(int) raw;	 /* link descriptors that no struct bpf_link has, owned */
};

/* Attaches by the program's section name: tracepoints, tp_btf. 0 or -errno. */
int links_attach(struct links *links, const struct bpf_program *program);
/* Takes over the perf event `fd` (closed on failure too). 0 or -errno. */
int links_attach_event(struct links *links, const struct bpf_program *program, int fd);
/* Nothing is attached any more, or stopped: what perf events counted stays readable. */
void links_stop(struct links *links);
uint64_t links_events_count(const struct links *links); /* sum of the perf events' counts */
/* To the end of the other; `from` is empty then. */
void links_move(struct links *to, struct links *from);
void links_done(struct links *links);
/* The same for links that take long to close, uprobes' some 30 ms each: `between` is called now and
 * then; it may be NULL. */
void links_close(struct links *links, void (*between)(void *arg), void *arg);

/*
 * Closes links in the background, many at once. Zero-initialised is idle. One thread gives; what it
 * gives meanwhile is closed when it gives again, or at the end.
 */
struct links_closer {
	struct links next, closing;
	pthread_t thread;
	bool running;
	_Atomic bool over; /* the thread is about to end */
};

/* `from` is empty then; it may be before. */
void links_closer_give(struct links_closer *closer, struct links *from);
/* What is not closed yet is moved to `to`. */
void links_closer_end(struct links_closer *closer, struct links *to);
/* Until no program runs any more that ran when this was called. */
void links_wait(void);

#endif
