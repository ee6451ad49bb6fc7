/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_TRIM_H
#define HOSTPROF_CAPTURE_TRIM_H
/*
 * Kernel stacks that a program of ours took in the scheduler begin with our program and how it was
 * called, and with the scheduler itself. People want to see who called the scheduler.
 */
struct profile;

/* Takes these frames away, by name: the kernel's locations must have theirs. */
void trim_switch(struct profile *profile);

#endif
