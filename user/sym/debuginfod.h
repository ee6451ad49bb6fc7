/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_DEBUGINFOD_H
#define HOSTPROF_SYM_DEBUGINFOD_H
/*
 * Debug files from the servers that $DEBUGINFOD_URLS names, asked by build id: the only thing
 * that makes connections, and only when the user has asked for it. elfutils' libdebuginfod does
 * it, in a process of its own with limits of time and size; it is looked for at run time, so that
 * a host without it works. It keeps what it has fetched in its own cache, as for other tools.
 */
#include <stddef.h>
#include <stdint.h>
#include "elf/buildid.h"
#include "util/vec.h"

#define DEBUGINFOD_FILE_NS  (30ull * 1000000000)  /* for one file */
#define DEBUGINFOD_ALL_NS   (120ull * 1000000000) /* for all of them */
#define DEBUGINFOD_MAX_FILE (2ull << 30)	  /* bytes */
#define DEBUGINFOD_URLS	    "DEBUGINFOD_URLS"	  /* where the servers are named */

struct debuginfod_known {
	struct buildid id;
	char *path; /* of the file; NULL: there is none */
};

struct debuginfod {
	VEC(struct debuginfod_known) known; /* each build is asked for once */
	uint64_t left_ns;
	uint64_t asked, fetched, cached, absent; /* files; absent: the servers have none */
	uint64_t bytes;				 /* of those fetched */
	int err; /* why the rest is not asked for, a negative errno; 0: nothing is wrong */
};

void debuginfod_init(struct debuginfod *d);
void debuginfod_done(struct debuginfod *d);

/*
 * A descriptor of what may be the debug file of this build, which the caller checks and closes.
 * -ENOENT: there is none; another -errno: it cannot be had, and then no more are asked for:
 * -ENOSYS: the library is not installed; -EDESTADDRREQ: no server is named; -ETIME: took too long;
 * -ECONNREFUSED, -EHOSTUNREACH: no server answers.
 */
int debuginfod_fetch(struct debuginfod *d, const struct buildid *id);

#endif
