// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/known.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "elf/cfi.h"
#include "elf/file.h"
#include "elf/known_scan.h"
#include "util/mem.h"

#define WINDOW	 (256u << 10) /* bytes of code read at once */
#define NEARBY	 4096	      /* of small areas: several may lie there */
#define MIN_AREA 16	      /* less between two functions is padding */

void known_add(struct known *k, uint64_t start, uint64_t end, enum known_kind kind)
{
	if (k->code.n < KNOWN_MAX_CODE && start < end)
		vec_push(&k->code, ((struct known_code){start, end, kind}));
}

/*
 * mov $__NR_rt_sigreturn, %rax (or %eax); syscall. Whatever executes it has the kernel's signal
 * frame at rsp, so it is what it looks like.
 */
static size_t restorer_length(const uint8_t *at, size_t n)
{
	static const uint8_t rax[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
	static const uint8_t eax[] = {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05};

	if (n >= sizeof(rax) && !memcmp(at, rax, sizeof(rax)))
		return sizeof(rax);
	return n >= sizeof(eax) && !memcmp(at, eax, sizeof(eax)) ? sizeof(eax) : 0;
}

/* Is it what stands between functions, or where none goes on: nop, int3, int $3, hlt? */
static bool is_padding(uint8_t byte)
{
	return byte == 0x90 || byte == 0xcc || byte == 0xcd || byte == 0xf4;
}

/*
 * The byte before belongs to it: return addresses are looked up less one. So does one behind, if
 * it is no function's: there the process stands while the kernel takes its frame away.
 */
static void find_restorers(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n)
{
	static const uint8_t tail[] = {0x0f, 0, 0, 0, 0x0f, 0x05};
	const uint8_t *end = bytes + n, *hit = bytes;

	while ((hit = memmem(hit, (size_t)(end - hit), tail, sizeof(tail)))) {
		for (size_t before = 1; before <= 3; before += 2) {
			uint64_t offset = (uint64_t)(hit - bytes) - before;
			size_t length;

			if ((size_t)(hit - bytes) < before)
				continue;
			length = restorer_length(bytes + offset, n - offset);
			if (!length)
				continue;
			if (offset + length < n && is_padding(bytes[offset + length]))
				length++;
			known_add(s->known, at + offset - !!offset, at + offset + length,
				  KNOWN_SIGNAL);
		}
		hit += sizeof(tail);
	}
}

/* Bytes [start, start + n) of a segment, n at most WINDOW; NULL when they cannot be read. */
static const uint8_t *window(struct scan *s, const struct elf_segment *segment, uint64_t start,
			     size_t n)
{
	uint64_t rest = segment->vaddr + segment->filesz - start;

	if (start >= s->at && start + n <= s->at + s->n)
		return s->bytes + (start - s->at);
	s->n = 0;
	if (rest > n && rest > NEARBY)
		rest = n > NEARBY ? n : NEARBY;
	if (rest > s->left ||
	    elf_file_read(s->f, start - segment->vaddr + segment->offset, s->bytes, rest))
		return NULL;
	s->left -= rest;
	s->at = start;
	s->n = rest;
	return s->bytes;
}

void known_scan_area(struct scan *s, const struct scan_range *area,
		     void (*look)(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n))
{
	uint64_t start = area->start;

	for (;;) {
		size_t n = area->end - start < WINDOW ? (size_t)(area->end - start) : WINDOW;
		const uint8_t *bytes = window(s, area->segment, start, n);

		if (!bytes)
			return;
		look(s, start, bytes, n);
		if (n == area->end - start)
			return;
		start += n - SCAN_OVERLAP;
	}
}

static int compare_area(const void *key, const void *element)
{
	const uint64_t *address = key;
	const struct scan_range *area = element;

	return *address < area->start ? -1 : *address >= area->end;
}

size_t known_read_code(struct scan *s, const struct scan_range *code, uint64_t address,
		       uint8_t *bytes, size_t n)
{
	const struct elf_segment *segment = code->segment;

	if (n > code->end - address)
		n = (size_t)(code->end - address);
	return elf_file_read(s->f, address - segment->vaddr + segment->offset, bytes, n) ? 0 : n;
}

size_t known_peek(struct scan *s, uint64_t address, uint8_t *bytes, size_t n)
{
	const struct scan_range *area = NULL;

	if (s->areas.n && s->peeks++ < SCAN_MAX_PEEKS)
		area = bsearch(&address, s->areas.at, s->areas.n, sizeof(*area), compare_area);
	return area ? known_read_code(s, area, address, bytes, n) : 0;
}

static void look(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n)
{
	find_restorers(s, at, bytes, n);
	known_musl_look(s, at, bytes, n);
	known_context_look(s, at, bytes, n);
}

static void add_area(struct scan *s, const struct scan_range *range, uint64_t start, uint64_t end)
{
	if (end - start >= MIN_AREA && s->areas.n < SCAN_MAX_AREAS)
		vec_push(&s->areas, ((struct scan_range){range->segment, start, end}));
}

/* A program begins at its entry point, so nothing called it. */
static void add_entry(struct scan *s, uint64_t entry, uint64_t from, uint64_t to)
{
	uint64_t end = entry + KNOWN_ENTRY_BYTES;

	if (entry && entry >= from && entry < to)
		known_add(s->known, entry, end < to ? end : to, KNOWN_BOTTOM);
}

/* What no row of .eh_frame covers, in areas as large as can be. */
static void find_areas(struct scan *s, const struct scan_range *range, uint64_t entry)
{
	uint64_t at = range->start, area = at, gap = 0;
	size_t row = cfi_row_find(s->cfi, at);

	while (at < range->end) {
		struct cfi_piece piece = cfi_piece_next(s->cfi, &row, at, range->end);

		if (piece.rule == CFI_RULE_NONE) {
			add_entry(s, entry, piece.start, piece.end);
			gap = piece.start;
		} else if (gap) {
			known_glibc_gap(s, &(struct scan_range){range->segment, gap, piece.start},
					piece.rule);
			known_glibc_start(
				s, &(struct scan_range){range->segment, piece.start, piece.end});
			gap = 0;
		}
		if (piece.rule != CFI_RULE_NONE && !piece.debug) {
			add_area(s, range, area, piece.start);
			area = piece.end;
		}
		at = piece.end;
	}
	add_area(s, range, area, range->end);
}

static void add_range(struct scan *s, const struct elf_segment *segment, uint64_t start,
		      uint64_t end)
{
	uint64_t last = segment->vaddr + segment->filesz;
	struct scan_range range = {segment, start > segment->vaddr ? start : segment->vaddr,
				   end < last ? end : last};

	if (segment->executable && range.start < range.end)
		vec_push(&s->ranges, range);
}

static int order_ranges(const void *left, const void *right)
{
	const struct scan_range *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

/*
 * The sections with code: in a segment with them there may be all the file's constants too. Where
 * no section says so, the whole segments.
 */
static void find_ranges(struct scan *s)
{
	const struct elf_segment *segment;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	while ((scn = elf_nextscn(s->f->elf, scn)) && gelf_getshdr(scn, &sh)) {
		if (!(sh.sh_flags & SHF_EXECINSTR) || sh.sh_addr + sh.sh_size < sh.sh_addr)
			continue;
		segment = elf_file_segment_at(s->f, sh.sh_addr);
		if (segment)
			add_range(s, segment, sh.sh_addr, sh.sh_addr + sh.sh_size);
	}
	if (!s->ranges.n)
		vec_each(segment, &s->f->segments)
			add_range(s, segment, 0, UINT64_MAX);
	if (s->ranges.n)
		qsort(s->ranges.at, s->ranges.n, sizeof(*s->ranges.at), order_ranges);
}

static int order_code(const void *left, const void *right)
{
	const struct known_code *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

/* Sorts; of two that overlap the first is cut short. */
static void finish(struct known *k)
{
	size_t n = 0;

	if (!k->code.n)
		return;
	qsort(k->code.at, k->code.n, sizeof(*k->code.at), order_code);
	for (size_t i = 0; i < k->code.n; i++) {
		struct known_code *last = n ? &k->code.at[n - 1] : NULL;

		if (last && last->end > k->code.at[i].start)
			last->end = k->code.at[i].start;
		if (last && last->start >= last->end)
			n--;
		k->code.at[n++] = k->code.at[i];
	}
	k->code.n = n;
}

int known_read(const struct elf_file *f, const struct cfi_table *cfi, struct known *ret_known)
{
	struct known known = {0};
	struct scan s = {.f = f, .cfi = cfi, .known = &known, .left = KNOWN_MAX_SCAN};
	uint64_t end = 0;
	GElf_Ehdr header;

	if (f->machine != EM_X86_64 || !gelf_getehdr(f->elf, &header) ||
	    gelf_getclass(f->elf) != ELFCLASS64)
		return -EOPNOTSUPP;
	s.bytes = mem_alloc(WINDOW);
	find_ranges(&s);
	for (size_t i = 0; i < s.ranges.n; i++) {
		struct scan_range range = s.ranges.at[i];

		/* In a malformed file they overlap; none is looked at twice. */
		range.start = range.start > end ? range.start : end;
		if (range.start >= range.end)
			continue;
		find_areas(&s, &range, header.e_entry);
		end = range.end;
	}
	for (size_t i = 0; i < s.areas.n; i++)
		known_scan_area(&s, &s.areas.at[i], look);
	known_musl_threads(&s);
	known_init(&s);
	known_go(&s);
	vec_done(&s.ranges);
	vec_done(&s.areas);
	free(s.bytes);
	finish(&known);
	*ret_known = known;
	return 0;
}

void known_done(struct known *k)
{
	vec_done(&k->code);
	*k = (struct known){0};
}
