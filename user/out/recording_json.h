/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_RECORDING_JSON_H
#define HOSTPROF_OUT_RECORDING_JSON_H
/* summary.json, schema 1: what a recording says of itself, for programs. */
#include <stdio.h>

struct recording;

/* 0 or -errno. `version` is hostprof's own. What is not known is "" or null. */
int recording_json_write(const struct recording *r, const char *version, FILE *to);

#endif
