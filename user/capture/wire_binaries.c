// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/wire_binaries.h"

#include "sym/binaries.h"
#include "unwind/feeder.h"
#include "util/buf.h"

void wire_binaries_init(struct wire_binaries *wire, struct binaries *binaries)
{
	wire->binaries = binaries;
	wire->feeder = NULL;
	for (uint32_t i = 0; i <= HP_SPACE_LAST; i++)
		wire->index[i] = BINARY_NONE;
}

/* The names stand leaf first, each with its NUL: "ls", "bin", "usr" is /usr/bin/ls. */
static void make_path(const struct hp_binary *record, size_t len, struct buf *path)
{
	size_t end = len;

	while (end) {
		size_t start = --end; /* on the NUL */

		while (start && record->path[start - 1])
			start--;
		buf_putc(path, '/');
		buf_add(path, record->path + start, end - start);
		end = start;
	}
}

static void feed(struct wire_binaries *wire, const struct hp_binary *record, uint32_t binary)
{
	int fd = binaries_at(wire->binaries, binary)->fd;

	if (wire->feeder && fd >= 0)
		feeder_add(wire->feeder, &(struct feeder_job){.fd = fd,
							      .space = record->id,
							      .key = &record->key,
							      .key_size = sizeof(record->key)});
}

void wire_binaries_add(struct wire_binaries *wire, const struct hp_binary *record, size_t size)
{
	struct buf path = {0};
	uint32_t binary;
	size_t len;

	if (size < offsetof(struct hp_binary, path) || record->id < HP_SPACE_FIRST ||
	    record->id > HP_SPACE_LAST)
		return;
	len = size - offsetof(struct hp_binary, path);
	if (len > record->path_len)
		len = record->path_len;
	if (len && !record->path[len - 1])
		make_path(record, len, &path);
	binary = binaries_add(wire->binaries, &(struct binary_seen){
						      .dev_major = record->key.dev >> 20,
						      .dev_minor = record->key.dev & 0xfffff,
						      .inode = record->key.inode,
						      .tgid = (pid_t)record->tgid,
						      .vm_start = record->vm_start,
						      .vm_end = record->vm_end,
						      .path = buf_str(&path),
					      });
	buf_done(&path);
	wire->index[record->id] = binary;
	feed(wire, record, binary);
}
