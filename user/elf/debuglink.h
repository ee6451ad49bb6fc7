/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_DEBUGLINK_H
#define HOSTPROF_ELF_DEBUGLINK_H
/*
 * What an ELF file says about where the rest of its debugging information is: in a file of its
 * own (.gnu_debuglink), in one shared by several (.gnu_debugaltlink, made by dwz), or packed into
 * itself (.gnu_debugdata, "MiniDebugInfo": an xz-compressed ELF file with more symbols).
 *
 * Names come from the file: they are bytes that somebody chose.
 */
#include <stdbool.h>
#include <stdint.h>
#include "elf/buildid.h"
#include "util/buf.h"

#define DEBUGLINK_MAX_NAME 4096
#define DEBUGLINK_MAX_FILE (2ull << 30) /* of one whose checksum is computed */
#define DEBUGDATA_MAX_IN   (64u << 20)
#define DEBUGDATA_MAX_OUT  (128u << 20)
#define DEBUGDATA_MAX_XZ   (96u << 20) /* memory of the decompressor */

struct elf_file;

struct debuglink {
	char name[256]; /* without a slash */
	uint32_t crc;
};

struct debugaltlink {
	char name[DEBUGLINK_MAX_NAME]; /* a path, perhaps relative to the file that has the link */
	struct buildid id;
};

/* All: 0; -ENODATA: none; -EBADMSG: malformed; -EFBIG: past a limit; -errno. */
int debuglink_read(const struct elf_file *f, struct debuglink *ret_link);
int debugaltlink_read(const struct elf_file *f, struct debugaltlink *ret_link);
int debuglink_crc(int fd, uint32_t *ret_crc); /* of the whole file */
int debugdata_read(const struct elf_file *f, struct buf *ret_image);

/* Does this file itself hold DWARF? */
bool debug_present(const struct elf_file *f);

#endif
