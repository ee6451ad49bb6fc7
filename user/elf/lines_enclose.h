/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_LINES_ENCLOSE_H
#define HOSTPROF_ELF_LINES_ENCLOSE_H
/*
 * libdw opens the files of split DWARF by itself, by paths that come out of the binary. For a
 * process that is about to call it: from here on there are no files but those that were opened
 * before, under the paths that libdw will ask for. Only for elf/lines_write.c, in a process of its
 * own, since nothing leads back.
 */
#include <stddef.h>

struct lines_split;

/* 0; -EPERM: that needs CAP_SYS_ADMIN; -errno. */
int lines_enclose(const struct lines_split *splits, size_t n);

#endif
