/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_FILE_H
#define HOSTPROF_UTIL_FILE_H
/*
 * Files that appear whole or not at all: written without a name (O_TMPFILE), linked into their
 * folder at the end. If we are killed in between nothing is left behind. Where the file system
 * has no O_TMPFILE a hidden temporary name is used.
 */
#include <stdio.h>

struct file_new {
	FILE *stream;	  /* write here */
	int dir_fd;	  /* borrowed */
	const char *name; /* borrowed */
	char *temporary;  /* a name to remove, or NULL */
};

/* Starts `name` in the folder (AT_FDCWD with a plain or full path works as well). 0 or -errno. */
int file_create(struct file_new *file, int dir_fd, const char *name);
/* Gives it its name, replacing what had it. 0, or -errno (-ENOSPC ...): then nothing appeared. */
int file_commit(struct file_new *file);
void file_abandon(struct file_new *file);

/* As many descriptors as the hard limit allows. */
void file_limit_raise(void);
/* The highest descriptor to be kept open for long: some are left for everybody else. */
int file_limit_kept(void);

#endif
