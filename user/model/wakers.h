/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_WAKERS_H
#define HOSTPROF_MODEL_WAKERS_H
/*
 * A profile of waits seen from those who ended them: values as they are, but each sample stands
 * with the waker's name (label comm) and its stack (from the label waker_stack, "root;...;leaf").
 * Who waited is in the label `woken`. A waker or a stack that is not known has a name that says
 * so, so that sums stay.
 */
struct profile;

struct profile *wakers_profile(const struct profile *p);

#endif
