/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_DOWNLOADS_H
#define HOSTPROF_CAPTURE_DOWNLOADS_H
/*
 * What became of the debug files that a recording asked servers for: into the recording, and into
 * the log if something was wrong.
 */
struct recording;
struct symbolizer;

void downloads_take(const struct symbolizer *symbolizer, struct recording *r);

#endif
