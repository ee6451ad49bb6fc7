// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * big FILE [STACKS]: writes a pprof file with that many distinct stacks (20,000), as a busy host
 * would have them: a few dozen processes in a dozen containers, long C++ names, kernel frames
 * below, deep and shallow, a few stacks that take most; and among the processes and functions some
 * whose names mean harm to a page. The same arguments, the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile.h"
#include "out/pprof.h"

#define PROCESSES 40
#define FUNCTIONS 6000
#define KERNEL	  700
#define TICK_NS	  10101010

static const char *const hostile[] = {
	"</script><script>window.owned = 1</script>",
	"<img src=x onerror='window.owned = 1'>",
	"\"'&amp;${window.owned = 1}@DATA@@SCRIPT@",
	"left \xe2\x80\xae right \033[2J \xff\xfe \xed\xa0\x80",
};
#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

struct world {
	struct profile *p;
	uint64_t random;
	uint32_t user[FUNCTIONS], kernel[KERNEL];
};

static uint32_t pick(struct world *w, uint32_t n)
{
	w->random = w->random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((w->random >> 33) % n);
}

static uint32_t add_function(struct world *w, const char *module, const char *name,
			     const char *inlined, uint64_t address)
{
	struct profile_mapping m = {.has_functions = true, .has_inlines = true};
	struct profile_line lines[2];
	uint32_t n = 0, location;

	m.file = profile_string(w->p, module);
	location = profile_add_location(w->p, profile_add_mapping(w->p, &m), address);
	for (int i = 0; i < 2; i++) {
		struct profile_function f = {.file = profile_string(w->p, "src/app/service.cc")};

		if (!i && !inlined)
			continue;
		f.name = f.system_name = profile_string(w->p, i ? name : inlined);
		lines[n++] = (struct profile_line){profile_add_function(w->p, &f), 1 + (int)n};
	}
	profile_set_lines(w->p, location, lines, n);
	return location;
}

static void add_functions(struct world *w)
{
	static const char *const spaces[] = {"http",	"storage::lsm", "rpc::codec", "auth",
					     "pricing", "index::btree", "queue",      "metrics"};
	static const char *const verbs[] = {"decode",  "lookup", "merge",   "append", "flush",
					    "resolve", "hash",	 "compare", "apply",  "schedule"};
	static const char *const nouns[] = {"request", "block", "page",	 "session", "record", "key",
					    "segment", "entry", "curve", "frame",   "header"};
	char name[256], inlined[256], module[64];

	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		const char *space = spaces[pick(w, 8)], *verb = verbs[pick(w, 10)];
		const char *noun = nouns[pick(w, 11)];
		bool jit = i % 23 == 0;

		snprintf(module, sizeof(module), jit ? "[jit]" : "/usr/lib/app/lib%s%u.so", noun,
			 i % 7);
		snprintf(name, sizeof(name), "%s::%s_%s_%u(std::vector<%s::%s> const&, int)", space,
			 verb, noun, i, space, noun);
		snprintf(inlined, sizeof(inlined), "%s::%s::operator[](unsigned long) const", space,
			 noun);
		w->user[i] = add_function(w, module, i < HOSTILE ? hostile[i] : name,
					  i % 5 ? NULL : inlined, 0x1000 + i * 64);
	}
	for (uint32_t i = 0; i < KERNEL; i++) {
		snprintf(name, sizeof(name), "%s_%s_%u", verbs[pick(w, 10)], nouns[pick(w, 11)], i);
		w->kernel[i] = add_function(w, "[kernel.kallsyms]", name, NULL,
					    0xffffffff81000000 + i * 64);
	}
}

static uint32_t add_labels(struct profile *p, uint32_t process, uint32_t thread)
{
	static const char *const names[] = {"nginx", "envoy",	    "redis-server",   "postgres",
					    "java",  "api-gateway", "pricing-engine", "kubelet",
					    "node",  hostile[0]};
	char container[32], name[32];
	struct profile_label labels[] = {
		{.key = profile_string(p, "pid"), .num = 1000 + process},
		{.key = profile_string(p, "comm"), .str = profile_string(p, names[process % 10])},
		{.key = profile_string(p, "tid"), .num = 1000 + process + 100 * thread},
		{.key = profile_string(p, "thread")},
		{.key = profile_string(p, "container")},
		{.key = profile_string(p, process % 2 ? "constructor" : "__proto__")},
	};

	snprintf(container, sizeof(container), "shop-%s-%u", names[process % 10], process / 10);
	snprintf(name, sizeof(name), "worker-%u", thread);
	labels[3].str = profile_string(p, name);
	labels[4].str = profile_string(p, container);
	labels[5].str = profile_string(p, process % 3 ? "toString" : "valueOf");
	return profile_add_labels(p, labels, process % 4 ? 6 : 4);
}

/* Stacks grow from the process's own beginnings, each step one of a few callees of the last. */
static void add_stack(struct world *w, uint32_t number)
{
	uint32_t process = pick(w, PROCESSES) * pick(w, PROCESSES) / PROCESSES;
	uint32_t frames[128], from_root[128], depth = 6 + pick(w, 30) + pick(w, 24), n = 0;
	uint32_t at = process % 10 * 577 % FUNCTIONS;
	int64_t ticks = 1 + (number % 97 ? pick(w, 3) : 20 + pick(w, 400));
	int64_t values[PROFILE_MAX_VALUES] = {ticks, ticks, ticks * TICK_NS};

	while (n < depth) {
		from_root[n++] = w->user[at];
		at = (at * 31 + (pick(w, 4) ? 0 : pick(w, 3)) * 7 + 11) % FUNCTIONS;
	}
	if (number % 3 == 0)
		for (uint32_t i = 0, k = at % KERNEL; i < 4 + number % 9; i++) {
			from_root[n++] = w->kernel[k];
			k = (k * 13 + pick(w, 2) + 5) % KERNEL;
		}
	for (uint32_t i = 0; i < n; i++)
		frames[i] = from_root[n - 1 - i];
	profile_add_sample(w->p, profile_add_stack(w->p, frames, n),
			   add_labels(w->p, process, number % 3), values);
}

int main(int argc, char **argv)
{
	static struct world w;
	size_t stacks = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
	uint32_t number = 0;
	FILE *to;
	int err;

	if (argc < 2)
		return 2;
	w.p = profile_new();
	w.random = 1;
	w.p->time_ns = 1700000000000000000;
	w.p->duration_ns = 60000000000;
	profile_add_type(w.p, "samples", "count");
	profile_add_type(w.p, "constructor", "constructor");
	profile_add_type(w.p, "cpu", "nanoseconds");
	profile_add_comment(w.p, "cpu: 90000 samples attempted, 89988 delivered, 12 lost (12: the "
				 "ring buffer was full)");
	profile_add_comment(w.p, "overhead: 0.41 % of 8 CPUs");
	add_functions(&w);
	while (w.p->stacks.n < stacks)
		add_stack(&w, number++);
	to = fopen(argv[1], "w");
	if (!to)
		return 1;
	err = pprof_write(w.p, to);
	profile_free(w.p);
	return fclose(to) || err;
}
