// SPDX-License-Identifier: GPL-2.0-or-later
/* The half of elf/lines that speaks with libdw, in a process of its own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf/dwarf_unit.h"
#include "elf/lines.h"
#include "elf/lines_enclose.h"
#include "elf/lines_wire.h"
#include "util/intern.h"

#define FLUSH_BYTES   (256u << 10)
#define MAX_LOOK_BACK 64 /* ranges that begin before an address and may still hold it */

/* A range of addresses that a compilation unit covers. */
struct range {
	uint64_t start, end;
	uint32_t unit;
};

struct wanted {
	uint32_t unit, index; /* index: in the request */
	uint64_t address;
};

struct writer {
	const struct lines_request *request;
	Elf *elf, *alt_elf;
	Dwarf *dwarf, *alt;
	VEC(Dwarf_Die) units;
	VEC(struct range) ranges;  /* sorted by start */
	VEC(struct wanted) wanted; /* sorted by unit, then address */
	struct intern strings;
	uint32_t sent; /* strings below this were written */
	struct buf buffer;
	uint32_t n_splits; /* that were told */
	int out;
};

static int flush(struct writer *w)
{
	size_t done = 0;

	while (done < w->buffer.len) {
		ssize_t n = write(w->out, w->buffer.data + done, w->buffer.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	buf_clear(&w->buffer);
	return 0;
}

static void put_word(struct writer *w, uint32_t word)
{
	buf_add(&w->buffer, &word, sizeof(word));
}

static uint32_t put_string(struct writer *w, const char *text)
{
	static const char padding[4];
	size_t n = text ? strnlen(text, LINES_MAX_TEXT) : 0;
	uint32_t id = n ? intern_addn(&w->strings, text, n) : 0;

	if (id < w->sent || !id)
		return id;
	w->sent = id + 1;
	put_word(w, LINES_TEXT);
	put_word(w, (uint32_t)n);
	buf_add(&w->buffer, text, n);
	buf_add(&w->buffer, padding, -n & 3);
	return id;
}

/* --- which unit an address is in ------------------------------------------------------------ */

static void add_unit(struct writer *w, Dwarf_Die *die)
{
	struct range range = {.unit = (uint32_t)w->units.n};
	Dwarf_Addr base = 0, start, end;
	ptrdiff_t at = 0;

	vec_push(&w->units, *die);
	while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		range.start = start;
		range.end = end;
		if (start < end)
			vec_push(&w->ranges, range);
	}
}

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static void find_units(struct writer *w)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	uint8_t type;

	while (!dwarf_get_units(w->dwarf, unit, &unit, NULL, &type, &die, NULL))
		if (type == DW_UT_compile || type == DW_UT_skeleton)
			add_unit(w, &die);
	if (w->ranges.n)
		qsort(w->ranges.at, w->ranges.n, sizeof(*w->ranges.at), compare_ranges);
}

static const struct range *range_of(const struct writer *w, uint64_t address)
{
	size_t low = 0, high = w->ranges.n, i;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->ranges.at[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (i = low; i && low - i < MAX_LOOK_BACK; i--)
		if (address < w->ranges.at[i - 1].end)
			return &w->ranges.at[i - 1];
	return NULL;
}

static int compare_wanted(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static void find_wanted(struct writer *w)
{
	size_t i;

	for (i = 0; i < w->request->n; i++) {
		uint64_t address = w->request->addresses[i];
		const struct range *range = range_of(w, address);

		if (range)
			vec_push(&w->wanted, ((struct wanted){range->unit, (uint32_t)i, address}));
	}
	if (w->wanted.n)
		qsort(w->wanted.at, w->wanted.n, sizeof(*w->wanted.at), compare_wanted);
}

/* --- what is at an address ------------------------------------------------------------------ */

/* A function can begin in another file than the one its code is from (#include inside of it). */
static uint32_t first_line(const struct dwarf_place *decl, const struct dwarf_place *at)
{
	bool same = decl->file && at->file && !strcmp(decl->file, at->file);

	return same ? decl->line : 0;
}

/*
 * Where an inlined function was called is what its DIE says; where the innermost one is, what the
 * line table says.
 */
static void put_frames(struct writer *w, const struct wanted *wanted,
		       const struct dwarf_chain *chain, const struct dwarf_place *place)
{
	uint32_t words[4 * LINES_MAX_INLINED], n = chain->n ? (uint32_t)chain->n : 1, i;

	if (n > LINES_MAX_INLINED)
		n = LINES_MAX_INLINED;
	if (!chain->n && !place->file)
		return;
	for (i = 0; i < n; i++) {
		const struct dwarf_function *function = chain->n ? &chain->at[n - 1 - i] : NULL;
		const struct dwarf_place *at = i ? &chain->at[n - i].call : place;

		words[4 * i] = put_string(w, function ? function->name : NULL);
		words[4 * i + 1] = put_string(w, at->file);
		words[4 * i + 2] = at->line;
		words[4 * i + 3] = function ? first_line(&function->decl, at) : 0;
	}
	put_word(w, LINES_FRAMES);
	put_word(w, wanted->index);
	put_word(w, n);
	buf_add(&w->buffer, words, 4 * n * sizeof(*words));
}

/* Where the unit of a skeleton is, which has nothing but lines. */
static void put_split(struct writer *w, Dwarf_Die *skeleton)
{
	Dwarf_Attribute attr;
	const char *name = NULL, *folder = NULL;
	struct buf path = {0};
	uint32_t number;

	if (dwarf_attr(skeleton, DW_AT_dwo_name, &attr) ||
	    dwarf_attr(skeleton, DW_AT_GNU_dwo_name, &attr))
		name = dwarf_formstring(&attr);
	if (dwarf_attr(skeleton, DW_AT_comp_dir, &attr))
		folder = dwarf_formstring(&attr);
	if (!name || w->n_splits >= LINES_MAX_SPLITS || (name[0] != '/' && !folder))
		return;
	if (name[0] != '/')
		buf_printf(&path, "%.*s/", LINES_MAX_TEXT, folder);
	buf_printf(&path, "%.*s", LINES_MAX_TEXT, name);
	if (path.len < LINES_MAX_TEXT && path.data[0] == '/') {
		number = put_string(w, path.data);
		put_word(w, LINES_SPLIT);
		put_word(w, number);
		w->n_splits++;
	}
	buf_done(&path);
}

/* The DIE that has the functions of a unit; of split DWARF in another file, if that is there. */
static Dwarf_Die functions_of(struct writer *w, Dwarf_Die *die)
{
	Dwarf_Die split = {0};
	uint8_t type;

	/* Asked for the split unit, libdw looks for its file. */
	if (dwarf_cu_info(die->cu, NULL, &type, NULL, NULL, NULL, NULL, NULL) ||
	    type != DW_UT_skeleton)
		return *die;
	if (!w->request->splits)
		put_split(w, die);
	else if (!dwarf_cu_info(die->cu, NULL, NULL, NULL, &split, NULL, NULL, NULL) && split.addr)
		return split;
	return *die;
}

/* All addresses of one unit. */
static int write_unit(struct writer *w, const struct wanted *wanted, size_t n)
{
	uint64_t *addresses = mem_array(n, sizeof(*addresses));
	struct dwarf_unit unit;
	Dwarf_Die functions;
	int err = 0;
	size_t i;

	for (i = 0; i < n; i++)
		addresses[i] = wanted[i].address;
	functions = functions_of(w, &w->units.at[wanted->unit]);
	dwarf_unit_init(&unit, &functions, addresses, n);
	for (i = 0; i < n && !err; i++) {
		struct dwarf_place place = dwarf_unit_place(&unit, i);

		put_frames(w, &wanted[i], &unit.chains[i], &place);
		if (w->buffer.len >= FLUSH_BYTES)
			err = flush(w);
	}
	dwarf_unit_done(&unit);
	free(addresses);
	return err ? err : flush(w);
}

static int write_all(struct writer *w)
{
	size_t first = 0, n;
	int err = 0;

	find_units(w);
	if (!w->units.n)
		return -EBADMSG;
	find_wanted(w);
	for (; first < w->wanted.n && !err; first += n) {
		for (n = 1; first + n < w->wanted.n; n++)
			if (w->wanted.at[first + n].unit != w->wanted.at[first].unit)
				break;
		err = write_unit(w, &w->wanted.at[first], n);
	}
	return err;
}

/* Mapped, not read: most of a large file is never looked at, and a fault ends this process only. */
static Dwarf *open_dwarf(int fd, Elf **ret_elf)
{
	*ret_elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	return *ret_elf ? dwarf_begin_elf(*ret_elf, DWARF_C_READ, NULL) : NULL;
}

int lines_write(const struct lines_request *request, int out)
{
	struct writer w = {.request = request, .out = out, .sent = 1};
	int err = -EBADMSG;

	if (request->splits) {
		if (lines_enclose(request->splits, request->n_splits))
			return 0; /* not allowed here: what is known without has been told */
	}
	elf_version(EV_CURRENT);
	w.dwarf = open_dwarf(request->fd, &w.elf);
	if (!w.dwarf)
		goto out;
	if (request->alt_fd >= 0) {
		w.alt = open_dwarf(request->alt_fd, &w.alt_elf);
		if (w.alt)
			dwarf_setalt(w.dwarf, w.alt);
	}
	err = write_all(&w);
out:
	dwarf_end(w.dwarf);
	dwarf_end(w.alt);
	elf_end(w.elf);
	elf_end(w.alt_elf);
	vec_done(&w.units);
	vec_done(&w.ranges);
	vec_done(&w.wanted);
	intern_done(&w.strings);
	buf_done(&w.buffer);
	return err;
}
