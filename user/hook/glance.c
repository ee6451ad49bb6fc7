// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/glance.h"

#include <string.h>

#include "elf/file.h"
#include "elf/names.h"
#include "elf/section.h"
#include "hook/allocator.h"

struct looking {
	const char *const *names;
	bool seen[2];
};

static int note_name(void *arg, const char *name, uint64_t address, uint64_t size)
{
	struct looking *looking = arg;

	(void)address;
	(void)size;
	for (int i = 0; i < 2; i++)
		looking->seen[i] |= !strcmp(name, looking->names[i]);
	return 0;
}

int glance_at(int fd, const char *const names[2], struct allocator *found,
	      struct glance *ret_glance)
{
	struct looking looking = {.names = names};
	struct elf_file elf;
	struct buf path = {0};
	int err = elf_file_init(&elf, fd);

	if (err)
		return err;
	if (!section_read(&elf, ".interp", sizeof(found->interpreter) - 1, &path))
		memcpy(found->interpreter, path.data, path.len);
	found->is_go =
		section_find(&elf, ".go.buildinfo", NULL) || section_find(&elf, ".gopclntab", NULL);
	err = names_each(&elf, note_name, &looking);
	*ret_glance = (struct glance){.both = looking.seen[0] && looking.seen[1],
				      .packed = section_find(&elf, ".gnu_debugdata", NULL)};
	buf_done(&path);
	elf_file_done(&elf);
	return err;
}
