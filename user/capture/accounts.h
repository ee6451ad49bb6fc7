/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_ACCOUNTS_H
#define HOSTPROF_CAPTURE_ACCOUNTS_H
/*
 * The books of one recording: what the kernel side counted in hp_stats, with what arrived here,
 * as the attempted / delivered / lost and complete / truncated numbers of each kind.
 */
#include <stdint.h>
#include "capture/decode.h"
#include "hostprof/event.h"
#include "model/recording.h"

/* Sums hp_stats of one kind over all CPUs. 0 or -errno. */
int accounts_read(int stats_map, uint32_t kind, struct hp_stats *ret_sum);
void accounts_fill(struct recording_kind *kind, const struct hp_stats *sum,
		   const struct decode_counts *counts);

#endif
