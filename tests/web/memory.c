// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A recording of memory that never happened: memory FOLDER [CROWD] writes growth.pb.gz, heap.pb.gz,
 * leaks.json and summary.json there. A process that leaks, one with a cache, one that ended, one
 * that nobody probed, and one whose names mean harm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../golden/parts.h"

#include "model/growth.h"
#include "model/leaks.h"
#include "model/profile.h"
#include "model/recording.h"
#include "out/leaks_json.h"
#include "out/pprof.h"
#include "out/recording_json.h"
#include "util/clock.h"
#include "util/mem.h"

#define MIB	(1024 * 1024)
#define PAGE	4096
#define SECONDS 80

struct process {
	uint32_t pid;
	const char *comm, *container;
	int64_t given, before, after; /* MiB; -1: not there */
};

static const struct process processes[] = {
	{10, "server", "shop", 300, 100, 350}, {20, "cached", NULL, 80, 200, 160},
	{30, "shortly", NULL, 40, -1, -1},     {40, "quiet", NULL, 2, 10, 12},
	{66, "e;vil\033[31m", NULL, 1, -1, 1},
};
#define N(array) (sizeof(array) / sizeof((array)[0]))

struct site {
	const struct process *process;
	const char *stack; /* leaf first */
	int64_t objects, bytes, left_objects, left;
	enum { KEEPS, LEAKS } what;
};

static const struct site sites[] = {
	{&processes[0], "malloc_leaky handle main", 4000, 400 * MIB, 2000, 200 * MIB, LEAKS},
	{&processes[0], "parse handle main", 9000, 900 * MIB, 0, 0, KEEPS},
	{&processes[1], "cache_put main", 500, 50 * MIB, 400, 40 * MIB, KEEPS},
	{&processes[4], "</script><b>x main", 10, 1 * MIB, 10, 1 * MIB, KEEPS},
};

static void add_sample(struct profile *p, const struct process *process, const char *stack,
		       const int64_t *values)
{
	struct profile_label labels[3];
	uint32_t count = 0;

	labels[count++] = parts_pid(p, process->pid);
	labels[count++] = parts_label(p, "comm", process->comm);
	if (process->container)
		labels[count++] = parts_label(p, "container", process->container);
	profile_add_sample(p, parts_stack(p, stack), profile_add_labels(p, labels, count), values);
}

static struct profile *new_profile(const char *const *types, size_t n)
{
	struct profile *p = profile_new();

	p->time_ns = 1700000000000000000;
	p->duration_ns = SECONDS * (int64_t)NSEC_PER_SEC;
	for (size_t i = 0; i < n; i++)
		profile_add_type(p, types[i], i % 2 ? "bytes" : "count");
	return p;
}

static struct profile *heap_profile(void)
{
	static const char *const types[] = {"alloc_objects", "alloc_space", "inuse_objects",
					    "inuse_space"};
	struct profile *p = new_profile(types, N(types));

	for (size_t i = 0; i < N(sites); i++) {
		int64_t values[PROFILE_MAX_VALUES] = {sites[i].objects, sites[i].bytes,
						      sites[i].left_objects, sites[i].left};

		add_sample(p, sites[i].process, sites[i].stack, values);
	}
	return p;
}

static struct profile *growth_profile(void)
{
	static const char *const types[] = {"pages", "growth"};
	struct profile *p = new_profile(types, N(types));

	for (size_t i = 0; i < N(processes); i++) {
		int64_t values[PROFILE_MAX_VALUES] = {processes[i].given * MIB / PAGE,
						      processes[i].given * MIB};

		add_sample(p, &processes[i], "touch main", values);
	}
	return p;
}

/* And `crowd` processes more of 64 KiB each, which live on and keep a half. */
static struct growth *make_growth(unsigned int crowd)
{
	struct growth *growth = growth_new(PAGE);

	for (size_t i = 0; i < N(processes); i++) {
		const struct process *p = &processes[i];
		size_t at = growth_add(growth, p->pid, p->pid, (uint64_t)(p->given * MIB / PAGE), 1,
				       p->comm);

		growth->list.at[at].rss_before = p->before < 0 ? -1 : p->before * MIB;
		growth->list.at[at].rss_after = p->after < 0 ? -1 : p->after * MIB;
	}
	for (unsigned int i = 0; i < crowd; i++) {
		size_t at = growth_add(growth, 1000 + i, 1, 65536 / PAGE, 1, "crowd");

		growth->list.at[at].rss_after = 32768;
	}
	growth_sort(growth);
	return growth;
}

/* Root first, as in a struct leak_site. */
static char *text_of(const char *stack)
{
	char *copy = mem_strdup(stack), *save = NULL, *text = mem_strdup("");

	for (char *s = strtok_r(copy, " ", &save); s; s = strtok_r(NULL, " ", &save)) {
		char *longer = mem_printf("%s%s%s", s, *text ? ";" : "", text);

		free(text);
		text = longer;
	}
	free(copy);
	return text;
}

/* Blocks of one object's size, steadily or all in the first second. */
static struct leaks *make_leaks(void)
{
	struct leaks *leaks = leaks_new(NSEC_PER_SEC);

	leaks->end = NSEC_PER_SEC * (SECONDS + 1);
	leaks->age = 30 * NSEC_PER_SEC;
	for (size_t i = 0; i < N(sites); i++) {
		const struct site *s = &sites[i];
		struct leak_site *site = leaks_site(leaks, s->process->pid, s->process->pid, i);

		memcpy(site->comm, s->process->comm, strlen(s->process->comm));
		site->text = text_of(s->stack);
		for (int64_t k = 0; k < s->left_objects; k++) {
			uint64_t part = s->what == LEAKS ? (uint64_t)(SECONDS * k) : 0;
			uint64_t when =
				NSEC_PER_SEC + part * NSEC_PER_SEC / (uint64_t)s->left_objects;
			double each = (double)s->left / (double)s->left_objects;

			leaks_change(leaks, site, when, each);
			leaks_left(leaks, site, when, 1, each);
		}
	}
	leaks_judge(leaks);
	return leaks;
}

static int write_kind(struct recording *r, const char *folder, const char *name, const char *file,
		      struct profile *p)
{
	struct recording_kind *kind = recording_add_kind(r, name, file);
	FILE *to = parts_open(folder, file);

	kind->ok = true;
	kind->profile = p;
	return !to || pprof_write(p, to) || fclose(to);
}

int main(int argc, char **argv)
{
	struct recording *r = recording_new();
	FILE *leaks, *summary;
	int err;

	if (argc < 2)
		return 2;
	r->kernel = mem_strdup("6.18.0");
	r->arch = mem_strdup("x86_64");
	r->target_json = mem_strdup("{\"host\":true}");
	r->target_text = mem_strdup("the whole host");
	r->start_real_ns = 1700000000123456789;
	r->duration_ns = SECONDS * NSEC_PER_SEC;
	r->n_cpus = 4;
	r->growth = make_growth(argc > 2 ? (unsigned int)atoi(argv[2]) : 0);
	r->leaks = make_leaks();
	err = write_kind(r, argv[1], "growth", "growth.pb.gz", growth_profile());
	err |= write_kind(r, argv[1], "heap", "heap.pb.gz", heap_profile());
	leaks = parts_open(argv[1], LEAKS_FILE);
	err |= !leaks || leaks_json_write(r->leaks, leaks) || fclose(leaks);
	summary = parts_open(argv[1], "summary.json");
	err |= !summary || recording_json_write(r, "1.2.3", summary) || fclose(summary);
	recording_free(r);
	return err;
}
