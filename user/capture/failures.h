/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_FAILURES_H
#define HOSTPROF_CAPTURE_FAILURES_H
/*
 * What could not run, in words: what was tried, on what, why it failed, what to do. Logged, one
 * line for all probes with the same trouble, and kept with each kind that has no probe left.
 */
struct probe_failures;
struct probes;
struct recording;

void failures_say(const struct probe_failures *failures, const struct probes *probes,
		  struct recording *recording);

#endif
