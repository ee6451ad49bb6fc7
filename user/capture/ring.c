// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/ring.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "capture/decode.h"
#include "probes/probes.h"
#include "util/mem.h"

#define SEEN_EMPTY_AFTER 49152 /* of hp_seen's 65536: stacks received until it is emptied */

struct ring {
	struct ring_buffer *buffer;
	struct decode *decode;
	int seen;		  /* the map */
	uint64_t seen_emptied_at; /* stacks received then */
};

static int on_record(void *arg, void *record, size_t size)
{
	decode_record(arg, record, size);
	return 0;
}

int ring_new(const struct probes *probes, struct decode *decode, struct ring **ret_ring)
{
	struct ring_buffer *buffer =
		ring_buffer__new(probes_map(probes, "hp_events"), on_record, decode, NULL);
	struct ring *ring;

	if (!buffer)
		return -errno;
	ring = mem_zalloc(sizeof(*ring));
	ring->buffer = buffer;
	ring->decode = decode;
	ring->seen = probes_map(probes, "hp_seen");
	*ret_ring = ring;
	return 0;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	ring_buffer__free(ring->buffer);
	free(ring);
}

int ring_fd(const struct ring *ring)
{
	return ring_buffer__epoll_fd(ring->buffer);
}

/* Forgets which stacks were sent. They are sent again, and recognised: only bytes are lost. */
static void empty_seen(struct ring *ring)
{
	uint64_t key;

	while (!bpf_map_get_next_key(ring->seen, NULL, &key))
		if (bpf_map_delete_elem(ring->seen, &key))
			break;
	ring->seen_emptied_at = decode_traffic(ring->decode)->stacks;
}

void ring_take(struct ring *ring)
{
	ring_buffer__consume(ring->buffer);
}

void ring_read(void *arg)
{
	struct ring *ring = arg;

	ring_take(ring);
	decode_settle(ring->decode);
	if (decode_traffic(ring->decode)->stacks - ring->seen_emptied_at > SEEN_EMPTY_AFTER)
		empty_seen(ring);
}
