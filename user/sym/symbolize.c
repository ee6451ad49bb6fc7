// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/symbolize.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elf/buildid.h"
#include "elf/file.h"
#include "elf/gotable.h"
#include "model/profile.h"
#include "sym/binaries.h"
#include "sym/cache.h"
#include "sym/debuginfod.h"
#include "sym/debuglines.h"
#include "sym/jitmaps.h"
#include "sym/jitnames.h"
#include "sym/kallsyms.h"
#include "sym/namer.h"
#include "sym/sources.h"
#include "sym/text.h"
#include "sym/twins.h"
#include "sym/vdso.h"
#include "util/clock.h"
#include "util/procfs.h"

#define KALLSYMS     "/proc/kallsyms"
#define KERNEL_NOTES "/sys/kernel/notes"

/*
 * The limits of one file bound what it costs to a few seconds; this is for a thousand files that
 * were all made to cost that much.
 */
#define SYMBOLS_ALL_NS (60 * NSEC_PER_SEC)

struct symbolizer {
	struct binaries *binaries;
	struct kallsyms kernel;
	bool have_kernel;
	struct buildid kernel_id;
	struct vdso vdso;
	bool vdso_tried, have_vdso;
	struct cache cache;
	struct twins twins; /* of it */
	struct jitmaps *jitmaps;
	struct debuginfod debuginfod;
	struct symbolizer_options options;
	uint64_t lines_left_ns, symbols_left_ns;
	uint64_t ended_ns; /* when the recording had ended; 0: not yet */
	VEC(struct symbolizer_failure) failures;
};

/* The locations of one mapping, in the order of their addresses. */
struct group {
	struct profile *p;
	uint32_t mapping;
	struct place *at;
	size_t n;
};

struct symbolizer *symbolizer_new(struct binaries *binaries,
				  const struct symbolizer_options *options)
{
	struct symbolizer *s = mem_zalloc(sizeof(*s));

	s->binaries = binaries;
	s->jitmaps = jitmaps_new();
	debuginfod_init(&s->debuginfod);
	s->lines_left_ns = DEBUGLINES_ALL_NS;
	s->symbols_left_ns = SYMBOLS_ALL_NS;
	if (options)
		s->options = *options;
	cache_init(&s->cache, CACHE_MAX_BYTES);
	twins_init(&s->twins, &s->cache);
	return s;
}

void symbolizer_free(struct symbolizer *s)
{
	struct symbolizer_failure *failure;

	if (!s)
		return;
	vec_each(failure, &s->failures)
		free(failure->path);
	vec_done(&s->failures);
	jitmaps_free(s->jitmaps);
	debuginfod_done(&s->debuginfod);
	if (s->have_kernel)
		kallsyms_done(&s->kernel);
	if (s->have_vdso)
		vdso_done(&s->vdso);
	twins_done(&s->twins);
	cache_done(&s->cache);
	free(s);
}

void symbolizer_see_process(struct symbolizer *s, pid_t tgid, uint64_t start)
{
	jitmaps_see(s->jitmaps, tgid, start);
}

struct symbolizer_counts symbolizer_counts(const struct symbolizer *s)
{
	return (struct symbolizer_counts){s->twins.read, s->twins.shared};
}

size_t symbolizer_failures(const struct symbolizer *s, const struct symbolizer_failure **ret_list)
{
	*ret_list = s->failures.at;
	return s->failures.n;
}

/* Once a file and kind, however many profiles need it. */
static void add_failure(struct symbolizer *s, const char *path, const char *what, int err)
{
	struct symbolizer_failure failure = {.what = what, .err = err}, *known;

	vec_each(known, &s->failures)
		if (known->what == what && !strcmp(known->path, path))
			return;
	if (s->failures.n >= SYMBOLIZER_MAX_FAILURES)
		return;
	failure.path = mem_strdup(path);
	vec_push(&s->failures, failure);
}

int symbolizer_load_kernel(struct symbolizer *s)
{
	struct buf notes = {0};
	struct kallsyms kernel;
	int err;

	s->ended_ns = clock_mono_ns();
	if (!procfs_read(KERNEL_NOTES, &notes, BUILDID_MAX_NOTES))
		buildid_find(notes.data, notes.len, 4, &s->kernel_id);
	buf_done(&notes);
	err = kallsyms_init(&kernel, KALLSYMS, s->options.kernel_objects);
	if (err)
		return err;
	if (s->have_kernel)
		kallsyms_done(&s->kernel);
	s->kernel = kernel;
	s->have_kernel = true;
	return 0;
}

bool symbolizer_kernel_object(const struct symbolizer *s, uint64_t address, struct buf *text)
{
	return s->have_kernel && kallsyms_object(&s->kernel, address, text);
}

static void set_mapping(const struct group *g, const char *file, const char *build_id)
{
	struct profile_mapping *m;
	uint32_t file_id, build_id_id;
	char *clean = mem_strdup(file);

	text_clean(clean, strlen(clean));
	file_id = profile_string(g->p, clean);
	build_id_id = profile_string(g->p, build_id);
	free(clean);
	m = &g->p->mappings.at[g->mapping];
	m->file = file_id;
	m->build_id = build_id_id;
}

static void set_range(const struct group *g, uint64_t start, uint64_t limit, uint64_t offset)
{
	struct profile_mapping *m = &g->p->mappings.at[g->mapping];

	m->start = start & ~(ELF_PAGE_SIZE - 1);
	m->offset = offset & ~(ELF_PAGE_SIZE - 1);
	m->limit = (limit + ELF_PAGE_SIZE - 1) & ~(ELF_PAGE_SIZE - 1);
	if (m->limit < limit)
		m->limit = UINT64_MAX; /* the very top of the address space */
}

/* For what has no other bounds than the addresses seen in it. */
static void set_seen_range(const struct group *g)
{
	if (g->n)
		set_range(g, g->at[0].address, g->at[g->n - 1].address + 1, 0);
}

static void set_names(const struct symbolizer *s, const struct group *g,
		      const struct symtab *symbols, const struct lines *lines, unsigned int flags)
{
	struct profile_mapping *m;

	if (s->options.no_demangle)
		flags |= NAMER_MANGLED;
	if (!namer_run(g->p, symbols, lines, flags, g->at, g->n))
		return;
	m = &g->p->mappings.at[g->mapping];
	m->has_functions = true;
	if (lines && lines->frames.n)
		m->has_filenames = m->has_lines = m->has_inlines = true;
}

/*
 * Turns file offsets into virtual addresses. pprof knows one segment a mapping: the one with most
 * of the locations, or the first executable one.
 */
static void move_to_vaddr(const struct group *g, const struct elf_file *f)
{
	size_t *hits = mem_array(f->segments.n + 1, sizeof(*hits));
	const struct elf_segment *segment, *best = NULL;
	size_t i;

	for (i = 0; i < g->n; i++) {
		struct place *place = &g->at[i];

		segment = elf_file_segment(f, place->address);
		if (!segment)
			continue;
		hits[segment - f->segments.at]++;
		place->address = elf_segment_vaddr(segment, place->address);
		g->p->locations.at[place->location].address = place->address;
	}
	vec_each(segment, &f->segments) {
		size_t n = hits[segment - f->segments.at];

		if ((!best && (n || segment->executable)) ||
		    (best && n > hits[best - f->segments.at]))
			best = segment;
	}
	if (best)
		set_range(g, best->vaddr, best->vaddr + best->memsz, best->offset);
	free(hits);
}

static void spend(struct symbolizer *s, uint64_t began)
{
	uint64_t took = clock_mono_ns() - began;

	s->symbols_left_ns -= took < s->symbols_left_ns ? took : s->symbols_left_ns;
}

static const struct symtab *load_symbols(struct symbolizer *s, const struct sources *sources,
					 const char *path, uint32_t binary)
{
	uint64_t began = clock_mono_ns();
	const struct symtab *symbols;
	int err;

	symbols = twins_symbols(&s->twins, binary, sources, &err);
	spend(s, began);
	if (err)
		add_failure(s, path, "symbols", err);
	return symbols;
}

/* What a stripped program of Go knows: cheap, so that it needs no process of its own. */
static bool read_go_lines(struct symbolizer *s, const struct group *g,
			  const struct sources *sources, struct lines *ret_lines)
{
	uint64_t *addresses, began = clock_mono_ns();
	struct gotable go;
	size_t i;

	if (gotable_init(&go, sources->binary))
		return false;
	addresses = mem_array(g->n, sizeof(*addresses));
	for (i = 0; i < g->n; i++)
		addresses[i] = g->at[i].address;
	gotable_lines(&go, addresses, g->n, ret_lines);
	free(addresses);
	gotable_done(&go);
	spend(s, began);
	return true;
}

/* True: *ret_lines is the caller's to end. */
static bool read_lines(struct symbolizer *s, const struct group *g, const struct sources *sources,
		       const struct binary *binary, struct lines *ret_lines)
{
	int err;

	if (s->options.no_lines || !g->n)
		return false;
	if (sources->dwarf_fd < 0)
		return read_go_lines(s, g, sources, ret_lines);
	err = debuglines_read(sources->dwarf_fd, sources->alt_fd, g->at, g->n, &s->lines_left_ns,
			      ret_lines);
	if (!err)
		err = debuglines_read_split(binary, sources->dwarf_fd, sources->alt_fd, g->at, g->n,
					    &s->lines_left_ns, ret_lines);
	if (err)
		add_failure(s, binary->path, "source lines", err);
	return true;
}

static void name_file(struct symbolizer *s, const struct group *g, const struct sources *sources,
		      const struct binary *binary, uint32_t index)
{
	struct lines lines;
	bool has_lines = read_lines(s, g, sources, binary, &lines);

	set_names(s, g, load_symbols(s, sources, binary->path, index), has_lines ? &lines : NULL,
		  0);
	if (has_lines)
		lines_done(&lines);
}

/* The time is its own, not that of all files. */
static void fetch_debug(struct symbolizer *s, struct sources *sources, const struct binary *binary,
			const struct buildid *id)
{
	int fd;

	if (!s->options.debuginfod || !id->text[0] || !sources_lack(sources, !s->options.no_lines))
		return;
	fd = debuginfod_fetch(&s->debuginfod, id);
	if (fd >= 0)
		sources_add_debug(sources, binary, id, fd);
}

const struct debuginfod *symbolizer_debuginfod(const struct symbolizer *s)
{
	return &s->debuginfod;
}

static void run_file(struct symbolizer *s, const struct group *g, uint32_t index)
{
	const struct binary *binary = binaries_at(s->binaries, index);
	struct buildid id = {.text = ""};
	struct sources sources;
	struct elf_file f;
	uint64_t began;
	int err;

	set_range(g, 0, binary->size, 0);
	if (binary->fd < 0)
		set_seen_range(g);
	err = binary->fd < 0 ? 0 : elf_file_init(&f, binary->fd);
	if (binary->fd < 0 || err) {
		set_mapping(g, binary->path, "");
		if (err && err != -ENOEXEC) /* a file of another kind can hold code, too */
			add_failure(s, binary->path, "symbols", err);
		return;
	}
	buildid_read(&f, &id);
	set_mapping(g, binary->path, id.text);
	move_to_vaddr(g, &f);
	if (!s->symbols_left_ns) {
		add_failure(s, binary->path, "symbols", -ETIME);
		elf_file_done(&f);
		return;
	}
	began = clock_mono_ns();
	sources_init(&sources, binary, &f, &id);
	spend(s, began);
	fetch_debug(s, &sources, binary, &id);
	name_file(s, g, &sources, binary, index);
	sources_done(&sources);
	elf_file_done(&f);
}

/* What a just-in-time compiler says of its code. */
static void run_anon(struct symbolizer *s, const struct group *g, const struct origin *origin)
{
	struct jitnames names = {
		.maps = s->jitmaps,
		.cache = &s->cache,
		.tgid = origin->tgid,
		.start = origin->start,
		.until_ns = s->ended_ns ? s->ended_ns : UINT64_MAX,
		.no_lines = s->options.no_lines,
		.no_time = !s->symbols_left_ns,
	};
	struct profile_mapping *m;
	struct jitnames_result result;
	uint64_t began = clock_mono_ns();
	char *path;

	set_mapping(g, "[jit]", "");
	set_seen_range(g);
	jitnames_run(&names, g->p, g->at, g->n, &result);
	spend(s, began);
	m = &g->p->mappings.at[g->mapping];
	m->has_functions = result.named > 0;
	m->has_filenames = m->has_lines = result.has_lines;
	if (result.err) {
		path = mem_printf("the JIT dump of pid %d", origin->tgid);
		add_failure(s, path, "symbols", result.err);
		free(path);
	}
}

static void run_kernel(struct symbolizer *s, const struct group *g)
{
	set_mapping(g, "[kernel.kallsyms]", s->kernel_id.text);
	if (!s->have_kernel) {
		set_seen_range(g);
		return;
	}
	set_range(g, s->kernel.start, s->kernel.end, 0);
	set_names(s, g, &s->kernel.symbols, NULL, NAMER_MODULES);
}

static void run_vdso(struct symbolizer *s, const struct group *g)
{
	struct buildid id = {.text = ""};

	if (!s->vdso_tried)
		s->have_vdso = !vdso_init(&s->vdso);
	s->vdso_tried = true;
	if (!s->have_vdso) {
		set_mapping(g, "[vdso]", "");
		set_seen_range(g);
		return;
	}
	buildid_read(&s->vdso.file, &id);
	set_mapping(g, "[vdso]", id.text);
	move_to_vaddr(g, &s->vdso.file);
	set_names(s, g, &s->vdso.symbols, NULL, 0);
}

static void run_group(struct symbolizer *s, const struct group *g, const struct origin *origin)
{
	switch (origin->kind) {
	case ORIGIN_KERNEL: run_kernel(s, g); return;
	case ORIGIN_VDSO: run_vdso(s, g); return;
	case ORIGIN_FILE:
		if (origin->binary < binaries_count(s->binaries)) {
			run_file(s, g, origin->binary);
			return;
		}
		break;
	case ORIGIN_ANON: run_anon(s, g, origin); return;
	case ORIGIN_UNKNOWN: break;
	}
	set_mapping(g, "[unknown]", "");
	set_seen_range(g);
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->mapping != y->mapping)
		return x->mapping < y->mapping ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

int symbolizer_run(struct symbolizer *s, struct profile *p, const struct origin *origins,
		   size_t n_origins)
{
	struct place *places = mem_array(p->locations.n, sizeof(*places));
	size_t n = 0, first = 0, i;
	uint32_t mapping;

	for (i = 0; i < p->locations.n; i++) {
		const struct profile_location *l = &p->locations.at[i];

		if (l->mapping < n_origins && l->mapping < p->mappings.n)
			places[n++] = (struct place){l->address, l->mapping, (uint32_t)i};
	}
	qsort(places, n, sizeof(*places), compare_places);
	for (mapping = 0; mapping < n_origins && mapping < p->mappings.n; mapping++) {
		struct group g = {p, mapping, &places[first], 0};

		while (first + g.n < n && places[first + g.n].mapping == mapping)
			g.n++;
		run_group(s, &g, &origins[mapping]);
		first += g.n;
	}
	free(places);
	return 0;
}
