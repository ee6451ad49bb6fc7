// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/gotable.h"

#include <errno.h>
#include <string.h>

#include "elf/file.h"
#include "elf/section.h"

#define MAGIC_116   0xfffffffau
#define MAGIC_118   0xfffffff0u
#define MAGIC_120   0xfffffff1u
#define START	    "_rt0_" /* the name that a program's entry point begins with */
#define NO_FILE	    UINT32_MAX
#define MAX_TEXTS   (64u << 20) /* bytes of all names of files */
#define INLINE_TREE 2		/* which of a function's tables by address tells what was inlined */

/* --- reading what is inside --- */

static bool get(const struct gotable *t, uint64_t at, void *to, size_t n)
{
	if (at > t->bytes.len || n > t->bytes.len - at)
		return false;
	memcpy(to, t->bytes.data + at, n);
	return true;
}

static bool get_word(const struct gotable *t, uint64_t at, uint32_t *ret)
{
	return get(t, at, ret, sizeof(*ret));
}

static bool get_pointer(const struct gotable *t, uint64_t at, uint64_t *ret)
{
	*ret = 0;
	return get(t, at, ret, t->pointer);
}

/* A text that ends inside, and soon, or NULL. */
static const char *get_text(const struct gotable *t, uint64_t at)
{
	size_t most;

	if (at >= t->bytes.len)
		return NULL;
	most = t->bytes.len - at < LINES_MAX_TEXT ? t->bytes.len - at : LINES_MAX_TEXT;
	return memchr(t->bytes.data + at, '\0', most) ? t->bytes.data + at : NULL;
}

static uint32_t field_bytes(const struct gotable *t)
{
	return t->wide ? t->pointer : 4;
}

/* Where function i begins; for i == n where the last one ends. */
static bool get_start(const struct gotable *t, uint64_t i, uint64_t *ret)
{
	uint64_t at = t->functions + 2 * i * field_bytes(t);
	uint32_t offset;

	if (t->wide)
		return get_pointer(t, at, ret);
	if (!get_word(t, at, &offset))
		return false;
	*ret = t->text + offset;
	return true;
}

/* The description of function i. */
static bool get_function(const struct gotable *t, uint64_t i, uint64_t *ret)
{
	uint64_t at = t->functions + (2 * i + 1) * field_bytes(t), offset = 0;

	if (!get(t, at, &offset, field_bytes(t)) || offset > t->bytes.len)
		return false;
	*ret = t->functions + offset;
	return true;
}

static bool get_name(const struct gotable *t, uint64_t function, uint32_t *ret_offset)
{
	return get_word(t, function + field_bytes(t), ret_offset);
}

/* --- the header --- */

static int read_header(struct gotable *t)
{
	unsigned char head[8];
	uint64_t *const parts[] = {&t->n,     NULL /* files */, &t->text, &t->names,
				   &t->units, &t->files,	&t->pcs,  &t->functions};
	uint64_t at = sizeof(head), value;
	uint32_t magic;
	size_t i;

	if (!get(t, 0, head, sizeof(head)))
		return -EBADMSG;
	memcpy(&magic, head, 4);
	if ((magic != MAGIC_116 && magic != MAGIC_118 && magic != MAGIC_120) || head[4] ||
	    head[5] || (head[6] != 1 && head[6] != 2 && head[6] != 4) ||
	    (head[7] != 4 && head[7] != 8))
		return -ENODATA;
	t->wide = magic == MAGIC_116;
	t->has_start_line = magic == MAGIC_120;
	t->quantum = head[6];
	t->pointer = head[7];
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (t->wide && parts[i] == &t->text)
			continue;
		if (!get_pointer(t, at, &value))
			return -EBADMSG;
		if (parts[i])
			*parts[i] = value;
		if (i > 2 && value >= t->bytes.len)
			return -EBADMSG;
		at += t->pointer;
	}
	if (!t->n || t->n > SYMTAB_MAX_SYMBOLS)
		return t->n ? -EFBIG : -EBADMSG;
	return 0;
}

static bool in_code(const struct gotable *t)
{
	uint64_t first, last;

	return get_start(t, 0, &first) && get_start(t, t->n, &last) && first >= t->code.start &&
	       last > first && last <= t->code.end;
}

/*
 * Where the loader, or nobody, fills in the address of the code: the program's entry point has a
 * name that tells it apart.
 */
static bool find_text(struct gotable *t, uint64_t entry)
{
	uint64_t i, function;
	uint32_t offset;

	for (i = 0; i < t->n; i++) {
		const char *name = NULL;

		if (get_function(t, i, &function) && get_name(t, function, &offset))
			name = get_text(t, t->names + offset);
		if (!name || strncmp(name, START, strlen(START)) || strstr(name, "_lib"))
			continue;
		if (!get_word(t, t->functions + 2 * i * 4, &offset))
			return false;
		t->text = entry - offset;
		return in_code(t);
	}
	return false;
}

int gotable_parse(struct gotable *t, struct buf *bytes, struct symtab_range code, uint64_t entry)
{
	int err;

	*t = (struct gotable){.bytes = *bytes, .code = code};
	*bytes = (struct buf){0};
	err = read_header(t);
	if (!err && !in_code(t) && (t->wide || !entry || !find_text(t, entry)))
		err = -EBADMSG;
	if (err)
		gotable_done(t);
	return err;
}

void gotable_done(struct gotable *t)
{
	buf_done(&t->bytes);
}

/* --- finding it in a file --- */

/* Leaves what begins with a table at the first place that looks like one. */
static bool cut_to_table(struct buf *bytes)
{
	static const uint32_t magics[] = {MAGIC_116, MAGIC_118, MAGIC_120};
	size_t at, i;

	for (at = 0; at + 16 < bytes->len; at += 8) {
		uint32_t word;

		memcpy(&word, bytes->data + at, 4);
		for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
			if (word == magics[i] && !bytes->data[at + 4] && !bytes->data[at + 5] &&
			    (bytes->data[at + 7] == 4 || bytes->data[at + 7] == 8)) {
				memmove(bytes->data, bytes->data + at, bytes->len - at);
				bytes->len -= at;
				return true;
			}
	}
	return false;
}

static int read_table(const struct elf_file *f, struct buf *bytes)
{
	/* The last two: a linker that is not Go's has put it there among other things. */
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab", ".data.rel.ro",
					    ".rodata"};
	int err = -ENODATA;
	size_t i;

	if (!section_find(f, ".note.go.buildid", NULL) && !section_find(f, ".go.buildinfo", NULL) &&
	    !section_find(f, names[0], NULL))
		return -ENODATA;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int section_err = section_read(f, names[i], GOTABLE_MAX_BYTES, bytes);

		if (!section_err && (i < 2 || cut_to_table(bytes)))
			return 0;
		if (section_err && section_err != -ENODATA)
			err = section_err;
	}
	return err;
}

int gotable_init(struct gotable *t, const struct elf_file *f)
{
	struct symtab_range code = {.start = UINT64_MAX};
	const struct elf_segment *s;
	struct buf bytes = {0};
	GElf_Ehdr header;
	int err = read_table(f, &bytes);

	if (err) {
		buf_done(&bytes);
		return err;
	}
	vec_each(s, &f->segments) {
		if (!s->executable)
			continue;
		code.start = s->vaddr < code.start ? s->vaddr : code.start;
		code.end = s->vaddr + s->memsz > code.end ? s->vaddr + s->memsz : code.end;
	}
	return gotable_parse(t, &bytes, code, gelf_getehdr(f->elf, &header) ? header.e_entry : 0);
}

/* --- functions --- */

void gotable_symbols(const struct gotable *t, struct symtab *symbols)
{
	uint64_t size = t->bytes.len - t->names, i, start, end, function;
	struct buf *names = &symbols->names;
	size_t base = names->len;
	uint32_t offset;

	/* All names stand in one block, in front of what is next. */
	if (t->units > t->names && t->units - t->names < size)
		size = t->units - t->names;
	if (size >= SYMTAB_MAX_NAMES - base)
		return;
	buf_add(names, t->bytes.data + t->names, size);
	buf_add(names, "", 1);
	for (i = 0; i < t->n && symbols->symbols.n < SYMTAB_MAX_SYMBOLS; i++) {
		if (!get_start(t, i, &start) || !get_start(t, i + 1, &end) ||
		    !get_function(t, i, &function) || !get_name(t, function, &offset))
			break;
		if (start < t->code.start || end > t->code.end || start >= end || offset >= size ||
		    !names->data[base + offset])
			continue;
		symtab_add(symbols, start, end - start, SYMTAB_LOCAL, (uint32_t)base + offset);
	}
}

/* --- lines --- */

static bool get_varint(const struct gotable *t, uint64_t *at, uint32_t *ret)
{
	unsigned char byte;
	uint32_t value = 0, shift = 0;

	do {
		if (shift > 28 || !get(t, *at, &byte, 1))
			return false;
		++*at;
		value |= (uint32_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	*ret = value;
	return true;
}

/* The value of a table by address; -1 where it has none. Steps are what all have together. */
static int32_t value_at(const struct gotable *t, uint32_t table, uint64_t start, uint64_t address,
			uint32_t *steps)
{
	uint64_t at = t->pcs + table, pc = start;
	uint32_t value = UINT32_MAX, change, bytes;
	bool first = true;

	for (; table && *steps; --*steps, first = false) {
		if (!get_varint(t, &at, &change) || (!change && !first) ||
		    !get_varint(t, &at, &bytes))
			break;
		value += change & 1 ? ~(change >> 1) : change >> 1;
		pc += (uint64_t)bytes * t->quantum;
		if (address < pc)
			return (int32_t)value;
	}
	return -1;
}

/* The last function that begins at or before the address. */
static bool find_function(const struct gotable *t, uint64_t address, uint64_t *ret_start,
			  uint64_t *ret_function)
{
	uint64_t low = 0, high = t->n, start, end;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!get_start(t, middle, &start))
			return false;
		if (start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && get_start(t, low - 1, ret_start) && get_start(t, low, &end) &&
	       address < end && get_function(t, low - 1, ret_function);
}

static bool is_inlined(const struct gotable *t, uint64_t function, uint64_t start, uint64_t address,
		       uint32_t *steps)
{
	uint32_t first = field_bytes(t), n, table;
	uint64_t tables = function + first + (t->has_start_line ? 40 : 36);

	return get_word(t, function + first + 24, &n) && n > INLINE_TREE &&
	       get_word(t, tables + 4 * INLINE_TREE, &table) &&
	       value_at(t, table, start, address, steps) >= 0;
}

/* File and line of an address; NULL: unknown. */
static const char *find_line(const struct gotable *t, uint64_t address, uint32_t *steps,
			     uint32_t *ret_line)
{
	uint32_t first = field_bytes(t), files, lines, unit, file;
	uint64_t start, function;
	int32_t number, line;

	if (!find_function(t, address, &start, &function) ||
	    !get_word(t, function + first + 16, &files) ||
	    !get_word(t, function + first + 20, &lines) ||
	    !get_word(t, function + first + 28, &unit) ||
	    is_inlined(t, function, start, address, steps))
		return NULL;
	number = value_at(t, files, start, address, steps);
	line = value_at(t, lines, start, address, steps);
	if (number < 0 || line <= 0 ||
	    !get_word(t, t->units + 4 * ((uint64_t)unit + (uint32_t)number), &file) ||
	    file == NO_FILE)
		return NULL;
	*ret_line = (uint32_t)line;
	return get_text(t, t->files + file);
}

void gotable_lines(const struct gotable *t, const uint64_t *addresses, size_t n,
		   struct lines *ret_lines)
{
	uint32_t steps = GOTABLE_MAX_STEPS;
	struct lines lines = {0};
	const char *last = NULL;
	struct lines_frame frame = {0};
	size_t i;

	buf_add(&lines.text, "", 1);
	for (i = 0; i < n; i++) {
		const char *file = find_line(t, addresses[i], &steps, &frame.line);
		struct lines_span span = {.first = (uint32_t)lines.frames.n, .n = file && *file};

		vec_push(&lines.spans, span);
		if (!span.n)
			continue;
		/* Addresses of one file mostly follow each other. */
		if (file != last && lines.text.len > MAX_TEXTS)
			frame.file = 0;
		else if (file != last) {
			frame.file = (uint32_t)lines.text.len;
			buf_add(&lines.text, file, strnlen(file, LINES_MAX_TEXT));
			buf_add(&lines.text, "", 1);
		}
		last = file;
		vec_push(&lines.frames, frame);
	}
	*ret_lines = lines;
}
