// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/code.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/buildid.h"
#include "elf/disasm.h"
#include "elf/fde_table.h"
#include "elf/file.h"
#include "elf/symtab.h"
#include "model/profile.h"
#include "proc/open.h"
#include "sym/binaries.h"
#include "sym/debuglines.h"
#include "sym/demangle.h"
#include "sym/namer.h"
#include "sym/sources.h"
#include "sym/vdso.h"
#include "util/clock.h"

#define VDSO_PATH  "[vdso]"
#define MAX_TARGET 512 /* bytes of the name of what is called */

struct code {
	const struct elf_file *f; /* &file, or the vDSO's */
	const struct symtab *symbols;
	struct binary binary; /* fd -1: the vDSO */
	struct elf_file file;
	struct sources sources;
	struct symtab own_symbols;
	struct vdso vdso;
	struct fde_table fdes;
	struct buildid id;
	bool have_names; /* sources, symbols and fdes were looked for */
	uint64_t lines_left_ns;
	int64_t time_ns;
};

static int open_regular(const char *path, struct buf *why)
{
	int root = open_root(0), fd = root;

	if (root >= 0) {
		fd = open_inspected(open_below(root, path, false), 0);
		close(root);
	}
	if (fd < 0)
		buf_printf(why, "cannot open %s: %s", path, open_why(fd));
	return fd;
}

static int check_id(struct code *c, const char *path, const char *build_id, struct buf *why)
{
	buildid_read(c->f, &c->id);
	if (!*build_id) {
		buf_printf(why, "the recording has no build id of %s", path);
		return -ENODATA;
	}
	if (strcmp(c->id.text, build_id)) {
		buf_printf(why,
			   "%s is another file now: its build id is %s, that of the recording %s",
			   path, c->id.text[0] ? c->id.text : "missing", build_id);
		return -ESTALE;
	}
	return 0;
}

static int open_file(struct code *c, const char *path, const char *build_id, struct buf *why)
{
	struct stat st;
	int err;

	c->binary.fd = open_regular(path, why);
	if (c->binary.fd < 0)
		return c->binary.fd;
	c->binary.path = mem_strdup(path);
	err = elf_file_init(&c->file, c->binary.fd);
	if (err) {
		buf_printf(why, "%s is no ELF file that can be read", path);
		return err;
	}
	c->f = &c->file;
	err = check_id(c, path, build_id, why);
	if (err)
		return err;
	if (!fstat(c->binary.fd, &st))
		c->time_ns = st.st_mtim.tv_sec * (int64_t)NSEC_PER_SEC + st.st_mtim.tv_nsec;
	return 0;
}

static int open_vdso(struct code *c, const char *build_id, struct buf *why)
{
	int err = vdso_init(&c->vdso);

	if (err) {
		buf_puts(why, "this kernel's vDSO cannot be read");
		return err;
	}
	c->f = &c->vdso.file;
	return check_id(c, VDSO_PATH, build_id, why);
}

int code_open(const char *path, const char *build_id, struct code **ret_code, struct buf *why)
{
	struct code *c;
	int err;

	if (*path != '/' && strcmp(path, VDSO_PATH)) {
		buf_printf(why, "the code of %s is in no file", *path ? path : "[unknown]");
		return -ENOENT;
	}
	c = mem_zalloc(sizeof(*c));
	c->binary.fd = c->file.fd = c->vdso.file.fd = -1;
	c->sources = (struct sources){.debug_fd = -1, .dwarf_fd = -1, .alt_fd = -1};
	c->lines_left_ns = DEBUGLINES_ALL_NS;
	err = *path == '/' ? open_file(c, path, build_id, why) : open_vdso(c, build_id, why);
	if (err) {
		code_free(c);
		return err;
	}
	*ret_code = c;
	return 0;
}

/* Only when they are asked for: large files take a while. Without names code is shown as well. */
static void need_names(struct code *c)
{
	if (c->have_names)
		return;
	c->have_names = true;
	if (fde_table_init(&c->fdes, c->f))
		c->fdes.n = 0;
	c->symbols = &c->vdso.symbols;
	if (c->binary.fd < 0)
		return;
	c->symbols = &c->own_symbols;
	sources_init(&c->sources, &c->binary, c->f, &c->id);
	sources_symbols(&c->sources, NULL, &c->own_symbols);
}

void code_free(struct code *c)
{
	if (!c)
		return;
	fde_table_done(&c->fdes);
	sources_done(&c->sources);
	symtab_done(&c->own_symbols);
	if (c->f == &c->file)
		elf_file_done(&c->file);
	else if (c->f)
		vdso_done(&c->vdso);
	if (c->binary.fd >= 0)
		close(c->binary.fd);
	free(c->binary.path);
	free(c);
}

int64_t code_time_ns(const struct code *c)
{
	return c->time_ns;
}

/*
 * Ours are virtual addresses already, and so are those of position-dependent programs: there the
 * way over the file leads back to the same number. Other profilers write those of the process.
 */
uint64_t code_address(const struct code *c, const struct profile_mapping *m, uint64_t address)
{
	const struct elf_segment *s;
	uint64_t offset;

	if (address < m->start || address >= m->limit)
		return address;
	offset = address - m->start + m->offset;
	s = elf_file_segment(c->f, offset);
	return s ? elf_segment_vaddr(s, offset) : address;
}

static const struct elf_segment *segment_at(const struct code *c, uint64_t address)
{
	const struct elf_segment *s;

	vec_each(s, &c->f->segments)
		if (s->executable && address >= s->vaddr && address - s->vaddr < s->filesz)
			return s;
	return NULL;
}

int code_range_find(struct code *c, uint64_t address, struct code_range *ret_range)
{
	const struct elf_segment *s = segment_at(c, address);
	struct code_range range = {0};
	const struct symbol *symbol;

	if (!s)
		return -ENOENT;
	need_names(c);
	symbol = symtab_find(c->symbols, address, NULL);
	range.named = symbol;
	if (symbol) {
		range.start = symbol->addr;
		range.end = symbol->addr + symbol->size;
	} else if (!fde_table_find(&c->fdes, c->f, address, &range.start, &range.end)) {
		return -ENOENT;
	}
	if (range.start < s->vaddr)
		range.start = s->vaddr;
	if (range.end > s->vaddr + s->filesz)
		range.end = s->vaddr + s->filesz;
	*ret_range = range;
	return 0;
}

static void put_name(const struct code *c, const struct symbol *symbol, struct buf *out)
{
	const char *name = symtab_name(c->symbols, symbol);
	struct buf shown = {0};

	buf_puts(out, demangle_name(name, &shown) ? buf_str(&shown) : name);
	buf_done(&shown);
}

void code_range_name(struct code *c, const struct code_range *range, struct buf *out)
{
	const struct symbol *symbol;

	need_names(c);
	symbol = symtab_find(c->symbols, range->start, NULL);
	if (symbol)
		put_name(c, symbol, out);
}

static uint32_t put_target(const struct code *c, uint64_t target, struct code_text *t)
{
	const struct symbol *symbol = target ? symtab_find(c->symbols, target, NULL) : NULL;
	struct buf name = {0};
	uint32_t at;

	if (!symbol)
		return 0;
	put_name(c, symbol, &name);
	if (target != symbol->addr)
		buf_printf(&name, "+0x%" PRIx64, target - symbol->addr);
	at = intern_addn(&t->texts, buf_str(&name), strnlen(buf_str(&name), MAX_TARGET));
	buf_done(&name);
	return at;
}

/* Neighbours mostly have the same file. */
static void put_lines(struct code *c, struct code_text *t)
{
	struct place *places = mem_array(t->rows.n, sizeof(*places));
	uint32_t last = 0, last_at = 0;
	struct lines lines;

	for (size_t i = 0; i < t->rows.n; i++)
		places[i].address = t->rows.at[i].address;
	debuglines_read(c->sources.dwarf_fd, c->sources.alt_fd, places, t->rows.n,
			&c->lines_left_ns, &lines);
	for (size_t i = 0; i < t->rows.n; i++) {
		const struct lines_span *span = &lines.spans.at[i];
		const struct lines_frame *frame;

		if (!span->n)
			continue;
		frame = &lines.frames.at[span->first];
		if (frame->file != last) {
			last = frame->file;
			last_at = intern_add(&t->texts, lines_text(&lines, last));
		}
		t->rows.at[i].file = last_at;
		t->rows.at[i].line = frame->line;
	}
	lines_done(&lines);
	free(places);
}

static void put_rows(const struct code *c, const struct disasm *d, struct code_text *t)
{
	const struct disasm_row *from;

	vec_each(from, &d->rows) {
		struct code_row row = {.address = from->address, .size = from->size};

		row.text = intern_add(&t->texts, disasm_text(d, from));
		row.target = put_target(c, from->target, t);
		vec_push(&t->rows, row);
	}
}

int code_read(struct code *c, const struct code_range *range, struct code_text *ret_text)
{
	const struct elf_segment *s = segment_at(c, range->start);
	uint64_t size = range->end - range->start;
	struct code_text t = {0};
	struct disasm d;
	void *bytes;
	int err;

	if (!s || range->end <= range->start)
		return -ENOENT;
	if (size > DISASM_MAX_BYTES)
		return -EFBIG;
	need_names(c);
	bytes = mem_alloc(size);
	err = elf_file_read(c->f, s->offset + (range->start - s->vaddr), bytes, size);
	if (!err) {
		t.err = disasm_read(c->f->machine, bytes, size, range->start, &d);
		put_rows(c, &d, &t);
		disasm_done(&d);
		if (c->sources.dwarf_fd >= 0)
			put_lines(c, &t);
		*ret_text = t;
	}
	free(bytes);
	return err;
}

void code_text_done(struct code_text *t)
{
	vec_done(&t->rows);
	intern_done(&t->texts);
}
