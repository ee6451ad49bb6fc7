// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an ELF file: opened, its build id, its functions, PLT stubs and FDEs, its debug
 * links and its packed symbols read, once from a descriptor and once from memory. Both ways must
 * agree. tests/fuzz/seed_elf.sh makes files to start from.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf/buildid.h"
#include "elf/debuglink.h"
#include "elf/fde_table.h"
#include "elf/file.h"
#include "elf/symbols.h"
#include "elf/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void look_at_links(const struct elf_file *f)
{
	struct debugaltlink alt = {.name = ""};
	struct debuglink link = {.name = ""};
	struct buf image = {0};

	if (!debuglink_read(f, &link) && (!link.name[0] || strchr(link.name, '/')))
		abort();
	if (!debugaltlink_read(f, &alt) && !alt.name[0])
		abort();
	if (!debugdata_read(f, &image) && image.len > DEBUGDATA_MAX_OUT + (1u << 20))
		abort();
	buf_done(&image);
	debug_present(f);
}

static void look_at_fdes(const struct elf_file *f)
{
	uint64_t start, end, address;
	struct fde_table t;

	if (fde_table_init(&t, f))
		return;
	for (address = 0; address < 0x4000; address += 111)
		if (fde_table_find(&t, f, address, &start, &end) &&
		    (address < start || address >= end))
			abort();
	fde_table_done(&t);
}

/* Everything that can be asked of a file; the result tells files apart. */
static int look_at(const struct elf_file *f)
{
	struct buildid id = {.text = ""};
	struct symtab t = {0};
	size_t cursor = 0, i;
	uint64_t offset;
	int err;

	for (offset = 0; offset < f->size; offset += 777)
		elf_file_segment(f, offset);
	buildid_read(f, &id);
	if (strlen(id.text) > 2 * BUILDID_MAX_BYTES)
		abort();
	look_at_links(f);
	look_at_fdes(f);
	err = symbols_read(f, &t);
	if (err)
		return err;
	for (i = 0; i < t.symbols.n; i++) {
		const struct symbol *s = &t.symbols.at[i];

		if (s->name + strlen(symtab_name(&t, s)) >= t.names.len)
			abort();
		if (symtab_find(&t, s->addr, &cursor) != s)
			abort();
	}
	err = (int)t.symbols.n;
	symtab_done(&t);
	return err;
}

/* A file has what was read of it. */
static int look_and_compare(struct elf_file *f)
{
	struct elf_trace trace, again;
	struct digest_key key;
	int result;

	if (digest_key_init(&key))
		abort();
	elf_trace_init(&trace, &key, f);
	elf_trace_init(&again, &key, f);
	f->trace = &trace;
	result = look_at(f);
	f->trace = NULL;
	if (!trace.broken && (!elf_trace_begins(&trace, &again) || !elf_trace_matches(&trace, f)))
		abort();
	elf_trace_done(&trace);
	elf_trace_done(&again);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int from_file = 0, from_memory = 0;
	struct elf_file f;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	if (!elf_file_init(&f, fd)) {
		from_file = look_and_compare(&f);
		elf_file_done(&f);
	}
	close(fd);
	if (!elf_file_init_memory(&f, bytes, size)) {
		from_memory = look_at(&f);
		elf_file_done(&f);
	}
	if (from_file > 0 && from_memory > 0 && from_file != from_memory)
		abort();
	return 0;
}
