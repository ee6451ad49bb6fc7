// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/mem.h"
#include "util/vec.h"

#define EVENTS_A_TURN 16

struct source {
	int fd;
	bool owned, timer; /* owned: closed with the loop */
	loop_fn fn;
	loop_signal_fn signal_fn; /* instead of fn, when fd is a signalfd */
	void *arg;
};

struct loop {
	int epoll_fd;
	bool stopped;
	VEC(struct source *) sources;
	sigset_t taken;
};

int loop_new(struct loop **ret_loop)
{
	struct loop *loop;
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return -errno;
	loop = mem_zalloc(sizeof(*loop));
	loop->epoll_fd = fd;
	sigemptyset(&loop->taken);
	*ret_loop = loop;
	return 0;
}

static void source_free(struct source *source)
{
	if (source->owned)
		close(source->fd);
	free(source);
}

void loop_free(struct loop *loop)
{
	struct source **source;

	if (!loop)
		return;
	vec_each(source, &loop->sources)
		source_free(*source);
	vec_done(&loop->sources);
	close(loop->epoll_fd);
	sigprocmask(SIG_UNBLOCK, &loop->taken, NULL);
	free(loop);
}

static int add(struct loop *loop, struct source wanted)
{
	struct source *source = mem_alloc(sizeof(*source));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};

	*source = wanted;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event)) {
		int err = -errno;

		source_free(source);
		return err;
	}
	vec_push(&loop->sources, source);
	return 0;
}

int loop_add(struct loop *loop, int fd, loop_fn fn, void *arg)
{
	return add(loop, (struct source){.fd = fd, .fn = fn, .arg = arg});
}

/* The source itself is kept until the loop ends: an event for it may be in this turn's list. */
void loop_remove(struct loop *loop, int fd)
{
	struct source **source;

	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	vec_each(source, &loop->sources)
		if ((*source)->fd == fd && !(*source)->owned)
			(*source)->fn = NULL;
}

int loop_timer(struct loop *loop, uint64_t interval_ns, int once, loop_fn fn, void *arg)
{
	struct timespec every = {.tv_sec = (time_t)(interval_ns / NSEC_PER_SEC),
				 .tv_nsec = (long)(interval_ns % NSEC_PER_SEC)};
	struct itimerspec when = {.it_value = every};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (!once)
		when.it_interval = every;
	if (timerfd_settime(fd, 0, &when, NULL)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return add(loop,
		   (struct source){.fd = fd, .owned = true, .timer = true, .fn = fn, .arg = arg});
}

int loop_signals(struct loop *loop, const sigset_t *signals, loop_signal_fn fn, void *arg)
{
	int fd;

	if (sigprocmask(SIG_BLOCK, signals, NULL))
		return -errno;
	fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	loop->taken = *signals;
	return add(loop, (struct source){.fd = fd, .owned = true, .signal_fn = fn, .arg = arg});
}

static void dispatch(struct source *source)
{
	struct signalfd_siginfo info;
	uint64_t expirations;

	if (source->signal_fn) {
		while (read(source->fd, &info, sizeof(info)) == sizeof(info))
			source->signal_fn(source->arg, (int)info.ssi_signo);
		return;
	}
	if (source->timer && read(source->fd, &expirations, sizeof(expirations)) < 0)
		return;
	if (source->fn)
		source->fn(source->arg);
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[EVENTS_A_TURN];

	while (!loop->stopped) {
		int n = epoll_wait(loop->epoll_fd, events, EVENTS_A_TURN, -1);

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n && !loop->stopped; i++)
			dispatch(events[i].data.ptr);
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
