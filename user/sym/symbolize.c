// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/symbolize.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elf/buildid.h"
#include "elf/file.h"
#include "elf/symbols.h"
#include "model/profile.h"
#include "sym/binaries.h"
#include "sym/cache.h"
#include "sym/kallsyms.h"
#include "sym/namer.h"
#include "sym/text.h"
#include "sym/vdso.h"
#include "util/procfs.h"

#define KALLSYMS     "/proc/kallsyms"
#define KERNEL_NOTES "/sys/kernel/notes"

struct symbolizer {
	struct binaries *binaries;
	struct kallsyms kernel;
	bool have_kernel;
	struct buildid kernel_id;
	struct vdso vdso;
	bool vdso_tried, have_vdso;
	struct cache cache;
};

/* The locations of one mapping, in the order of their addresses. */
struct group {
	struct profile *p;
	uint32_t mapping;
	struct place *at;
	size_t n;
};

struct symbolizer *symbolizer_new(struct binaries *binaries)
{
	struct symbolizer *s = mem_zalloc(sizeof(*s));

	s->binaries = binaries;
	cache_init(&s->cache, CACHE_MAX_BYTES);
	return s;
}

void symbolizer_free(struct symbolizer *s)
{
	if (!s)
		return;
	if (s->have_kernel)
		kallsyms_done(&s->kernel);
	if (s->have_vdso)
		vdso_done(&s->vdso);
	cache_done(&s->cache);
	free(s);
}

int symbolizer_load_kernel(struct symbolizer *s)
{
	struct buf notes = {0};
	struct kallsyms kernel;
	int err;

	if (!procfs_read(KERNEL_NOTES, &notes, BUILDID_MAX_NOTES))
		buildid_find(notes.data, notes.len, 4, &s->kernel_id);
	buf_done(&notes);
	err = kallsyms_init(&kernel, KALLSYMS);
	if (err)
		return err;
	if (s->have_kernel)
		kallsyms_done(&s->kernel);
	s->kernel = kernel;
	s->have_kernel = true;
	return 0;
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

static void set_names(const struct group *g, const struct symtab *symbols, bool modules)
{
	if (namer_run(g->p, symbols, modules, g->at, g->n))
		g->p->mappings.at[g->mapping].has_functions = true;
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

static const struct symtab *load_symbols(struct symbolizer *s, const struct elf_file *f,
					 const char *key)
{
	const struct symtab *found = cache_find(&s->cache, key);
	struct symtab symbols = {0};

	if (found)
		return found;
	/* A table that cannot be read is kept as an empty one, and not tried again. */
	symbols_read(f, &symbols);
	return cache_put(&s->cache, key, &symbols);
}

static void run_file(struct symbolizer *s, const struct group *g, uint32_t index)
{
	const struct binary *binary = binaries_at(s->binaries, index);
	struct buildid id = {.text = ""};
	struct elf_file f;
	char *key;

	set_range(g, 0, binary->size, 0);
	if (binary->fd < 0)
		set_seen_range(g);
	if (binary->fd < 0 || elf_file_init(&f, binary->fd)) {
		set_mapping(g, binary->path, "");
		return;
	}
	buildid_read(&f, &id);
	set_mapping(g, binary->path, id.text);
	move_to_vaddr(g, &f);
	key = id.text[0] ? mem_printf("%s %llu", id.text, (unsigned long long)f.size)
			 : mem_printf("#%u", index);
	set_names(g, load_symbols(s, &f, key), false);
	free(key);
	elf_file_done(&f);
}

static void run_kernel(struct symbolizer *s, const struct group *g)
{
	set_mapping(g, "[kernel.kallsyms]", s->kernel_id.text);
	if (!s->have_kernel) {
		set_seen_range(g);
		return;
	}
	set_range(g, s->kernel.start, s->kernel.end, 0);
	set_names(g, &s->kernel.symbols, true);
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
	set_names(g, &s->vdso.symbols, false);
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
	case ORIGIN_ANON:
		set_mapping(g, "[jit]", "");
		set_seen_range(g);
		return;
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
