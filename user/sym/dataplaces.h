/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_DATAPLACES_H
#define HOSTPROF_SYM_DATAPLACES_H
/*
 * What data is called that lies at an address of a process: by the variable it is in, or is a part
 * of ("queue_lock", "pool+0x18"), else by the file that is mapped there, which includes the zeroed
 * memory behind it ("libfoo.so+0x4100"), else by the sort of memory ("heap 0x7f12...", "shared
 * 0x7f13...").
 *
 * In two steps: where it lies is looked up at once, since the process may be gone later, and the
 * file is kept open; its symbols are read when a name is asked for. One thread. Bounded, in number
 * and in the time that is spent on /proc; beyond, names are addresses.
 */
#include <stdint.h>
#include <sys/types.h>
#include "util/buf.h"

struct dataplaces;

#define DATAPLACES_MAX	     32768
#define DATAPLACES_MAX_FILES 512
#define DATAPLACES_MAX_NS    1000000000ull /* for looking up, of one recording */

/* Whose memory: that of before an exec has nothing of what is there after it. */
struct dataplaces_program {
	pid_t tgid;
	uint32_t exec;	/* another number for each program that the process is */
	uint64_t start; /* when the process started */
};

struct dataplaces *dataplaces_new(void);
void dataplaces_free(struct dataplaces *d);

/*
 * A number for dataplaces_name(). UINT32_MAX, which has a name, too: there is no room, or it is to
 * be asked for again at the next sight, since its memory was read a moment ago, before it had that.
 */
uint32_t dataplaces_see(struct dataplaces *d, const struct dataplaces_program *program,
			uint64_t address);
/* The name of what is at `address`, which is in the same object as what was seen; at the end of
 * `out`. */
void dataplaces_name(struct dataplaces *d, uint32_t place, uint64_t address, struct buf *out);

#endif
