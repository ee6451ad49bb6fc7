/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_CAPS_H
#define HOSTPROF_UTIL_CAPS_H
/*
 * What a process may do beyond its files: its effective capabilities, a bit each by the numbers of
 * <linux/capability.h>. Whether they count for the host hangs on its user namespace, which is not
 * looked at here.
 */
#include <stdbool.h>
#include <stdint.h>

/* Our own; none if the kernel does not say. */
uint64_t caps_read(void);

/* Is it among them, or one that includes it? */
bool caps_have(uint64_t caps, int cap);

#endif
