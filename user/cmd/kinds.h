/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_KINDS_H
#define HOSTPROF_CMD_KINDS_H
/*
 * The kinds as options name them. A name stands for one kind, except "memory", which stands for
 * all profiles of memory there are. Sets of kinds are bits 1u << enum hp_kind_id.
 */
#include <stdint.h>

extern const char kinds_words[]; /* "cpu|offcpu|...|memory": for an option table */

unsigned int kinds_index(const char *word); /* its position: of a kind, its number */
uint32_t kinds_of_index(unsigned int index);
uint32_t kinds_of(const char *word);
uint32_t kinds_of_memory(void);
uint32_t kinds_all(void);

#endif
