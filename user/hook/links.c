// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/links.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <bpf/libbpf.h>

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

static void links_detach(struct links *links, void (*between)(void *arg), void *arg)
{
	struct bpf_link **link;
	int *fd;

	vec_each(link, &links->list) {
		bpf_link__destroy(*link);
		if (between)
			between(arg);
	}
	vec_each(fd, &links->raw) {
		close(*fd);
		if (between)
			between(arg);
	}
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
