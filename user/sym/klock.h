/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_KLOCK_H
#define HOSTPROF_SYM_KLOCK_H
/*
 * What a lock of the kernel's is called: most of them lie in objects that were allocated and have
 * no name of their own, so a lock is known by the function that takes it.
 */
#include <stdbool.h>
#include <stdint.h>

struct profile;

/* Is it one of the functions that locks are made of: mutex_lock, _raw_spin_lock, down_read? */
bool klock_is_lock(const char *function);

/*
 * The function that took, or waits for, the lock at the leaf of a stack whose locations have their
 * names; NULL: there is none, or the leaf is no lock's function. Valid as long as the profile.
 */
const char *klock_taker(const struct profile *p, uint32_t stack);

#endif
