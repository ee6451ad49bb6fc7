/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_FAILURES_H
#define HOSTPROF_CAPTURE_FAILURES_H
/*
 * What could not run, in words: what was tried, on what, why it failed, what to do. Logged, one
 * line for all probes with the same trouble, and kept with each kind that has no probe left.
 */
#include <stdint.h>

struct places;
struct probe_failures;
struct probes;
struct recording;
struct symbolizer;

/* `kinds`: the bits of those that were asked for. */
void failures_say(const struct probe_failures *failures, const struct probes *probes,
		  uint32_t kinds, struct recording *recording);
/* Says so when nothing was in the containers that were asked for: a name may be misspelt. */
void failures_say_unmatched(const struct places *places);
/* The same for the name of processes that were asked for; NULL: none was. */
void failures_say_unnamed(const struct recording *recording, const char *comm);
/* Files that are broken, or made to break us, are no reason to fail, but one to say so. */
void failures_say_unread(const struct symbolizer *symbolizer);

#endif
