// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/vdso.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "elf/symbols.h"
#include "util/buf.h"
#include "util/mem.h"
#include "util/procfs.h"

#define MAX_MAPS (16u << 20)

/* The auxiliary vector has the start only; the section headers lie behind the segments. */
static int find_size(unsigned long start, size_t *ret_size)
{
	struct buf maps = {0};
	char range[32];
	const char *line;
	unsigned long end;
	int err;

	err = procfs_read("/proc/self/maps", &maps, MAX_MAPS);
	if (err)
		goto out;
	err = -ENOENT;
	snprintf(range, sizeof(range), "%lx-", start);
	line = strstr(buf_str(&maps), range);
	if (!line)
		goto out;
	end = strtoul(line + strlen(range), NULL, 16);
	if (end <= start || end - start > VDSO_MAX_BYTES)
		goto out;
	*ret_size = end - start;
	err = 0;
out:
	buf_done(&maps);
	return err;
}

int vdso_init(struct vdso *v)
{
	unsigned long start = getauxval(AT_SYSINFO_EHDR);
	size_t size;
	int err;

	*v = (struct vdso){.file.fd = -1};
	if (!start)
		return -ENOENT;
	err = find_size(start, &size);
	if (err)
		return err;
	v->image = mem_alloc(size);
	memcpy(v->image, (const void *)start, size);
	err = elf_file_init_memory(&v->file, v->image, size);
	if (!err)
		err = symbols_read(&v->file, &v->symbols);
	if (err)
		vdso_done(v);
	return err;
}

void vdso_done(struct vdso *v)
{
	symtab_done(&v->symbols);
	elf_file_done(&v->file);
	free(v->image);
	*v = (struct vdso){.file.fd = -1};
}
