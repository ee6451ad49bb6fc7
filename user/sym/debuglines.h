/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_DEBUGLINES_H
#define HOSTPROF_SYM_DEBUGLINES_H
/*
 * Source lines of the places of one binary: elf/lines in a process of its own, within limits of
 * time, memory and output, and within a time that all files of a recording share.
 */
#include "elf/lines.h"

#define DEBUGLINES_FILE_NS    (10ull * 1000000000) /* for one file */
#define DEBUGLINES_ALL_NS     (60ull * 1000000000) /* for all of them */
#define DEBUGLINES_MAX_MEMORY (1ull << 30)
#define DEBUGLINES_MAX_OUTPUT (256ull << 20)

#define DEBUGLINES_MAX_SPLITS (4ull << 30) /* bytes of all files of split DWARF of one binary */

struct binary;
struct place;

/*
 * *left_ns is what is left for all files: DEBUGLINES_ALL_NS at first. The spans of *ret_lines are
 * those of the places. 0; or -ETIME, -ECANCELED, -errno, and then *ret_lines has what was found
 * until then. The caller ends it in any case.
 */
int debuglines_read(int fd, int alt_fd, const struct place *places, size_t n, uint64_t *left_ns,
		    struct lines *ret_lines);

/*
 * Once more with the files that *lines says are missing, if any of them is there, in the file tree
 * of the process that ran the binary or in ours: *lines is then what came of that. 0, also when
 * there was nothing to do; else as above, and *lines is what it was.
 */
int debuglines_read_split(const struct binary *binary, int fd, int alt_fd,
			  const struct place *places, size_t n, uint64_t *left_ns,
			  struct lines *lines);

#endif
