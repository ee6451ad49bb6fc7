// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/dataplaces.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "elf/buildid.h"
#include "elf/file.h"
#include "proc/areas.h"
#include "sym/binaries.h"
#include "sym/cache.h"
#include "sym/demangle.h"
#include "sym/sources.h"
#include "sym/text.h"
#include "util/clock.h"
#include "util/mem.h"

#define PROCESSES   8			 /* whose areas are kept */
#define AREAS_OLD   (50 * NSEC_PER_MSEC) /* before that they are not read again */
#define SHARED_NAME "/dev/zero" /* a file that the kernel makes for MAP_SHARED | MAP_ANONYMOUS */
#define NAME_MAX_N  256		/* bytes of a symbol that are shown */

enum place_kind { PLACE_NOWHERE, PLACE_FILE, PLACE_HEAP, PLACE_STACK, PLACE_SHARED };

struct place_of_data {
	enum place_kind kind;
	uint32_t file;	 /* in `files` */
	bool executable; /* the area is */
	uint64_t offset; /* of the seen address in the file, or where it would be behind its end */
	uint64_t address;
};

/* A file by its identity, once. */
struct data_file {
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	uint32_t binary;
};

struct process_areas {
	struct dataplaces_program program;
	uint64_t read_ns; /* 0: the slot is free */
	struct areas areas;
};

struct dataplaces {
	struct binaries *binaries;
	struct cache symbols;
	struct process_areas processes[PROCESSES];
	VEC(struct place_of_data) list;
	VEC(struct data_file) files;
	uint64_t spent_ns;
};

struct dataplaces *dataplaces_new(void)
{
	struct dataplaces *d = mem_zalloc(sizeof(*d));

	d->binaries = binaries_new();
	cache_init(&d->symbols, CACHE_MAX_BYTES);
	return d;
}

void dataplaces_free(struct dataplaces *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < PROCESSES; i++)
		areas_done(&d->processes[i].areas);
	binaries_free(d->binaries);
	cache_done(&d->symbols);
	vec_done(&d->list);
	vec_done(&d->files);
	free(d);
}

/* --- where it lies --- */

static bool slot_is(const struct process_areas *slot, const struct dataplaces_program *program)
{
	return slot->read_ns && slot->program.tgid == program->tgid &&
	       slot->program.exec == program->exec && slot->program.start == program->start;
}

/* Its slot, or the one that was read longest ago. */
static struct process_areas *slot_of(struct dataplaces *d, const struct dataplaces_program *program)
{
	struct process_areas *oldest = &d->processes[0];

	for (size_t i = 0; i < PROCESSES; i++) {
		struct process_areas *slot = &d->processes[i];

		if (slot_is(slot, program))
			return slot;
		if (slot->read_ns < oldest->read_ns)
			oldest = slot;
	}
	return oldest;
}

/* *ret_later: they were read when the process had it not yet. */
static const struct area *area_of(struct dataplaces *d, const struct dataplaces_program *program,
				  uint64_t address, struct process_areas **ret_slot,
				  bool *ret_later)
{
	struct process_areas *slot = slot_of(d, program);
	bool have = slot_is(slot, program);
	const struct area *found = have ? areas_find(&slot->areas, address) : NULL;
	uint64_t now = clock_mono_ns();

	*ret_slot = slot;
	*ret_later = !found && have && now - slot->read_ns < AREAS_OLD;
	if (found || *ret_later || d->spent_ns > DATAPLACES_MAX_NS)
		return found;
	areas_done(&slot->areas);
	slot->program = *program;
	slot->read_ns = now;
	if (areas_read(program->tgid,
		       &slot->areas)) /* gone: there is nothing to find until it is old */
		slot->areas = (struct areas){0};
	found = areas_find(&slot->areas, address);
	d->spent_ns += clock_mono_ns() - now;
	return found;
}

/* The number of an area's file; HASH_NONE-like UINT32_MAX: too many. */
static uint32_t file_of(struct dataplaces *d, const struct process_areas *slot,
			const struct area *area)
{
	struct data_file file = {
		.inode = area->inode, .dev_major = area->dev_major, .dev_minor = area->dev_minor};

	for (uint32_t i = 0; i < d->files.n; i++)
		if (d->files.at[i].inode == file.inode &&
		    d->files.at[i].dev_major == file.dev_major &&
		    d->files.at[i].dev_minor == file.dev_minor)
			return i;
	if (d->files.n >= DATAPLACES_MAX_FILES)
		return UINT32_MAX;
	file.binary = binaries_add(d->binaries, &(struct binary_seen){
							.dev_major = area->dev_major,
							.dev_minor = area->dev_minor,
							.inode = area->inode,
							.tgid = slot->program.tgid,
							.vm_start = area->start,
							.vm_end = area->end,
							.path = areas_name(&slot->areas, area),
						});
	vec_push(&d->files, file);
	return (uint32_t)d->files.n - 1;
}

static void look(struct dataplaces *d, const struct process_areas *slot, const struct area *area,
		 struct place_of_data *place)
{
	const char *name = areas_name(&slot->areas, area);
	const struct area *file = area;

	/* Zeroed memory that belongs to a file lies right behind what is mapped of it. */
	if (!area->inode && (!*name || !strncmp(name, "[anon", 5)) && area > slot->areas.list.at &&
	    area[-1].end == area->start && area[-1].inode)
		file = area - 1;
	place->kind = !strncmp(name, "[stack", 6) ? PLACE_STACK : PLACE_HEAP;
	if (area->inode && !strncmp(name, SHARED_NAME, strlen(SHARED_NAME))) {
		place->kind = PLACE_SHARED;
		return;
	}
	if (!file->inode)
		return;
	place->file = file_of(d, slot, file);
	if (place->file == UINT32_MAX)
		return;
	place->kind = PLACE_FILE;
	place->offset = file->offset + (place->address - file->start);
	place->executable = file->executable;
}

uint32_t dataplaces_see(struct dataplaces *d, const struct dataplaces_program *program,
			uint64_t address)
{
	struct place_of_data place = {.address = address};
	const struct area *area;
	struct process_areas *slot;
	bool later;

	if (d->list.n >= DATAPLACES_MAX)
		return UINT32_MAX;
	area = area_of(d, program, address, &slot, &later);
	if (later)
		return UINT32_MAX;
	if (area)
		look(d, slot, area, &place);
	vec_push(&d->list, place);
	return (uint32_t)d->list.n - 1;
}

/* --- what it is called --- */

/* Variables of the file and its debug file. */
static const struct symtab *symbols_of(struct dataplaces *d, const struct binary *binary,
				       const struct elf_file *f, uint32_t file)
{
	struct buildid id = {.text = ""};
	struct symtab symbols = {0};
	const struct symtab *found;
	struct sources sources;
	char key[32];

	snprintf(key, sizeof(key), "%u", file);
	found = cache_find(&d->symbols, key);
	if (found)
		return found;
	buildid_read(f, &id);
	sources_init(&sources, binary, f, &id);
	sources_data(&sources, &symbols); /* what cannot be read is empty */
	sources_done(&sources);
	return cache_put(&d->symbols, key, &symbols);
}

/* The segment whose mapping holds the offset, the last of those that share its page: data. */
static const struct elf_segment *segment_of(const struct elf_file *f, uint64_t offset,
					    bool executable)
{
	const struct elf_segment *s, *best = NULL;

	vec_each(s, &f->segments) {
		uint64_t first = s->offset & ~(ELF_PAGE_SIZE - 1);

		if (s->executable == executable && offset >= first &&
		    offset - first < s->memsz + 2 * ELF_PAGE_SIZE &&
		    (!best || s->offset > best->offset))
			best = s;
	}
	return best;
}

/* A symbol is any bytes, a mangled one perhaps. */
static void symbol_print(const struct symtab *symbols, const struct symbol *symbol, struct buf *out)
{
	const char *raw = symtab_name(symbols, symbol);
	struct buf name = {0};
	size_t n;

	if (!demangle_name(raw, &name)) {
		buf_clear(&name);
		n = strnlen(raw, SYMTAB_MAX_NAME);
		buf_add(&name, raw, n);
		n = strcspn(buf_str(&name), "@"); /* a version */
		if (n && n < name.len) {
			name.len = n;
			name.data[n] = '\0';
		}
	}
	n = name.len < NAME_MAX_N ? name.len : NAME_MAX_N;
	if (name.len)
		text_clean(name.data, n);
	buf_add(out, buf_str(&name), n);
	buf_done(&name);
}

static bool file_name(struct dataplaces *d, const struct place_of_data *place, uint64_t offset,
		      struct buf *out)
{
	const struct binary *binary = binaries_at(d->binaries, d->files.at[place->file].binary);
	const struct elf_segment *segment = NULL;
	const struct symbol *symbol = NULL;
	const struct symtab *symbols;
	struct elf_file f;
	uint64_t vaddr = offset;
	const char *base;
	char *module;

	if (binary->fd >= 0 && !elf_file_init(&f, binary->fd)) {
		segment = segment_of(&f, offset, place->executable);
		if (!segment) { /* behind a program's last byte: not its own */
			elf_file_done(&f);
			return false;
		}
		vaddr = elf_segment_vaddr(segment, offset);
		symbols = symbols_of(d, binary, &f, place->file);
		symbol = symtab_find(symbols, vaddr, NULL);
		if (symbol)
			symbol_print(symbols, symbol, out);
		elf_file_done(&f);
	}
	if (symbol) {
		if (vaddr != symbol->addr)
			buf_printf(out, "+0x%" PRIx64, vaddr - symbol->addr);
		return true;
	}
	base = strrchr(binary->path, '/');
	module = mem_strdup(base ? base + 1 : binary->path);
	text_clean(module, strlen(module));
	buf_printf(out, "%s+0x%" PRIx64, module, vaddr);
	free(module);
	return true;
}

void dataplaces_name(struct dataplaces *d, uint32_t number, uint64_t address, struct buf *out)
{
	static const char *const kinds[] = {[PLACE_NOWHERE] = "",
					    [PLACE_FILE] = "heap ", /* behind its end */
					    [PLACE_HEAP] = "heap ",
					    [PLACE_STACK] = "stack ",
					    [PLACE_SHARED] = "shared "};
	static const struct place_of_data nowhere;
	const struct place_of_data *place = number < d->list.n ? &d->list.at[number] : &nowhere;

	if (place->kind == PLACE_FILE &&
	    file_name(d, place, place->offset + (address - place->address), out))
		return;
	buf_printf(out, "%s0x%" PRIx64, kinds[place->kind], address);
}
