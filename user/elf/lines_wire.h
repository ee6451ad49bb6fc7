/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_LINES_WIRE_H
#define HOSTPROF_ELF_LINES_WIRE_H
/*
 * The records between lines_write() and lines_parse(), in words of this machine. Private to them.
 * Strings are numbered from 1 in the order in which they come; 0 is none.
 *
 *	LINES_TEXT    bytes, then the text padded to whole words
 *	LINES_SPLIT   the path of a file that has a unit's functions
 *	LINES_FRAMES  address (its index), n, then n times: name, file, line, first line
 */
#include <stdint.h>

enum { LINES_TEXT = 1, LINES_FRAMES = 2, LINES_SPLIT = 3 };

#endif
