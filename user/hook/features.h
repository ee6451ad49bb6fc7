/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_FEATURES_H
#define HOSTPROF_HOOK_FEATURES_H
/*
 * What this kernel and these privileges allow, as data. Each feature is tried rather than derived
 * from a version number: a map is created, a program loaded, an event opened, a file read; all is
 * closed again at once and nothing is attached. `hostprof doctor` shows the list.
 *
 * The owner of a struct features calls features_done(). The whole takes some tens of milliseconds,
 * most of them for reading the kernel's BTF.
 */
#include <stdbool.h>
#include "util/vec.h"

enum feature_state {
	FEATURE_OK,
	FEATURE_MISSING, /* the kernel, the machine or its settings do not have it */
	FEATURE_DENIED,	 /* it may be there, but these privileges do not reach it */
	FEATURE_UNKNOWN, /* could not be told, and `detail` says why */
};

struct feature {
	const char *name;	/* "bpf-ringbuf": stable, for scripts; static */
	const char *needed_for; /* static */
	bool optional;		/* without it nothing is lost but comfort or precision */
	enum feature_state state;
	char *detail; /* what was found; never NULL; owned */
	char *remedy; /* NULL when ok, or when there is none; owned */
};

struct features {
	VEC(struct feature) list;
};

void features_probe(struct features *ret_features);
void features_done(struct features *features);

const struct feature *features_find(const struct features *features, const char *name);
const char *feature_state_name(enum feature_state state); /* "ok", "missing", ... */

#endif
