// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probes.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "hook/stats.h"
#include "probes/shared.h"

#define MAX_LOADERS 3 /* threads beside our own; each has the kernel's types in memory */

#define HP_PROBE(name, feeds) extern const struct probe probe_##name;
#include "hostprof/probes.def"
#undef HP_PROBE

static const struct probe *const all_probes[] = {
#define HP_PROBE(name, feeds) &probe_##name,
#include "hostprof/probes.def"
#undef HP_PROBE
};

static const uint32_t probe_kinds[] = {
#define HP_PROBE(name, feeds) (feeds),
#include "hostprof/probes.def"
#undef HP_PROBE
};

#define N_PROBES (sizeof(all_probes) / sizeof(all_probes[0]))

int probes_map(const struct probes *probes, const char *name)
{
	const struct probe_run *run;

	vec_each(run, &probes->runs) {
		struct bpf_map *map = bpf_object__find_map_by_name(run->object, name);

		if (map)
			return bpf_map__fd(map);
	}
	return -ENOENT;
}

static void run_done(struct probe_run *run)
{
	links_done(&run->links);
	if (run->probe->done)
		run->probe->done(run);
	if (run->skeleton)
		run->probe->destroy(run->skeleton);
}

/* Everything but the kernel's part. */
static int run_open(struct probe_run *run, const struct probe_request *request,
		    struct shared_maps *maps)
{
	/* What every generated skeleton starts with. */
	struct {
		struct bpf_object_skeleton *skeleton;
		struct bpf_object *object;
	} * generic;

	generic = run->skeleton = run->probe->open();
	if (!generic)
		return errno ? -errno : -EINVAL;
	run->object_skeleton = generic->skeleton;
	run->object = generic->object;
	run->probe->configure(run, request);
	return shared_maps_give(maps, run->object, request->ring_bytes);
}

static void report(struct probe_failures *failures, const struct probe *probe, const char *step,
		   int err)
{
	struct probe_failure failure = {.probe = probe, .step = step, .err = err};

	vec_push(&failures->list, failure);
}

/* The objects to load, in the order of probes.def: the first that feeds a kind speaks for it. */
struct loading {
	struct probe_run *runs;
	int *errors;		  /* parallel to runs */
	struct probe_run **order; /* the largest first: the verifier takes the longest with it */
	size_t n;
	atomic_size_t next;
};

static int by_size(const void *a, const void *b)
{
	size_t x = (*(struct probe_run *const *)a)->object_skeleton->data_sz;
	size_t y = (*(struct probe_run *const *)b)->object_skeleton->data_sz;

	return (x < y) - (x > y);
}

static void *load_objects(void *arg)
{
	struct loading *loading = arg;
	struct probe_run *run;
	size_t i;

	while ((i = atomic_fetch_add(&loading->next, 1)) < loading->n) {
		run = loading->order[i];
		loading->errors[run - loading->runs] =
			bpf_object__load_skeleton(run->object_skeleton);
	}
	return NULL;
}

/* On as many CPUs as there are: it is work of the verifier, and it is what a start waits for. */
static void load_all(struct loading *loading)
{
	pthread_t threads[MAX_LOADERS];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = 0;

	while (n < MAX_LOADERS && n + 1 < loading->n && (long)n + 1 < cpus &&
	       !pthread_create(&threads[n], NULL, load_objects, loading))
		n++;
	load_objects(loading);
	while (n)
		pthread_join(threads[--n], NULL);
}

static bool is_wanted(size_t i, const struct probe_request *request)
{
	const struct probe *probe = all_probes[i];

	return (!probe_kinds[i] || probe_kinds[i] & request->kinds) &&
	       (!probe->wanted || probe->wanted(request));
}

/* Once for all the probes on files, and only when there are any: it takes some ms. */
static void find_uprobes(const struct probe_request *request, struct uprobe_types *ret_types)
{
	bool any = false;

	for (size_t i = 0; i < N_PROBES; i++)
		any |= all_probes[i]->attach_file && is_wanted(i, request);
	if (any)
		uprobe_find_types(ret_types);
}

void probes_load(struct probes *probes, const struct probe_request *request,
		 struct probe_failures *failures)
{
	struct shared_maps maps = {0};
	struct probe_run runs[N_PROBES], *order[N_PROBES];
	int errors[N_PROBES] = {0};
	struct loading loading = {.runs = runs, .errors = errors, .order = order};
	struct uprobe_types uprobes = {0};

	find_uprobes(request, &uprobes);
	for (size_t i = 0; i < N_PROBES; i++) {
		struct probe_run run = {.probe = all_probes[i], .uprobes = uprobes};
		int err;

		if (!is_wanted(i, request))
			continue;
		err = run_open(&run, request, &maps);
		if (!err) {
			order[loading.n] = &runs[loading.n];
			runs[loading.n++] = run;
			continue;
		}
		report(failures, run.probe, "load", err);
		run_done(&run);
	}
	qsort(order, loading.n, sizeof(order[0]), by_size);
	load_all(&loading);
	for (size_t i = 0; i < loading.n; i++) {
		if (!errors[i]) {
			vec_push(&probes->runs, runs[i]);
			continue;
		}
		report(failures, runs[i].probe, "load", errors[i]);
		run_done(&runs[i]);
	}
	shared_maps_done(&maps);
}

typedef int (*probe_step)(struct probe_run *run, const struct probe_request *request);

/* Takes one step with every probe; those that fail are unloaded. */
static void each_step(struct probes *probes, const struct probe_request *request,
		      probe_step (*step_of)(const struct probe *probe), const char *name,
		      struct probe_failures *failures)
{
	size_t kept = 0;

	for (size_t i = 0; i < probes->runs.n; i++) {
		struct probe_run *run = &probes->runs.at[i];
		probe_step step = step_of(run->probe);
		int err = step ? step(run, request) : 0;

		if (err) {
			report(failures, run->probe, name, err);
			run_done(run);
		} else {
			probes->runs.at[kept++] = *run;
		}
	}
	probes->runs.n = kept;
}

static probe_step prepare_of(const struct probe *probe)
{
	return probe->prepare;
}

static probe_step attach_of(const struct probe *probe)
{
	return probe->attach;
}

void probes_prepare(struct probes *probes, const struct probe_request *request,
		    struct probe_failures *failures)
{
	each_step(probes, request, prepare_of, "prepare", failures);
}

void probes_attach(struct probes *probes, const struct probe_request *request,
		   struct probe_failures *failures)
{
	each_step(probes, request, attach_of, "attach", failures);
}

static bool feeds(const struct probe_run *run, uint32_t kind)
{
	for (size_t i = 0; i < N_PROBES; i++)
		if (all_probes[i] == run->probe)
			return probe_kinds[i] & 1u << kind;
	return false;
}

const struct probe_run *probes_of_kind(const struct probes *probes, uint32_t kind)
{
	const struct probe_run *run;

	vec_each(run, &probes->runs)
		if (feeds(run, kind))
			return run;
	return NULL;
}

const struct probe_run *probes_of_files(const struct probes *probes, uint32_t kind)
{
	const struct probe_run *run;

	vec_each(run, &probes->runs)
		if (feeds(run, kind) && run->probe->attach_file)
			return run;
	return NULL;
}

int probes_attach_file(struct probes *probes, const struct probe_file *file)
{
	struct probe_run *run;
	int first = 0;

	vec_each(run, &probes->runs) {
		bool wants = feeds(run, file->kind) && run->probe->attach_file;
		int err = wants ? run->probe->attach_file(run, file) : 0;

		first = first ? first : err;
	}
	return first;
}

void probes_forget_processes(struct probes *probes, uint32_t kind, const uint32_t *tgids, size_t n)
{
	struct probe_run *run;

	vec_each(run, &probes->runs)
		if (feeds(run, kind) && run->probe->forget_processes)
			run->probe->forget_processes(run, tgids, n);
}

void probes_window(struct probes *probes, uint32_t kind, const struct probe_window *window)
{
	const struct probe_run *fed = probes_of_files(probes, kind);
	struct probe_run *run;

	vec_each(run, &probes->runs)
		if (run == fed && run->probe->window)
			run->probe->window(run, window);
}

int probes_finish(struct probes *probes, probe_record *record, void *arg)
{
	struct probe_run *run;
	int first = 0;

	vec_each(run, &probes->runs) {
		int err = run->probe->finish ? run->probe->finish(run, record, arg) : 0;

		first = first ? first : err;
	}
	return first;
}

void probes_stop(struct probes *probes)
{
	struct probe_run *run;

	vec_each(run, &probes->runs)
		if (!run->probe->attach_file)
			links_stop(&run->links);
	/* Last what takes long: the others would still count. */
	vec_each(run, &probes->runs)
		if (run->probe->attach_file)
			links_stop(&run->links);
	links_wait();
}

uint64_t probes_event_count(const struct probes *probes)
{
	const struct probe_run *run;
	uint64_t sum = 0;

	vec_each(run, &probes->runs)
		sum += links_events_count(&run->links);
	return sum;
}

void probes_cost(const struct probes *probes, uint64_t *ret_ns, uint64_t *ret_runs)
{
	const struct probe_run *run;
	uint64_t ns = 0, runs = 0;

	vec_each(run, &probes->runs)
		bpf_stats_add(run->object, &ns, &runs);
	*ret_ns = ns;
	*ret_runs = runs;
}

void probes_cost_of_files(const struct probes *probes, uint32_t kind, uint64_t *ret_ns,
			  uint64_t *ret_runs)
{
	const struct probe_run *run = probes_of_files(probes, kind);

	*ret_ns = *ret_runs = 0;
	if (run)
		bpf_stats_add(run->object, ret_ns, ret_runs);
}

void probes_done(struct probes *probes)
{
	struct probe_run *run;

	vec_each(run, &probes->runs)
		run_done(run);
	vec_done(&probes->runs);
}
