/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROBES_SHARED_H
#define HOSTPROF_PROBES_SHARED_H
/*
 * The maps that the probes share, by name: those that begin with "hp_". They are made before any
 * object is loaded, so that objects can be loaded at the same time, in any order.
 */
#include <stdint.h>
#include "util/vec.h"

struct bpf_object;

struct shared_map {
	char *name;
	int fd;
};
struct shared_maps {
	VEC(struct shared_map) list;
};

/* Gives an opened object the shared maps, and makes those that are new. 0 or -errno. */
int shared_maps_give(struct shared_maps *maps, struct bpf_object *object, uint32_t ring_bytes);
/* Objects keep descriptors of their own. */
void shared_maps_done(struct shared_maps *maps);

#endif
