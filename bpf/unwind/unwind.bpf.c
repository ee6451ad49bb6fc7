// SPDX-License-Identifier: GPL-2.0-or-later
/* The unwinder's global functions: see unwind.h. The logic is in headers that the host tests
 * compile too. */
#include "lib/hp.bpf.h"
#include "unwind/hash.bpf.h"
#include "unwind/step.bpf.h"
#include "unwind/unwind.h"

int hp_unwind_user(struct hp_walk *walk)
{
	if (!walk)
		return -1;
	hp_walk_user(walk);
	return 0;
}

int hp_hash_stack(struct hp_walk *walk)
{
	if (!walk)
		return -1;
	hp_hash_frames(walk);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
