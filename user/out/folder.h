/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_FOLDER_H
#define HOSTPROF_OUT_FOLDER_H
/*
 * The folder of one recording. It is made when there is something to put in, not before, so an
 * interrupted recording leaves nothing. A folder that holds anything must be one of ours
 * (a summary.json of hostprof's), and then its files are replaced one by one.
 */
#include <stdio.h>
#include "util/buf.h"

#define FOLDER_SUMMARY "summary.json"
#define FOLDER_LEDGER  "ledger.json"
#define FOLDER_PAGE    "report.html"

struct folder {
	int fd;
	const char *path; /* borrowed */
};

/* Could a recording be written there? 0, or -errno with a line for people in `why`. */
int folder_check(const char *path, struct buf *why);
/* Makes it if need be. 0, or -errno with `why`. */
int folder_open(struct folder *folder, const char *path, struct buf *why);
/* Writes one file whole: write(arg, stream) returns 0 or -errno. 0, or -errno with `why`. */
int folder_write(struct folder *folder, const char *name, int (*write)(const void *arg, FILE *to),
		 const void *arg, struct buf *why);
void folder_remove(struct folder *folder, const char *name); /* of an earlier recording */
void folder_close(struct folder *folder);

#endif
