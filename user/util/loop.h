/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_LOOP_H
#define HOSTPROF_UTIL_LOOP_H
/*
 * The one event loop of a command: descriptors, timers and signals by epoll, in one thread.
 * Callbacks run inside loop_run() and may call loop_stop().
 */
#include <signal.h>
#include <stdint.h>

struct loop;

typedef void (*loop_fn)(void *arg);
typedef void (*loop_signal_fn)(void *arg, int signal);

int loop_new(struct loop **ret_loop); /* 0 or -errno */
void loop_free(struct loop *loop);    /* unblocks the signals it took */

/* Calls fn when fd is readable. The fd stays the caller's. 0 or -errno. */
int loop_add(struct loop *loop, int fd, loop_fn fn, void *arg);
void loop_remove(struct loop *loop, int fd);
/* Calls fn every interval_ns, or once when `once`. 0 or -errno. */
int loop_timer(struct loop *loop, uint64_t interval_ns, int once, loop_fn fn, void *arg);
/* Takes the signals of the set (they are blocked from now on) and calls fn for each. */
int loop_signals(struct loop *loop, const sigset_t *signals, loop_signal_fn fn, void *arg);

int loop_run(struct loop *loop); /* until loop_stop(); 0 or -errno */
void loop_stop(struct loop *loop);

#endif
