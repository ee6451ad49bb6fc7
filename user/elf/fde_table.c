// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/fde_table.h"

#include <errno.h>
#include <string.h>

#include "elf/file.h"
#include "elf/section.h"

/* version, encodings of the pointer, the count and the table; the pointer; the count */
#define HEADER_BYTES 12
#define ENTRY_BYTES  8 /* function and FDE, both relative to the section */
static const unsigned char usual_header[] = {1, 0x1b, 0x03, 0x3b};

int fde_table_init(struct fde_table *t, const struct elf_file *f)
{
	struct fde_table new = {0};
	GElf_Shdr header;
	int err;

	if (!section_find(f, ".eh_frame_hdr", &header))
		return -ENODATA;
	err = section_read(f, ".eh_frame_hdr", FDE_TABLE_MAX_BYTES, &new.bytes);
	if (!err && (new.bytes.len < HEADER_BYTES ||
		     memcmp(new.bytes.data, usual_header, sizeof(usual_header))))
		err = -EOPNOTSUPP;
	if (!err) {
		memcpy(&new.n, new.bytes.data + HEADER_BYTES - 4, 4);
		if (new.n > (new.bytes.len - HEADER_BYTES) / ENTRY_BYTES)
			err = -EBADMSG;
	}
	if (err) {
		buf_done(&new.bytes);
		return err;
	}
	new.vaddr = header.sh_addr;
	*t = new;
	return 0;
}

void fde_table_done(struct fde_table *t)
{
	buf_done(&t->bytes);
	*t = (struct fde_table){0};
}

/* part 0: the function, 1: its FDE */
static uint64_t entry_at(const struct fde_table *t, uint32_t i, unsigned int part)
{
	int32_t relative;

	memcpy(&relative, t->bytes.data + HEADER_BYTES + (size_t)i * ENTRY_BYTES + part * 4, 4);
	return t->vaddr + (uint64_t)(int64_t)relative;
}

/* "length, CIE, function relative to here, its size": 0 when it is not written like that. */
static uint64_t size_of(const struct elf_file *f, uint64_t fde, uint64_t function)
{
	const struct elf_segment *s;
	uint32_t words[4];

	vec_each(s, &f->segments) {
		if (fde < s->vaddr || fde - s->vaddr >= s->filesz)
			continue;
		if (elf_file_read(f, s->offset + (fde - s->vaddr), words, sizeof(words)))
			return 0;
		return fde + 8 + (uint64_t)(int64_t)(int32_t)words[2] == function ? words[3] : 0;
	}
	return 0;
}

bool fde_table_find(const struct fde_table *t, const struct elf_file *f, uint64_t address,
		    uint64_t *ret_start, uint64_t *ret_end)
{
	uint32_t low = 0, high = t->n;
	uint64_t start, size;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (entry_at(t, middle, 0) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	start = entry_at(t, low - 1, 0);
	size = size_of(f, entry_at(t, low - 1, 1), start);
	if (address < start || address - start >= size)
		return false;
	*ret_start = start;
	*ret_end = start + size;
	return true;
}
