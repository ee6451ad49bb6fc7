// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sym/jitcode.h"
#include "sym/jitdump.h"

#define MAGIC	    0x4a695444u /* "JiTD" */
#define VERSION	    1
#define ARCH_TIME   1ull /* a flag: times are those of a counter of the processor */
#define WINDOW	    (16u << 10)
#define SAME_FILE   "\xff" /* the name of the file of the line before */
#define MAX_WAITING 16	   /* threads that describe their functions at the same time */

/*
 * V8 adds this to the addresses of its lines: where the code comes to lie in the ELF files that
 * perf makes of a dump.
 */
#define ELF_HEADER_BYTES 0x40

enum record_id { RECORD_LOAD, RECORD_MOVE, RECORD_DEBUG_INFO, RECORD_CLOSE };

struct header {
	uint32_t magic, version, size, machine, pad, pid;
	uint64_t time, flags;
};

struct record {
	uint32_t id, size; /* size: of all of it */
	uint64_t time;
};

struct load {
	uint32_t pid, tid;
	uint64_t vma, start, size, index; /* the name follows */
};

struct move {
	uint32_t pid, tid;
	uint64_t vma, from, to, size, index;
};

struct line {
	uint64_t address;
	uint32_t line, column; /* the name of the file follows */
};

/* Lines of the function at `start`; n is 0 for none. */
struct lines_of {
	uint64_t start;
	uint32_t first, n;
};

/* Code that was loaded, or moved to where it is. */
struct code {
	uint64_t time, start, size, index;
	uint64_t from; /* moved from there */
	bool moved;
	uint32_t order; /* of the records */
	uint32_t name;	/* of code that was loaded */
	struct lines_of lines;
};

struct reader {
	int fd;
	uint64_t at, end, until_ns;
	struct buf window; /* bytes of the file from `window_at` on */
	uint64_t window_at;
	struct jitdump *dump;
	VEC(struct code) codes;
	struct lines_of waiting[MAX_WAITING]; /* for their functions; the oldest is replaced */
	uint32_t n_waited;
	uint32_t least_offset; /* of the first lines of all functions */
};

/* n bytes at an offset, until the next call; NULL: the file ends before, or cannot be read. */
static const char *bytes_at(struct reader *r, uint64_t at, size_t n)
{
	size_t want = n > WINDOW ? n : WINDOW;
	ssize_t got;

	if (at < r->window_at || at + n > r->window_at + r->window.len) {
		if (r->window.cap < want) {
			r->window.data = mem_grow(r->window.data, want, 1);
			r->window.cap = want;
		}
		r->window.len = 0;
		r->window_at = at;
		do {
			got = pread(r->fd, r->window.data, want, (off_t)at);
		} while (got < 0 && errno == EINTR);
		if (got > 0)
			r->window.len = (size_t)got;
	}
	return at + n > r->window_at + r->window.len ? NULL : r->window.data + (at - r->window_at);
}

/* --- lines ------------------------------------------------------------------------------------ */

/* The lines that were told of code which is loaded now; they are told once. */
static struct lines_of take_lines(struct reader *r, uint64_t start)
{
	uint32_t i = r->n_waited, oldest = i > MAX_WAITING ? i - MAX_WAITING : 0;

	while (i-- > oldest) {
		struct lines_of *lines = &r->waiting[i % MAX_WAITING], found = *lines;

		if (lines->n && lines->start == start) {
			lines->n = 0;
			return found;
		}
	}
	return (struct lines_of){0};
}

/* Files follow each other as functions do: only the last one is compared. */
static int put_file(struct jitdump *d, const char *name, uint32_t *ret)
{
	const char *last = d->files.n ? d->texts.data + d->files.at[d->files.n - 1] : NULL;
	size_t n = strlen(name) + 1;

	if (!last || strcmp(last, name)) {
		if (d->texts.len + n > JITDUMP_MAX_NAMES)
			return -EFBIG;
		vec_push(&d->files, (uint32_t)d->texts.len);
		buf_add(&d->texts, name, n);
	}
	*ret = (uint32_t)d->files.n - 1;
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	const struct jitdump_line *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* One line out of the bytes; what follows it, or NULL. */
static const char *parse_line(struct reader *r, const char *at, const char *end, uint64_t start,
			      bool first)
{
	struct jitdump_line line;
	struct line raw;
	const char *name = at + sizeof(raw), *stop;

	if (end - at < (ptrdiff_t)sizeof(raw))
		return NULL;
	memcpy(&raw, at, sizeof(raw));
	stop = memchr(name, '\0', (size_t)(end - name));
	if (!stop || stop == name || raw.address - start > SYMTAB_MAX_SIZE ||
	    raw.line > INT32_MAX || r->dump->lines.n >= JITDUMP_MAX_LINES)
		return NULL;
	line = (struct jitdump_line){.offset = (uint32_t)(raw.address - start), .line = raw.line};
	if (strcmp(name, SAME_FILE)) {
		if (put_file(r->dump, name, &line.file))
			return NULL;
	} else if (!first) {
		line.file = r->dump->lines.at[r->dump->lines.n - 1].file;
	} else {
		return NULL;
	}
	vec_push(&r->dump->lines, line);
	return stop + 1;
}

/*
 * All or nothing: V8 is known to write names of files out of memory that it has freed, and then
 * everything behind the first one is senseless.
 */
static void read_debug_info(struct reader *r, const struct record *record)
{
	struct lines_of lines = {.first = (uint32_t)r->dump->lines.n};
	const char *at, *end;
	uint64_t n, i;

	if (record->size < sizeof(*record) + 16 || record->size > JITDUMP_MAX_DEBUG)
		return;
	at = bytes_at(r, r->at + sizeof(*record), record->size - sizeof(*record));
	if (!at)
		return;
	end = at + record->size - sizeof(*record);
	memcpy(&lines.start, at, 8);
	memcpy(&n, at + 8, 8);
	at += 16;
	for (i = 0; i < n && at; i++)
		at = parse_line(r, at, end, lines.start, !i);
	if (!n || at != end) {
		r->dump->lines.n = lines.first;
		return;
	}
	lines.n = (uint32_t)n;
	qsort(&r->dump->lines.at[lines.first], lines.n, sizeof(*r->dump->lines.at), compare_lines);
	if (r->dump->lines.at[lines.first].offset < r->least_offset)
		r->least_offset = r->dump->lines.at[lines.first].offset;
	r->waiting[r->n_waited++ % MAX_WAITING] = lines;
}

/* --- code ------------------------------------------------------------------------------------- */

static int put_name(struct reader *r, const char *name, size_t n, uint32_t *ret)
{
	struct buf *names = &r->dump->symbols.names;

	if (n > SYMTAB_MAX_NAME)
		n = SYMTAB_MAX_NAME;
	if (names->len + n + 1 > JITDUMP_MAX_NAMES)
		return -EFBIG;
	*ret = (uint32_t)names->len;
	buf_add(names, name, n);
	buf_add(names, "", 1);
	return 0;
}

static int put_code(struct reader *r, struct code *code)
{
	if (r->codes.n >= JITDUMP_MAX_CODES)
		return -EFBIG;
	code->order = (uint32_t)r->codes.n;
	vec_push(&r->codes, *code);
	return 0;
}

static int read_load(struct reader *r, const struct record *record)
{
	size_t fixed = sizeof(*record) + sizeof(struct load), n;
	struct code code = {.time = record->time};
	const char *bytes, *name, *stop;
	struct load load;

	if (record->size < fixed)
		return 0;
	n = record->size - fixed;
	if (n > SYMTAB_MAX_NAME + 1)
		n = SYMTAB_MAX_NAME + 1;
	bytes = bytes_at(r, r->at + sizeof(*record), sizeof(load) + n);
	if (!bytes)
		return 0;
	memcpy(&load, bytes, sizeof(load));
	name = bytes + sizeof(load);
	stop = memchr(name, '\0', n);
	if (put_name(r, name, stop ? (size_t)(stop - name) : n, &code.name))
		return -EFBIG;
	code.start = load.start;
	code.size = load.size;
	code.index = load.index;
	code.lines = take_lines(r, load.start);
	return put_code(r, &code);
}

static int read_move(struct reader *r, const struct record *record)
{
	struct code code = {.time = record->time, .moved = true};
	const char *bytes;
	struct move move;

	if (record->size < sizeof(*record) + sizeof(move))
		return 0;
	bytes = bytes_at(r, r->at + sizeof(*record), sizeof(move));
	if (!bytes)
		return 0;
	memcpy(&move, bytes, sizeof(move));
	code.from = move.from;
	code.start = move.to;
	code.size = move.size;
	code.index = move.index;
	return put_code(r, &code);
}

static int compare_index(const void *a, const void *b)
{
	const struct code *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/*
 * What moved is what was told of the same code before it, if that was where the move began. Names
 * are put once more: a name stands for one piece of code.
 */
static void resolve_moves(struct reader *r)
{
	size_t i;

	if (r->codes.n)
		qsort(r->codes.at, r->codes.n, sizeof(*r->codes.at), compare_index);
	for (i = 0; i < r->codes.n; i++) {
		struct code *code = &r->codes.at[i], *before = i ? code - 1 : NULL;
		char *name;

		if (!code->moved)
			continue;
		/* Without a size: not known either. */
		if (!before || before->index != code->index || before->start != code->from ||
		    !before->size) {
			code->size = 0;
			continue;
		}
		name = mem_strdup(r->dump->symbols.names.data + before->name);
		if (put_name(r, name, strlen(name), &code->name))
			code->size = 0;
		free(name);
		code->lines = before->lines;
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

static int read_header(struct reader *r)
{
	struct header header;
	const char *bytes = bytes_at(r, 0, sizeof(header));

	if (!bytes)
		return -ENOEXEC;
	memcpy(&header, bytes, sizeof(header));
	if (header.magic != MAGIC || header.version != VERSION || header.size < sizeof(header))
		return -ENOEXEC;
	/* A time before it began: the clock is another one, or another time namespace's. */
	if ((header.flags & ARCH_TIME) || header.time > r->until_ns)
		r->until_ns = UINT64_MAX;
	r->at = header.size;
	return 0;
}

static int read_records(struct reader *r)
{
	struct record record;
	uint32_t n = 0;
	int err = 0;

	for (; !err; r->at += record.size) {
		const char *bytes = bytes_at(r, r->at, sizeof(record));

		if (!bytes)
			break;
		memcpy(&record, bytes, sizeof(record));
		if (record.size < sizeof(record) || record.id == RECORD_CLOSE)
			break;
		if (n++ >= JITDUMP_MAX_RECORDS || r->at + record.size > JITDUMP_MAX_BYTES)
			return -EFBIG;
		if (r->at + record.size > r->end)
			break; /* still being written */
		if (record.id == RECORD_DEBUG_INFO)
			read_debug_info(r, &record);
		else if (record.time > r->until_ns)
			continue;
		else if (record.id == RECORD_LOAD)
			err = read_load(r, &record);
		else if (record.id == RECORD_MOVE)
			err = read_move(r, &record);
	}
	return err;
}

static int compare_time(const void *a, const void *b)
{
	const struct code *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int compare_name(const void *a, const void *b)
{
	const struct jitdump_code *x = a, *y = b;

	return (x->name > y->name) - (x->name < y->name);
}

static void finish(struct reader *r)
{
	struct jitdump *d = r->dump;
	struct jitcode code = {0};
	struct jitdump_line *line;
	const struct code *each;

	resolve_moves(r);
	if (r->codes.n)
		qsort(r->codes.at, r->codes.n, sizeof(*r->codes.at), compare_time);
	vec_each(each, &r->codes) {
		jitcode_add(&code, each->start, each->size, each->name);
		if (each->lines.n && each->size)
			vec_push(&d->codes, ((struct jitdump_code){each->name, each->lines.first,
								   each->lines.n}));
	}
	if (d->codes.n)
		qsort(d->codes.at, d->codes.n, sizeof(*d->codes.at), compare_name);
	if (r->least_offset >= ELF_HEADER_BYTES)
		vec_each(line, &d->lines)
			line->offset -= ELF_HEADER_BYTES;
	jitcode_finish(&code, &d->symbols);
}

int jitdump_read(int fd, uint64_t until_ns, struct jitdump *ret_dump)
{
	struct reader r = {
		.fd = fd, .until_ns = until_ns, .dump = ret_dump, .least_offset = UINT32_MAX};
	struct stat st;
	int err;

	*ret_dump = (struct jitdump){0};
	if (fstat(fd, &st))
		return -errno;
	r.end = (uint64_t)st.st_size;
	err = read_header(&r);
	if (!err) {
		err = read_records(&r);
		finish(&r);
	}
	buf_done(&r.window);
	vec_done(&r.codes);
	return err;
}
