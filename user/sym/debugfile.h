/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_DEBUGFILE_H
#define HOSTPROF_SYM_DEBUGFILE_H
/*
 * Where the debugging information of a stripped binary was installed: by its build id below
 * /usr/lib/debug/.build-id, or by the name in its .gnu_debuglink, next to it, in .debug/ next to
 * it, or below /usr/lib/debug. Looked for in the file tree of the process that ran it, as long as
 * that still shows this very binary under its path, and then in ours. Nothing is fetched.
 *
 * A file is taken only when its build id is the binary's; where one of the two has none, when it
 * has the checksum that the link demands.
 */
#include <stdbool.h>
#include <sys/types.h>
#include "elf/buildid.h"
#include "elf/debuglink.h"

struct binary;
struct elf_file;

enum debugfile_where {
	DEBUGFILE_ANYWHERE,
	/* In the process's own tree, and in no time: what a checksum decides is taken unseen, and
	 * debugfile_fits() is to be asked before it is used. */
	DEBUGFILE_INSIDE,
};

/* A descriptor of the debug file, which the caller closes, or -errno. */
int debugfile_open(const struct binary *binary, const struct elf_file *f, const struct buildid *id,
		   enum debugfile_where where);
bool debugfile_fits(int fd, const struct binary *binary, const struct elf_file *f,
		    const struct buildid *id);
/* The same of the file that `link` (from the file open as debug_fd) points to. */
int debugfile_open_alt(const struct binary *binary, int debug_fd, const struct debugaltlink *link,
		       enum debugfile_where where);

/* A file by its absolute path, wherever the binary's own tree or ours has it. Nobody checked it. */
int debugfile_open_path(const struct binary *binary, const char *path);

#endif
