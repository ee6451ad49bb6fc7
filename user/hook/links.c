// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/links.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#define MAX_CLOSERS    7 /* besides the caller */
#define UNKNOWN_END_US 10000

int links_attach(struct links *links, const struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach(program);

	if (!link)
		return -errno;
	vec_push(&links->list, link);
	return 0;
}

int links_attach_event(struct links *links, const struct bpf_program *program, int fd)
{
	struct bpf_link *link = bpf_program__attach_perf_event(program, fd);
	int err = -errno;

	if (!link) {
		close(fd);
		return err;
	}
	vec_push(&links->list, link);
	vec_push(&links->events, fd);
	return 0;
}

/* Links that several threads close, each the next one. */
struct closing {
	const struct links *links;
	_Atomic size_t next;
};

static bool close_next(struct closing *closing)
{
	const struct links *links = closing->links;
	size_t i = closing->next++;

	if (i < links->list.n)
		bpf_link__destroy(links->list.at[i]);
	else if (i - links->list.n < links->raw.n)
		close(links->raw.at[i - links->list.n]);
	else
		return false;
	return true;
}

static void *close_some(void *arg)
{
	while (close_next(arg))
		;
	return NULL;
}

/* A link's end waits for the kernel's grace periods; those that end together wait together. */
static void links_detach(struct links *links, void (*between)(void *arg), void *arg)
{
	struct closing closing = {.links = links};
	size_t all = links->list.n + links->raw.n, n = 0;
	pthread_t threads[MAX_CLOSERS];

	while (n < MAX_CLOSERS && n + 1 < all &&
	       !pthread_create(&threads[n], NULL, close_some, &closing))
		n++;
	while (close_next(&closing))
		if (between)
			between(arg);
	while (n)
		pthread_join(threads[--n], NULL);
	vec_done(&links->list);
	vec_done(&links->raw);
}

void links_stop(struct links *links)
{
	int *fd;

	vec_each(fd, &links->events)
		ioctl(*fd, PERF_EVENT_IOC_DISABLE, 0);
	if (!links->events.n) /* they close with their links */
		links_detach(links, NULL, NULL);
}

uint64_t links_events_count(const struct links *links)
{
	uint64_t sum = 0, count;
	int *fd;

	vec_each(fd, &links->events)
		if (read(*fd, &count, sizeof(count)) == sizeof(count))
			sum += count;
	return sum;
}

void links_close(struct links *links, void (*between)(void *arg), void *arg)
{
	links_detach(links, between, arg);
	vec_done(&links->events);
}

void links_move(struct links *to, struct links *from)
{
	struct bpf_link **link;
	int *fd;

	vec_each(link, &from->list)
		vec_push(&to->list, *link);
	vec_each(fd, &from->events)
		vec_push(&to->events, *fd);
	vec_each(fd, &from->raw)
		vec_push(&to->raw, *fd);
	vec_done(&from->list);
	vec_done(&from->events);
	vec_done(&from->raw);
}

void links_done(struct links *links)
{
	links_close(links, NULL, NULL);
}

static void *close_all(void *arg)
{
	struct links_closer *closer = arg;

	links_done(&closer->closing);
	closer->over = true;
	return NULL;
}

static void closer_join(struct links_closer *closer)
{
	if (closer->running)
		pthread_join(closer->thread, NULL);
	closer->running = false;
}

void links_closer_give(struct links_closer *closer, struct links *from)
{
	links_move(&closer->next, from);
	if (closer->running && closer->over)
		closer_join(closer);
	if (closer->running || (!closer->next.list.n && !closer->next.raw.n))
		return;
	links_move(&closer->closing, &closer->next);
	closer->over = false;
	closer->running = !pthread_create(&closer->thread, NULL, close_all, closer);
	if (!closer->running)
		links_move(&closer->next, &closer->closing);
}

void links_closer_end(struct links_closer *closer, struct links *to)
{
	closer_join(closer);
	links_move(to, &closer->next);
}

/* All CPUs pass a quiescent state. */
void links_wait(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(UNKNOWN_END_US); /* not with isolated CPUs */
}
