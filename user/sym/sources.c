// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/sources.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "elf/buildid.h"
#include "elf/debuglink.h"
#include "elf/section.h"
#include "elf/symbols.h"
#include "sym/binaries.h"
#include "sym/debugfile.h"
#include "sym/kept.h"

/* The part of DWARF that dwz moved into a file of several packages' own. */
static int open_alt(const struct binary *binary, const struct elf_file *f, int fd)
{
	struct debugaltlink *link;
	int alt = kept_open_alt(binary);

	if (alt >= 0)
		return alt;
	link = mem_alloc(sizeof(*link));
	if (!debugaltlink_read(f, link))
		alt = debugfile_open_alt(binary, fd, link, DEBUGFILE_ANYWHERE);
	free(link);
	return alt < 0 ? -1 : alt;
}

/* Takes the descriptor over. */
static int use_debug(struct sources *s, const struct binary *binary, int fd)
{
	int err = elf_file_init(&s->debug, fd);

	if (err) {
		close(fd);
		return err;
	}
	s->debug_fd = fd;
	if (debug_present(&s->debug)) {
		s->dwarf_fd = fd;
		s->alt_fd = open_alt(binary, &s->debug, fd);
	}
	return 0;
}

void sources_init(struct sources *s, const struct binary *binary, const struct elf_file *f,
		  const struct buildid *id)
{
	int fd;

	*s = (struct sources){.binary = f, .debug_fd = -1, .dwarf_fd = -1, .alt_fd = -1};
	if (debug_present(f)) {
		s->dwarf_fd = binary->fd;
		s->alt_fd = open_alt(binary, f, binary->fd);
		return;
	}
	fd = kept_open(binary, f, id);
	if (fd < 0)
		fd = debugfile_open(binary, f, id, DEBUGFILE_ANYWHERE);
	if (fd >= 0)
		use_debug(s, binary, fd);
}

bool sources_lack(const struct sources *s, bool lines)
{
	if (s->dwarf_fd >= 0 || s->debug_fd >= 0)
		return false;
	return lines || !section_find(s->binary, ".symtab", NULL);
}

int sources_add_debug(struct sources *s, const struct binary *binary, const struct buildid *id,
		      int fd)
{
	struct buildid found = {.text = ""};
	int err = use_debug(s, binary, fd);

	if (err)
		return err;
	buildid_read(&s->debug, &found);
	if (!strcmp(found.text, id->text))
		return 0;
	if (s->alt_fd >= 0)
		close(s->alt_fd);
	elf_file_done(&s->debug);
	close(s->debug_fd);
	s->debug_fd = s->dwarf_fd = s->alt_fd = -1;
	return -ESTALE;
}

void sources_done(struct sources *s)
{
	if (s->debug_fd >= 0) {
		elf_file_done(&s->debug);
		close(s->debug_fd);
	}
	if (s->alt_fd >= 0)
		close(s->alt_fd);
}

void sources_trace_init(struct sources_trace *t, const struct digest_key *key,
			const struct sources *s)
{
	*t = (struct sources_trace){.has_debug = s->debug_fd >= 0};
	elf_trace_init(&t->binary, key, s->binary);
	if (t->has_debug)
		elf_trace_init(&t->debug, key, &s->debug);
}

void sources_trace_done(struct sources_trace *t)
{
	elf_trace_done(&t->binary);
	elf_trace_done(&t->debug);
}

bool sources_trace_matches(const struct sources_trace *t, const struct sources_trace *mine,
			   const struct sources *s)
{
	if (t->has_debug != mine->has_debug || !elf_trace_begins(&t->binary, &mine->binary) ||
	    (t->has_debug && !elf_trace_begins(&t->debug, &mine->debug)))
		return false;
	return elf_trace_matches(&t->binary, s->binary) &&
	       (!t->has_debug || elf_trace_matches(&t->debug, &s->debug));
}

typedef int read_fn(const struct elf_file *const *files, size_t n, struct symtab *ret_table);

static int read_all(const struct sources *s, struct sources_trace *trace, read_fn *read,
		    struct symtab *ret_table)
{
	/* Both borrow all but the trace. */
	struct elf_file binary = *s->binary, debug = s->debug, packed;
	const struct elf_file *files[3] = {&binary};
	struct buf image = {0};
	bool have_packed;
	size_t n = 1;
	int err;

	binary.trace = trace ? &trace->binary : NULL;
	debug.trace = trace ? &trace->debug : NULL;
	if (s->debug_fd >= 0)
		files[n++] = &debug;
	have_packed = !debugdata_read(&binary, &image) &&
		      !elf_file_init_memory(&packed, image.data, image.len);
	if (have_packed)
		files[n++] = &packed;
	err = read(files, n, ret_table);
	if (have_packed)
		elf_file_done(&packed);
	buf_done(&image);
	return err;
}

int sources_symbols(const struct sources *s, struct sources_trace *trace, struct symtab *ret_table)
{
	return read_all(s, trace, symbols_read_all, ret_table);
}

int sources_data(const struct sources *s, struct symtab *ret_table)
{
	return read_all(s, NULL, symbols_read_data, ret_table);
}
