// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a recording that never happened: golden FOLDER writes cpu.pb.gz, lock.pb.gz, heap.pb.gz,
 * two further parts of the cpu profile and summary.json there; golden summary COLUMNS [colour]
 * prints the summary for people, and golden page the page of the recording. It holds what outputs
 * find hard: recursion, inlined functions, frames without names, names that mean harm, containers,
 * equal names in different modules.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

#include "model/profile.h"
#include "model/recording.h"
#include "out/html.h"
#include "out/out.h"
#include "out/pprof.h"
#include "out/recording_json.h"
#include "out/summary.h"

#define MS  1000000ll
#define MAX 32

struct builder {
	struct profile *p;
	uint32_t labels;
};

struct place {
	const char *module; /* path; NULL: none */
	uint64_t address;
	const char *names[3]; /* innermost inlined function first; none: no name */
	const char *file;
	int line;
};

/* Places by letter, so that a stack is a word, leaf first. */
static const struct place places[128] = {
	['m'] = {"/usr/sbin/nginx", 0x1000, {"main"}, "src/core/nginx.c", 196},
	['w'] = {"/usr/sbin/nginx", 0x2000, {"ngx_worker_process_cycle"}, "src/os/process.c", 721},
	['e'] = {"/usr/sbin/nginx",
		 0x2100,
		 {"ngx_buf_size", "ngx_process_events"},
		 "src/event/event.c",
		 248},
	['M'] = {"/usr/bin/redis-server", 0x1000, {"main"}, "server.c", 7000},
	['a'] = {"/usr/bin/redis-server", 0x1800, {"aeMain"}, "ae.c", 493},
	['d'] = {"/usr/bin/redis-server", 0x1900, {"dictFind"}, "dict.c", 501},
	['r'] = {"/usr/bin/redis-server", 0x1a00, {"rehash;step 1"}, "dict.c", 77},
	['?'] = {"/usr/bin/redis-server", 0x4242, {NULL}, NULL, 0},
	['l'] = {"/usr/lib/x86_64-linux-gnu/libc.so.6", 0x9f3a0, {NULL}, NULL, 0},
	['c'] = {"/usr/lib/x86_64-linux-gnu/libc.so.6", 0x98a0, {"malloc"}, NULL, 0},
	['v'] = {"[vdso]", 0x600, {"__vdso_clock_gettime"}, NULL, 0},
	['j'] = {"[jit]", 0x7f0012345678, {NULL}, NULL, 0},
	['x'] = {NULL, 0xdeadbeef, {NULL}, NULL, 0},
	['k'] = {"[kernel.kallsyms]",
		 0xffffffff81000100,
		 {"entry_SYSCALL_64_after_hwframe"},
		 NULL,
		 0},
	['s'] = {"[kernel.kallsyms]", 0xffffffff81000200, {"do_syscall_64"}, NULL, 0},
	['t'] = {"[kernel.kallsyms]", 0xffffffff81000300, {"tcp_sendmsg_locked"}, NULL, 0},
	['+'] = {"/opt/app/bin/pricing-engine",
		 0x51000,
		 {"std::map<std::string, pricing::Curve, std::less<std::string> "
		  ">::find(std::string "
		  "const&) const"},
		 "include/c++/12/bits/stl_map.h",
		 1179},
	['*'] = {"/opt/app/bin/pricing-engine",
		 0x52000,
		 {"pricing::Engine::run()"},
		 "engine.cc",
		 42},
	['f'] = {"/opt/app/bin/pricing-engine", 0x53000, {"fib(int)"}, "fib.cc", 3},
	['!'] = {"/tmp/\033[2Jevil", 0x10, {"na\xffme\033]0;owned\a\nx"}, "\033.c", 1},
};

static uint32_t add_mapping(struct profile *p, const char *path)
{
	struct profile_mapping m = {
		.start = 0x1000, .limit = 0xffffffffffff0000, .has_functions = true};
	char build_id[41];

	/* One a path: readers take equal build ids for the same binary. */
	snprintf(build_id, sizeof(build_id), "00112233%032zx", strlen(path));
	m.file = profile_string(p, path);
	m.build_id = profile_string(p, *path == '/' ? build_id : "");
	return profile_add_mapping(p, &m);
}

static uint32_t add_place(struct profile *p, const struct place *place)
{
	uint32_t mapping = place->module ? add_mapping(p, place->module) : PROFILE_NONE;
	uint32_t location = profile_add_location(p, mapping, place->address);
	struct profile_line lines[3];
	uint32_t n = 0;

	if (p->locations.at[location].n_lines)
		return location;
	for (; n < 3 && place->names[n]; n++) {
		struct profile_function f = {.name = profile_string(p, place->names[n])};

		f.system_name = f.name;
		f.file = profile_string(p, place->file ? place->file : "");
		lines[n] = (struct profile_line){profile_add_function(p, &f), place->line};
	}
	if (n)
		profile_set_lines(p, location, lines, n);
	return location;
}

/* The labels of the samples that follow. */
static void process(struct builder *b, int pid, const char *comm, const char *container,
		    const char *id)
{
	struct profile_label labels[6];
	uint32_t n = 0;

	labels[n++] = parts_pid(b->p, pid);
	labels[n++] = parts_label(b->p, "comm", comm);
	if (container)
		labels[n++] = parts_label(b->p, "container", container);
	if (id)
		labels[n++] = parts_label(b->p, "container_id", id);
	if (container)
		labels[n++] = parts_label(b->p, "image", "registry.example/shop:1");
	b->labels = profile_add_labels(b->p, labels, n);
}

static void sample(struct builder *b, const char *stack, int64_t v0, int64_t v1, int64_t v2,
		   int64_t v3)
{
	int64_t values[PROFILE_MAX_VALUES] = {v0, v1, v2, v3};
	uint32_t locations[MAX], n = 0;

	for (; *stack && n < MAX; stack++)
		locations[n++] = add_place(b->p, &places[(unsigned char)*stack]);
	profile_add_sample(b->p, profile_add_stack(b->p, locations, n), b->labels, values);
}

static void ticks(struct builder *b, const char *stack, int64_t n)
{
	sample(b, stack, n, n * 10 * MS, 0, 0);
}

static struct profile *new_profile(const char *comment)
{
	struct profile *p = profile_new();

	p->time_ns = 1700000000000000000;
	p->duration_ns = 10000 * MS;
	profile_add_comment(p, comment);
	profile_add_comment(p,
			    "overhead: 0.31 % of 2 CPUs: agent 18.2 ms, BPF 3.1 ms in 1980 runs, "
			    "RSS 21.5 MiB");
	return p;
}

static void cpu_first_part(struct builder *b)
{
	process(b, 101, "nginx", NULL, NULL);
	ticks(b, "ewm", 300);
	ticks(b, "tskwm", 220);
	ticks(b, "vwm", 11);
	ticks(b, "lwm", 40);
	process(b, 102, "nginx", NULL, NULL);
	ticks(b, "ewm", 150);
	process(b, 200, "redis-server", "cache",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	ticks(b, "daM", 310);
	ticks(b, "rdaM", 90);
	ticks(b, "?aM", 33);
}

static void cpu_second_part(struct builder *b)
{
	process(b, 300, "pricing-engine", "shop",
		"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210");
	ticks(b, "+*", 120);
	ticks(b, "fffff*", 80);
	ticks(b, "ff*", 20);
	ticks(b, "c+*", 1);
	process(b, 301, "java", NULL,
		"aaaabbbbccccddddeeeeffff00001111aaaabbbbccccddddeeeeffff00001111");
	ticks(b, "j", 25);
	ticks(b, "xj", 3);
	process(b, 666, "e;vil\033[31m\n", NULL, NULL);
	ticks(b, "!", 7);
	process(b, 77, "kswapd0", NULL, NULL);
	ticks(b, "t", 2);
	ticks(b, "", 1);
}

/* part 0: all of it. */
static struct profile *cpu_profile(int part)
{
	struct builder b = {
		.p = new_profile("cpu: 1416 samples attempted, 1413 delivered, 3 lost (3: "
				 "the ring buffer was full); stacks: 1413 complete, 0 cut "
				 "short")};

	profile_add_type(b.p, "samples", "count");
	profile_add_type(b.p, "cpu", "nanoseconds");
	b.p->period_type = b.p->types[1];
	b.p->period = 10 * MS;
	if (part != 2)
		cpu_first_part(&b);
	if (part != 1)
		cpu_second_part(&b);
	return b.p;
}

static struct profile *lock_profile(void)
{
	struct builder b = {.p = new_profile("lock: nothing lost")};

	profile_add_type(b.p, "contentions", "count");
	profile_add_type(b.p, "delay", "nanoseconds");
	process(&b, 101, "nginx", NULL, NULL);
	sample(&b, "lwm", 17, 3 * MS, 0, 0);
	sample(&b, "cwm", 2, 999, 0, 0);
	process(&b, 200, "redis-server", NULL, NULL);
	sample(&b, "daM", 400, 123456789, 0, 0);
	return b.p;
}

static struct profile *heap_profile(void)
{
	struct builder b = {.p = new_profile("heap: nothing lost")};

	profile_add_type(b.p, "alloc_objects", "count");
	profile_add_type(b.p, "alloc_space", "bytes");
	profile_add_type(b.p, "inuse_objects", "count");
	profile_add_type(b.p, "inuse_space", "bytes");
	process(&b, 200, "redis-server", NULL, NULL);
	sample(&b, "cdaM", 1000, 64 << 20, 10, 1 << 20);
	sample(&b, "crdaM", 50, 3 << 20, 0, 0);
	process(&b, 300, "pricing-engine", NULL, NULL);
	sample(&b, "c+*", 7, 7 << 10, 7, 7 << 10);
	return b.p;
}

static int write_profile(const char *folder, const char *name, struct profile *p)
{
	FILE *to = parts_open(folder, name);
	int err;

	if (!to)
		return -1;
	err = pprof_write(p, to);
	profile_free(p);
	return fclose(to) ? -1 : err;
}

static struct recording *make_recording(void)
{
	struct recording *r = recording_new();
	struct recording_kind *cpu = recording_add_kind(r, "cpu", "cpu.pb.gz"), *lock;

	r->kernel = mem_strdup("6.1.0-56-cloud-amd64");
	r->arch = mem_strdup("x86_64");
	r->target_json = mem_strdup("{\"host\":true}");
	r->target_text = mem_strdup("the whole host");
	r->start_real_ns = 1700000000123456789;
	r->duration_ns = (uint64_t)(10000 * MS);
	r->n_cpus = 2;
	r->overhead = (struct recording_overhead){.agent_cpu_ns = 18200000,
						  .bpf_ns = 3100000,
						  .bpf_runs = 1980,
						  .bpf_known = true,
						  .rss_bytes = 21500000};
	r->tables.built = 12;
	r->tables.shared = 27;
	r->symbols = (struct recording_symbols){2, 18};
	cpu->ok = true;
	cpu->source = "cpu-clock";
	cpu->period = (uint64_t)(10 * MS);
	cpu->attempted = 1416;
	cpu->delivered = 1413;
	vec_push(&cpu->lost,
		 ((struct recording_count){
			 .name = "ring_full", .what = "the ring buffer was full", .n = 3}));
	vec_push(&cpu->lost,
		 ((struct recording_count){.name = "unread", .what = "never read", .n = 0}));
	cpu->complete = 1300;
	vec_push(&cpu->truncated,
		 ((struct recording_count){
			 .name = "too_deep", .what = "deeper than 127 frames", .n = 113}));
	cpu->ticks_expected = 2000;
	cpu->ticks_seen = 1940;
	cpu->profile = cpu_profile(0);
	lock = recording_add_kind(r, "lock", "lock.pb.gz");
	lock->why = mem_strdup("the tracepoint sched_switch is missing: build the kernel with "
			       "CONFIG_FTRACE");
	return r;
}

static int write_all(const char *folder)
{
	struct recording *r = make_recording();
	FILE *to;
	int err = write_profile(folder, "cpu.pb.gz", cpu_profile(0)) |
		  write_profile(folder, "cpu-1.pb.gz", cpu_profile(1)) |
		  write_profile(folder, "cpu-2.pb.gz", cpu_profile(2)) |
		  write_profile(folder, "lock.pb.gz", lock_profile()) |
		  write_profile(folder, "heap.pb.gz", heap_profile());

	to = parts_open(folder, "summary.json");
	if (to) {
		err |= recording_json_write(r, "1.2.3", to);
		err |= fclose(to);
	}
	recording_free(r);
	return err || !to;
}

static int write_page(void)
{
	struct recording *r = make_recording();
	struct profile *heap = heap_profile();
	struct out_part parts[] = {
		{"cpu", "what burns CPU", r->kinds.at[0].profile, 1},
		{"heap", "who allocates", heap, heap->default_type},
	};
	struct html_input in = {.parts = parts, .n_parts = 2, .recording = r, .version = "1.2.3"};
	int err = html_write(&in, stdout);

	profile_free(heap);
	recording_free(r);
	return err || ferror(stdout);
}

int main(int argc, char **argv)
{
	static const char *const files[] = {"rec/cpu.pb.gz", "rec/summary.json", NULL};
	struct out_options o = {.rows = 6};
	struct recording *r;

	if (argc == 2 && !strcmp(argv[1], "page"))
		return write_page();
	if (argc == 2)
		return write_all(argv[1]);
	if (argc < 3 || strcmp(argv[1], "summary"))
		return 2;
	o.columns = (unsigned int)strtoul(argv[2], NULL, 10);
	o.colour = argc > 3;
	r = make_recording();
	summary_write(r, &o, files, stdout);
	recording_free(r);
	return ferror(stdout);
}
