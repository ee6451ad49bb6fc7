// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/vdso.h"

#include <stdlib.h>
#include <string.h>

#include "elf/symbols.h"
#include "elf/vdso_image.h"
#include "util/mem.h"

int vdso_init(struct vdso *v)
{
	const void *image;
	size_t size;
	int err;

	*v = (struct vdso){.file.fd = -1};
	err = vdso_image(&image, &size);
	if (err)
		return err;
	v->image = mem_alloc(size);
	memcpy(v->image, image, size);
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
