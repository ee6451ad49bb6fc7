// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "elf/debuglink.h"
#include "elf/file.h"
#include "sym/binaries.h"
#include "sym/debugfile.h"
#include "util/mem.h"

static int open_alt(const struct binary *binary, const struct elf_file *f, int fd)
{
	struct debugaltlink *link = mem_alloc(sizeof(*link));
	int err = debugaltlink_read(f, link);
	int alt = err ? err : debugfile_open_alt(binary, fd, link, DEBUGFILE_INSIDE);

	free(link);
	return alt < 0 ? -1 : alt;
}

static void look(const struct binary *binary, const struct elf_file *f, struct kept *k)
{
	struct buildid id = {.text = ""};
	struct elf_file debug;

	if (debug_present(f)) {
		k->alt_fd = open_alt(binary, f, binary->fd);
		return;
	}
	buildid_read(f, &id);
	k->fd = debugfile_open(binary, f, &id, DEBUGFILE_INSIDE);
	if (k->fd < 0 || elf_file_init(&debug, k->fd))
		return;
	k->alt_fd = open_alt(binary, &debug, k->fd);
	elf_file_done(&debug);
}

struct kept *kept_new(const struct binary *binary)
{
	struct kept found = {-1, -1}, *k;
	struct elf_file f;

	if (elf_file_init(&f, binary->fd))
		return NULL;
	look(binary, &f, &found);
	elf_file_done(&f);
	if (found.fd < 0 && found.alt_fd < 0)
		return NULL;
	k = mem_alloc(sizeof(*k));
	*k = found;
	return k;
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	if (k->fd >= 0)
		close(k->fd);
	if (k->alt_fd >= 0)
		close(k->alt_fd);
	free(k);
}

static int copy(int fd)
{
	int new = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return new < 0 ? -errno : new;
}

int kept_open(const struct binary *binary, const struct elf_file *f, const struct buildid *id)
{
	if (!binary->kept || binary->kept->fd < 0 ||
	    !debugfile_fits(binary->kept->fd, binary, f, id))
		return -ENOENT;
	return copy(binary->kept->fd);
}

int kept_open_alt(const struct binary *binary)
{
	if (!binary->kept || binary->kept->alt_fd < 0)
		return -ENOENT;
	return copy(binary->kept->alt_fd);
}
