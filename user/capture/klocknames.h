/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_KLOCKNAMES_H
#define HOSTPROF_CAPTURE_KLOCKNAMES_H
/*
 * What the kernel's locks of a recording are called: by the variable they lie in, "tasklist_lock",
 * or else by the function in which they were waited for longest, "taken in vm_mmap_pgoff".
 */
struct lockbook;
struct profile;
struct symbolizer;

/* Names the locks of class kernel, as far as that can be told: between the naming of the profile's
 * locations and lockbook_take(). */
void klocknames_find(struct lockbook *book, const struct profile *p,
		     const struct symbolizer *symbolizer);

#endif
