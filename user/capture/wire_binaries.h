/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_WIRE_BINARIES_H
#define HOSTPROF_CAPTURE_WIRE_BINARIES_H
/*
 * The binaries by the numbers that frames on the wire have for them. Each crosses the ring before
 * its number is used; it is opened the moment it comes, while a process has it mapped, and handed
 * to the feeder for its unwind table.
 */
#include <stddef.h>
#include <stdint.h>
#include "hostprof/event.h"

struct binaries;
struct feeder;

struct wire_binaries {
	struct binaries *binaries;	   /* borrowed */
	struct feeder *feeder;		   /* borrowed; NULL: none */
	uint32_t index[HP_SPACE_LAST + 1]; /* in binaries, by number; BINARY_NONE: not come */
};

void wire_binaries_init(struct wire_binaries *wire, struct binaries *binaries);
void wire_binaries_add(struct wire_binaries *wire, const struct hp_binary *record, size_t size);

#endif
