// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * getstack OBJECT HZ SECONDS: runs getstack.bpf.c on every CPU and prints what it cost by the
 * kernel's own statistics: "NS RUNS".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "hook/perf.h"
#include "hook/stats.h"

int main(int argc, char **argv)
{
	uint64_t ns = 0, runs = 0;
	struct bpf_program *program;
	struct bpf_object *object;
	struct links links = {0};
	uint32_t cpus;
	int stats, err;

	if (argc != 4) {
		fprintf(stderr, "usage: getstack OBJECT HZ SECONDS\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object)) {
		fprintf(stderr, "getstack: cannot load %s\n", argv[1]);
		return 1;
	}
	program = bpf_object__find_program_by_name(object, "getstack_tick");
	stats = bpf_stats_open();
	err = perf_attach_all(&links, program, PERF_SOURCE_CPU_CLOCK, strtoull(argv[2], NULL, 10),
			      &cpus);
	if (err || stats < 0) {
		fprintf(stderr, "getstack: cannot attach: %s\n", strerror(-(err ? err : stats)));
		return 1;
	}
	sleep((unsigned int)atoi(argv[3]));
	links_disable_events(&links);
	bpf_stats_add(object, &ns, &runs);
	links_done(&links);
	bpf_object__close(object);
	printf("%" PRIu64 " %" PRIu64 "\n", ns, runs);
	return 0;
}
