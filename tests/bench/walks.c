// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walks OBJECT PID HZ SECONDS ORDER: the programs of walks.bpf.c on one thread, all at the same
 * period, attached in the order of the letters: A ours, B bpf_get_stack, C bpf_get_stackid. A line
 * each: "LETTER NS-A-RUN RUNS FRAMES-A-RUN COMPLETE", by the kernel's own statistics.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "hook/links.h"
#include "hook/stats.h"
#include "hostprof/event.h"
#include "unwind/feeder.h"
#include "util/clock.h"

#define MAX_TABLES    (64u << 20) /* bytes */
#define WARM_UP_WALKS 10	  /* complete ones */
#define WARM_UP_NS    (20 * NSEC_PER_SEC)

static const char *const programs[] = {"walk_ours", "walk_get_stack", "walk_stackid"};
#define N_PROGRAMS (sizeof(programs) / sizeof(programs[0]))

struct count { /* as in walks.bpf.c */
	uint64_t frames, complete;
};

struct run {
	uint64_t ns, runs;
};

struct bench {
	struct bpf_object *object;
	struct feeder *feeder;
	pid_t pid;
	uint64_t hz;
	VEC(int) files; /* of the tables */
};

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* A binary that our walk met: its table is built, as in a recording. */
static int on_record(void *arg, void *record, size_t size)
{
	const struct hp_binary *binary = record;
	struct bench *b = arg;
	char path[128];
	int fd;

	if (size < offsetof(struct hp_binary, path) || binary->type != HP_EVENT_BINARY)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, binary->tgid,
		 (uint64_t)binary->vm_start, (uint64_t)binary->vm_end);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	vec_push(&b->files, fd);
	feeder_add(b->feeder, &(struct feeder_job){.fd = fd, .space = binary->id});
	return 0;
}

/* On the thread alone, wherever it runs: each run is a sample of it. */
static int attach(struct bench *b, char letter, struct links *links)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = NSEC_PER_SEC / b->hz,
	};
	size_t which = (size_t)(letter - 'A');
	struct bpf_program *program;
	long fd;

	if (letter < 'A' || which >= N_PROGRAMS)
		return -1;
	program = bpf_object__find_program_by_name(b->object, programs[which]);
	fd = syscall(SYS_perf_event_open, &attr, b->pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -1 : links_attach_event(links, program, (int)fd);
}

static struct run read_run(struct bench *b, size_t which)
{
	struct bpf_program *program = bpf_object__find_program_by_name(b->object, programs[which]);
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size);
	return (struct run){info.run_time_ns, info.run_cnt};
}

static void read_counts(const struct bench *b, struct count *ret_counts)
{
	struct bpf_map *map;
	uint32_t zero = 0;

	bpf_object__for_each_map(map, b->object)
	{
		size_t size = 2 * sizeof(*ret_counts);

		if (strstr(bpf_map__name(map), ".bss"))
			bpf_map__lookup_elem(map, &zero, sizeof(zero), ret_counts, size, 0);
	}
}

/* Until the tables of all that the thread's stacks go through are in place. */
static int warm_up(struct bench *b)
{
	struct feeder_maps maps = {
		.arena = bpf_object__find_map_fd_by_name(b->object, "hp_arena"),
		.tables = bpf_object__find_map_fd_by_name(b->object, "hp_tables"),
		.binaries = bpf_object__find_map_fd_by_name(b->object, "hp_binaries"),
	};
	int events = bpf_object__find_map_fd_by_name(b->object, "hp_events");
	struct ring_buffer *ring = ring_buffer__new(events, on_record, b, NULL);
	struct count counts[2] = {0};
	struct links links = {0};
	uint64_t end;

	if (!ring || feeder_new(&maps, MAX_TABLES, &b->feeder) || attach(b, 'A', &links))
		return -1;
	for (end = clock_mono_ns() + WARM_UP_NS;
	     counts[0].complete < WARM_UP_WALKS && clock_mono_ns() < end; read_counts(b, counts))
		ring_buffer__poll(ring, 20);
	links_done(&links);
	ring_buffer__free(ring);
	return counts[0].complete < WARM_UP_WALKS ? -1 : 0;
}

static int measure(struct bench *b, unsigned int seconds, const char *order)
{
	struct run before[N_PROGRAMS], after;
	struct count first[2] = {0}, last[2] = {0};
	struct links links = {0};
	const char *letter;

	for (size_t i = 0; i < N_PROGRAMS; i++)
		before[i] = read_run(b, i);
	read_counts(b, first);
	for (letter = order; *letter; letter++)
		if (attach(b, *letter, &links))
			return fail("attach");
	sleep(seconds);
	links_done(&links);
	read_counts(b, last);
	for (letter = order; *letter; letter++) {
		size_t i = (size_t)(*letter - 'A');

		after = read_run(b, i);
		after.ns -= before[i].ns;
		after.runs -= before[i].runs;
		if (!after.runs)
			return fail("never ran");
		printf("%c %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", *letter,
		       after.ns / after.runs, after.runs,
		       i < 2 ? (last[i].frames - first[i].frames) / after.runs : 0,
		       i < 2 ? last[i].complete - first[i].complete : 0);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	int stats, status, *fd;

	if (argc != 6) {
		fprintf(stderr, "usage: walks OBJECT PID HZ SECONDS ORDER\n");
		return 2;
	}
	b.pid = atoi(argv[2]);
	b.hz = strtoull(argv[3], NULL, 10);
	b.object = bpf_object__open_file(argv[1], NULL);
	if (!b.object || !b.hz || bpf_object__load(b.object))
		return fail(argv[1]);
	stats = bpf_stats_open();
	if (stats < 0 || warm_up(&b))
		return fail("warm-up");
	status = measure(&b, (unsigned int)atoi(argv[4]), argv[5]);
	feeder_free(b.feeder);
	bpf_object__close(b.object);
	close(stats);
	vec_each(fd, &b.files)
		close(*fd);
	vec_done(&b.files);
	return status;
}
