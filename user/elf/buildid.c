// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/buildid.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "elf/file.h"

#define MAX_BLOCKS 64 /* of notes tried in one file; real ones have two or three */

static void format(const unsigned char *bytes, size_t n, struct buildid *ret_id)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		ret_id->text[2 * i] = digits[bytes[i] >> 4];
		ret_id->text[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret_id->text[2 * n] = '\0';
}

int buildid_find(const void *notes, size_t size, size_t align, struct buildid *ret_id)
{
	const unsigned char *at = notes;
	size_t left = size;

	if (align != 8)
		align = 4;
	while (left >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note; /* the same in both classes */
		uint64_t desc, end;

		memcpy(&note, at, sizeof(note));
		desc = (sizeof(note) + (uint64_t)note.n_namesz + align - 1) & ~(align - 1);
		end = desc + note.n_descsz;
		if (end > left)
			break;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    !memcmp(at + sizeof(note), "GNU", sizeof("GNU")) && note.n_descsz &&
		    note.n_descsz <= BUILDID_MAX_BYTES) {
			format(at + desc, note.n_descsz, ret_id);
			return 0;
		}
		end = (end + align - 1) & ~(uint64_t)(align - 1);
		if (end > left)
			break;
		at += end;
		left -= end;
	}
	return -ENODATA;
}

static int find_at(const struct elf_file *f, uint64_t offset, uint64_t size, uint64_t align,
		   struct buildid *ret_id)
{
	unsigned char *notes;
	int err;

	if (size > BUILDID_MAX_NOTES)
		size = BUILDID_MAX_NOTES;
	notes = mem_alloc(size);
	err = elf_file_read(f, offset, notes, size);
	if (!err)
		err = buildid_find(notes, size, align, ret_id);
	free(notes);
	return err;
}

int buildid_read(const struct elf_file *f, struct buildid *ret_id)
{
	Elf_Scn *scn = NULL;
	size_t n = 0, i, blocks = 0;

	elf_getphdrnum(f->elf, &n);
	for (i = 0; i < n && blocks < MAX_BLOCKS; i++) {
		GElf_Phdr ph;

		if (gelf_getphdr(f->elf, (int)i, &ph) && ph.p_type == PT_NOTE && ++blocks &&
		    !find_at(f, ph.p_offset, ph.p_filesz, ph.p_align, ret_id))
			return 0;
	}
	while (blocks < MAX_BLOCKS && (scn = elf_nextscn(f->elf, scn))) {
		GElf_Shdr sh;

		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_NOTE && ++blocks &&
		    !find_at(f, sh.sh_offset, sh.sh_size, sh.sh_addralign, ret_id))
			return 0;
	}
	return -ENODATA;
}
