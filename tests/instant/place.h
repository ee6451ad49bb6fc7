/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTANT_PLACE_H
#define INSTANT_PLACE_H
/*
 * Where a frame is: the offset in a file, by the file's number in struct binaries. What both
 * unwinders give, so that they can be compared.
 */
#include <stdint.h>

#define PLACE_ANON UINT32_MAX	    /* memory without a file; the offset is the raw address */
#define PLACE_VDSO (UINT32_MAX - 1) /* the offset is the one in the image */
#define PLACE_NONE (UINT32_MAX - 2) /* no code; the offset is the raw address */

struct place {
	uint32_t file;
	uint64_t offset;
};

#endif
