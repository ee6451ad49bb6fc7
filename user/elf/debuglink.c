// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/debuglink.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "elf/section.h"

#define CHUNK (256u << 10)

int debuglink_read(const struct elf_file *f, struct debuglink *ret_link)
{
	struct buf bytes = {0};
	size_t n, crc_at;
	int err;

	err = section_read(f, ".gnu_debuglink", DEBUGLINK_MAX_NAME, &bytes);
	if (err)
		goto out;
	n = strlen(bytes.data);
	crc_at = (n + 4) & ~(size_t)3;
	err = -EBADMSG;
	if (!n || n >= sizeof(ret_link->name) || crc_at + 4 > bytes.len ||
	    strchr(bytes.data, '/') || !strcmp(bytes.data, ".") || !strcmp(bytes.data, ".."))
		goto out;
	memcpy(ret_link->name, bytes.data, n + 1);
	memcpy(&ret_link->crc, bytes.data + crc_at, 4);
	err = 0;
out:
	buf_done(&bytes);
	return err;
}

int debugaltlink_read(const struct elf_file *f, struct debugaltlink *ret_link)
{
	static const char digits[] = "0123456789abcdef";
	struct buf bytes = {0};
	size_t n, i, id_n;
	int err;

	err = section_read(f, ".gnu_debugaltlink", DEBUGLINK_MAX_NAME, &bytes);
	if (err)
		goto out;
	n = strlen(bytes.data);
	err = -EBADMSG;
	if (!n || n + 1 >= bytes.len || bytes.len - n - 1 > BUILDID_MAX_BYTES)
		goto out;
	id_n = bytes.len - n - 1;
	memcpy(ret_link->name, bytes.data, n + 1);
	for (i = 0; i < id_n; i++) {
		unsigned char byte = (unsigned char)bytes.data[n + 1 + i];

		ret_link->id.text[2 * i] = digits[byte >> 4];
		ret_link->id.text[2 * i + 1] = digits[byte & 15];
	}
	ret_link->id.text[2 * id_n] = '\0';
	err = 0;
out:
	buf_done(&bytes);
	return err;
}

int debuglink_crc(int fd, uint32_t *ret_crc)
{
	unsigned char *chunk;
	uLong crc = crc32(0, NULL, 0);
	uint64_t at = 0;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return -errno;
	if ((uint64_t)st.st_size > DEBUGLINK_MAX_FILE)
		return -EFBIG;
	chunk = mem_alloc(CHUNK);
	/* One that grows while it is read is not followed. */
	while (at <= (uint64_t)st.st_size) {
		n = pread(fd, chunk, CHUNK, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		crc = crc32(crc, chunk, (uInt)n);
		at += (uint64_t)n;
	}
	free(chunk);
	if (at != (uint64_t)st.st_size)
		return -EBADMSG;
	*ret_crc = (uint32_t)crc;
	return 0;
}

static int unpack(const struct buf *packed, struct buf *image)
{
	lzma_stream xz = LZMA_STREAM_INIT;
	char *chunk = mem_alloc(CHUNK);
	lzma_ret ret;

	ret = lzma_stream_decoder(&xz, DEBUGDATA_MAX_XZ, 0);
	xz.next_in = (const uint8_t *)packed->data;
	xz.avail_in = packed->len;
	while (ret == LZMA_OK && image->len <= DEBUGDATA_MAX_OUT) {
		xz.next_out = (uint8_t *)chunk;
		xz.avail_out = CHUNK;
		ret = lzma_code(&xz, LZMA_FINISH);
		buf_add(image, chunk, CHUNK - xz.avail_out);
	}
	lzma_end(&xz);
	free(chunk);
	if (ret == LZMA_OK || ret == LZMA_MEMLIMIT_ERROR)
		return -EFBIG;
	return ret == LZMA_STREAM_END ? 0 : -EBADMSG;
}

int debugdata_read(const struct elf_file *f, struct buf *ret_image)
{
	struct buf packed = {0}, image = {0};
	int err = section_read(f, ".gnu_debugdata", DEBUGDATA_MAX_IN, &packed);

	if (!err)
		err = unpack(&packed, &image);
	buf_done(&packed);
	if (err)
		buf_done(&image);
	else
		*ret_image = image;
	return err;
}

bool debug_present(const struct elf_file *f)
{
	static const char *const names[] = {".debug_info", ".zdebug_info", ".debug_line"};
	GElf_Shdr header;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (section_find(f, names[i], &header) && header.sh_type != SHT_NOBITS)
			return true;
	return false;
}
