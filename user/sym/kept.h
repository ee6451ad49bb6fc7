/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_KEPT_H
#define HOSTPROF_SYM_KEPT_H
/*
 * The debug files of a binary in a file tree that is not ours, a container's: it can be gone when
 * the names are looked up, so they are opened on the binary's first sight and stay open. Nothing
 * is read of them until then but what says whose they are.
 *
 * Split DWARF (.dwo) is not kept: which files these are is known only when the rest was read.
 */
#include "elf/buildid.h"

struct binary;
struct elf_file;

#define KEPT_MAX 4096 /* binaries of one recording that are looked at; see struct binaries */

struct kept {
	int fd;	    /* the debug file; -1: the DWARF is in the binary, or there is none */
	int alt_fd; /* what that shares with other files, or -1 */
};

/* The binary is open, and its process alive. NULL: there is nothing to be kept. */
struct kept *kept_new(const struct binary *binary);
void kept_free(struct kept *k);

/* A descriptor of the debug file that the caller closes, or -errno: there is none, or it does not
 * fit. The other one: the same. */
int kept_open(const struct binary *binary, const struct elf_file *f, const struct buildid *id);
int kept_open_alt(const struct binary *binary);

#endif
