/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TEST_CFI_MAKER_H
#define TEST_CFI_MAKER_H
/*
 * Puts sections of call frame information together, entry by entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../oracle/image.h"
#include "elf/cfi.h"
#include "elf/file.h"
#include "util/buf.h"
#include "util/mem.h"

#define MADE_CODE IMAGE_TEXT

struct maker {
	struct buf bytes;
	size_t cie;	 /* where the last CIE starts */
	size_t length;	 /* where the open entry's length is */
	uint8_t pointer; /* encoding of addresses */
	bool debug, wide, augmented;
	uint8_t more[4]; /* instructions behind those that every CIE has */
	size_t n_more;
};

#define CODE(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})

static inline void make_word(struct maker *m, uint64_t word, size_t n)
{
	buf_add(&m->bytes, &word, n);
}

static inline void make_open(struct maker *m)
{
	if (m->wide)
		make_word(m, 0xffffffff, 4);
	m->length = m->bytes.len;
	make_word(m, 0, m->wide ? 8 : 4);
}

static inline void make_close(struct maker *m)
{
	uint64_t n = m->bytes.len - m->length - (m->wide ? 8 : 4);

	memcpy(m->bytes.data + m->length, &n, m->wide ? 8 : 4);
}

/* `data` is the augmentation's. Every CIE has code 1, data -8, CFA rsp + 8, rip at CFA - 8. */
static inline void make_cie(struct maker *m, const char *letters, const uint8_t *data, size_t n)
{
	static const uint8_t first[] = {0x0c, 7, 8, 0x90, 1};

	m->cie = m->bytes.len;
	m->augmented = letters[0] == 'z';
	make_open(m);
	make_word(m, m->debug ? ~0ull : 0, m->debug && m->wide ? 8 : 4);
	make_word(m, m->debug ? 4 : 1, 1);
	buf_add(&m->bytes, letters, strlen(letters) + 1);
	if (m->debug)
		make_word(m, 8, 2); /* sizes of an address and of a segment's number */
	make_word(m, 1, 1);
	make_word(m, 0x78, 1);
	make_word(m, CFI_X86_64_RA, 1);
	if (m->augmented)
		make_word(m, n, 1);
	if (n)
		buf_add(&m->bytes, data, n);
	buf_add(&m->bytes, first, sizeof(first));
	buf_add(&m->bytes, m->more, m->n_more);
	make_close(m);
}

static inline void make_pointer(struct maker *m, uint64_t value, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case 0x01: /* uleb128 and sleb128, in as many bytes as fit any value here */
	case 0x09:
		for (int i = 0; i < 9; i++, value >>= 7)
			make_word(m, (value & 0x7f) | 0x80, 1);
		make_word(m, value & 0x7f, 1);
		break;
	case 0x02:
	case 0x0a: make_word(m, value, 2); break;
	case 0x03:
	case 0x0b: make_word(m, value, 4); break;
	default: make_word(m, value, 8);
	}
}

static inline void make_fde(struct maker *m, uint64_t start, uint64_t size, const uint8_t *program,
			    size_t n)
{
	uint64_t base;

	make_open(m);
	if (m->debug)
		make_word(m, m->cie, m->wide ? 8 : 4);
	else
		make_word(m, m->bytes.len - m->cie, 4);
	base = (m->pointer & 0x70) == 0x10 ? IMAGE_CFI + m->bytes.len : 0;
	make_pointer(m, start - base, m->pointer);
	make_pointer(m, size, m->pointer);
	if (m->augmented)
		make_word(m, 0, 1);
	buf_add(&m->bytes, program, n);
	make_close(m);
}

/* Replaces what was made by its compressed form, said to be `size` bytes when inflated. */
static inline void make_compressed(struct maker *m, uint64_t size)
{
	Elf64_Chdr header = {.ch_type = ELFCOMPRESS_ZLIB, .ch_size = size, .ch_addralign = 1};
	uLongf n = compressBound(m->bytes.len);
	Bytef *packed = mem_alloc(n);
	struct buf plain = m->bytes;

	if (compress(packed, &n, (const Bytef *)plain.data, plain.len) != Z_OK)
		abort();
	m->bytes = (struct buf){0};
	buf_add(&m->bytes, &header, sizeof(header));
	buf_add(&m->bytes, packed, n);
	buf_done(&plain);
	free(packed);
}

/* cfi_read() of the image with what was made; the maker is empty afterwards. */
static inline int make_table(struct maker *m, uint64_t flags, struct cfi_table *ret_table)
{
	struct buf image = {0};
	struct elf_file f;
	int err;

	image_make(&image, m->debug ? ".debug_frame" : ".eh_frame", flags, m->bytes.data,
		   m->bytes.len);
	err = elf_file_init_memory(&f, image.data, image.len);
	if (!err) {
		err = cfi_read(&f, ret_table);
		elf_file_done(&f);
	}
	buf_done(&image);
	buf_done(&m->bytes);
	*m = (struct maker){0};
	return err;
}

/* The usual start: relative addresses of 4 bytes. */
static inline struct maker maker_of_gcc(void)
{
	struct maker m = {.pointer = 0x1b};

	make_cie(&m, "zR", CODE(0x1b));
	return m;
}

#endif
