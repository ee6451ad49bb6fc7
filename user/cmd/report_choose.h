/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_REPORT_CHOOSE_H
#define HOSTPROF_CMD_REPORT_CHOOSE_H
/*
 * What of a profile is shown: which samples, and which of its values. What goes wrong is said here.
 *
 * Waiting for work (a poll, a timer, an event) is most of what a host does, and no trouble. In what
 * people read it is left out of a profile of waits unless asked for, and a note says how much that
 * was; files for programs hold everything.
 */
#include <stdint.h>
#include "model/filter.h"
#include "util/buf.h"

struct out_format;
struct profile;

enum report_waits { REPORT_WAITS_ALL, REPORT_WAITS_BUSY, REPORT_WAITS_IDLE };
#define REPORT_WAITS_WORDS   "all|busy|idle"
#define REPORT_WAITS_DEFAULT (-1u)

struct report_choice {
	struct filter filter; /* reasons: those asked for by name */
	unsigned int waits;   /* enum report_waits, or REPORT_WAITS_DEFAULT */
	bool for_people;      /* the format is one that people read */
	bool wakers;	      /* stacks are those of wakers */
	bool locks;	   /* rows are locks, where samples know theirs: these tell waits apart */
	const char *value; /* NULL: the format's default */
};

/*
 * Replaces *p by what is chosen of it. 0 or -errno. `path` is for messages; `note` gets a line
 * about waits that were left out, or nothing.
 */
int report_choose(const struct report_choice *choice, const char *path, struct profile **p,
		  struct buf *note);
int report_choose_value(const struct report_choice *choice, const struct out_format *format,
			const struct profile *p, const char *path, uint32_t *ret_value);

#endif
