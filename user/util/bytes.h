/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_BYTES_H
#define HOSTPROF_UTIL_BYTES_H
/* Sizes for people: everywhere in powers of 1024, and called so. */

#define BYTES_PER_MIB (1024.0 * 1024)

#endif
