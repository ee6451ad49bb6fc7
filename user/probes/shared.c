// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "util/mem.h"

#define PREFIX "hp_"

static int create(const struct bpf_map *map, int inner)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = bpf_map__map_flags(map),
		    .map_extra = bpf_map__map_extra(map), .numa_node = bpf_map__numa_node(map));

	if (inner >= 0)
		options.inner_map_fd = (uint32_t)inner;
	return bpf_map_create(bpf_map__type(map), bpf_map__name(map), bpf_map__key_size(map),
			      bpf_map__value_size(map), bpf_map__max_entries(map), &options);
}

/* What a map of maps holds is made after a model, which is not needed any more then. */
static int create_whole(struct bpf_map *map)
{
	const struct bpf_map *model = bpf_map__inner_map(map);
	int inner = -1, fd;

	if (model) {
		inner = create(model, -1);
		if (inner < 0)
			return inner;
	}
	fd = create(map, inner);
	if (inner >= 0)
		close(inner);
	return fd;
}

static const struct shared_map *find(const struct shared_maps *maps, const char *name)
{
	const struct shared_map *known;

	vec_each(known, &maps->list)
		if (!strcmp(known->name, name))
			return known;
	return NULL;
}

static int give(struct shared_maps *maps, struct bpf_map *map, uint32_t ring_bytes)
{
	const struct shared_map *known = find(maps, bpf_map__name(map));
	struct shared_map made = {0};
	int err;

	if (known)
		return bpf_map__reuse_fd(map, known->fd);
	if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF) {
		err = bpf_map__set_max_entries(map, ring_bytes);
		if (err)
			return err;
	}
	made.fd = create_whole(map);
	if (made.fd < 0)
		return made.fd;
	made.name = mem_strdup(bpf_map__name(map)); /* libbpf's goes with the next call */
	vec_push(&maps->list, made);
	return bpf_map__reuse_fd(map, made.fd);
}

int shared_maps_give(struct shared_maps *maps, struct bpf_object *object, uint32_t ring_bytes)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		int err = 0;

		if (!strncmp(bpf_map__name(map), PREFIX, strlen(PREFIX)))
			err = give(maps, map, ring_bytes);
		if (err)
			return err;
	}
	return 0;
}

void shared_maps_done(struct shared_maps *maps)
{
	struct shared_map *map;

	vec_each(map, &maps->list) {
		free(map->name);
		close(map->fd);
	}
	vec_done(&maps->list);
}
