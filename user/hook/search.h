/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_HOOK_SEARCH_H
#define HOSTPROF_HOOK_SEARCH_H
/*
 * How a binary is searched for sites, whatever they are of. The file may be anybody's. Of most, a
 * glance at their names is all: they have nothing to probe. The code of the others is decoded in a
 * process of its own (util/isolate.h), and what that one says is checked.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "hook/sites.h"

struct elf_file;
struct elf_segment;

struct search {
	const char *names[2]; /* of functions: what lacks one has nothing to probe */
	bool unpacks;	      /* they may be in its MiniDebugInfo alone, too */
	size_t max_sites;
	/* In the other process, which ends behind it: search_answer(). 0 or -errno. */
	int (*find)(const struct elf_file *elf, int out);
	bool (*is_sane)(const struct hook_site *site);
};

/* 0, also when there are none, as in another machine's; -ETIME, -ECANCELED; -errno. */
int search_binary(const struct search *search, int fd, struct hook_sites *ret_sites);

/* For find(): says those of `n` sites that have a name. 0 or -errno. */
int search_answer(int out, const struct hook_site *sites, size_t n);
/* The segment with the code at an address, or NULL. */
const struct elf_segment *search_code_at(const struct elf_file *elf, uint64_t address);
/* Reads *size bytes of the code at an address, and sets it: its segment may have fewer. 0; -ENOENT:
 * no code is there; -errno. */
int search_read_code(const struct elf_file *elf, uint64_t address, uint8_t *to, size_t *size);
/* The same of a function of `size` bytes, as its symbol says it (0: a label has none), into a
 * buffer of SITE_MAX_CODE. */
int search_read_function(const struct elf_file *elf, uint64_t address, uint64_t size, uint8_t *code,
			 size_t *ret_n);

#endif
