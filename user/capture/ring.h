/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_RING_H
#define HOSTPROF_CAPTURE_RING_H
/*
 * The ring buffer that all probes write to, read into a struct decode. Also empties the kernel
 * side's table of the stacks it has sent, before that is full.
 */

struct decode;
struct probes;
struct ring;

/* Once the probes are loaded; borrows both. 0 or -errno. */
int ring_new(const struct probes *probes, struct decode *decode, struct ring **ret_ring);
void ring_free(struct ring *ring);

int ring_fd(const struct ring *ring); /* readable when the ring fills up; the ring's */
/* Takes what is there. */
void ring_take(struct ring *ring);
/* The same for a struct ring, and what is done now and then. As the loop calls it. */
void ring_read(void *ring);

#endif
