/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_RING_BPF_H
#define HP_RING_BPF_H
/*
 * Writing to hp_events. The reader comes by a timer; a record wakes it only when much is unread
 * (`wake` bytes), or when it must be read soon. BPF_RB_NO_WAKEUP and FORCE only, never 0: with the
 * default flag a wake-up an event costs more than half the throughput, and a mix can leave the
 * reader asleep for good.
 */
#include "lib/maps.bpf.h"

static __always_inline long hp_ring_write(void *record, __u64 size, __u64 flags)
{
	return bpf_ringbuf_output(&hp_events, record, size, flags);
}

static __always_inline __u64 hp_ring_flags(__u32 wake)
{
	return bpf_ringbuf_query(&hp_events, BPF_RB_AVAIL_DATA) >= wake ? BPF_RB_FORCE_WAKEUP
									: BPF_RB_NO_WAKEUP;
}

#endif
