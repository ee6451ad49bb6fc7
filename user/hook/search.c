// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/search.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "elf/file.h"
#include "elf/names.h"
#include "elf/section.h"
#include "hook/site.h"
#include "util/clock.h"
#include "util/isolate.h"

#define MAX_MEMORY  (512ull << 20)
#define MAX_NS	    (5 * NSEC_PER_SEC)
#define LABEL_BYTES 256 /* looked at of a function whose size is not known */

/* --- without decoding its code --- */

struct looking {
	const struct search *search;
	bool seen[2];
};

static int note_name(void *arg, const char *name, uint64_t address, uint64_t size)
{
	struct looking *looking = arg;

	(void)address;
	(void)size;
	for (int i = 0; i < 2; i++)
		looking->seen[i] |= !strcmp(name, looking->search->names[i]);
	return 0;
}

/* Fills all but the list. */
static int glance(const struct search *search, int fd, struct hook_sites *sites, bool *ret_worth)
{
	struct looking looking = {.search = search};
	struct elf_file elf;
	struct buf path = {0};
	int err = elf_file_init(&elf, fd);

	if (err)
		return err;
	if (!section_read(&elf, ".interp", sizeof(sites->interpreter) - 1, &path))
		memcpy(sites->interpreter, path.data, path.len);
	sites->is_go =
		section_find(&elf, ".go.buildinfo", NULL) || section_find(&elf, ".gopclntab", NULL);
	err = names_each(&elf, note_name, &looking);
	*ret_worth = (looking.seen[0] && looking.seen[1]) ||
		     (search->unpacks && section_find(&elf, ".gnu_debugdata", NULL));
	buf_done(&path);
	elf_file_done(&elf);
	return err;
}

/* --- in a process of its own --- */

struct work {
	const struct search *search;
	int fd;
};

/* The process ends behind it: nothing is freed. */
static int work(void *arg, int out)
{
	const struct work *work = arg;
	struct elf_file elf;
	int err = elf_file_init(&elf, work->fd);

	if (err)
		return err == -ENOEXEC ? 0 : err;
	return elf.machine == EM_X86_64 ? work->search->find(&elf, out) : 0;
}

int search_answer(int out, const struct hook_site *sites, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sites[i].name[0] && write(out, &sites[i], sizeof(*sites)) != sizeof(*sites))
			return -EIO;
	return 0;
}

const struct elf_segment *search_code_at(const struct elf_file *elf, uint64_t address)
{
	const struct elf_segment *s = elf_file_segment_at(elf, address);

	return s && s->executable ? s : NULL;
}

int search_read_code(const struct elf_file *elf, uint64_t address, uint8_t *to, size_t *size)
{
	const struct elf_segment *s = search_code_at(elf, address);
	size_t n = *size;
	uint64_t left;
	int err;

	if (!s)
		return -ENOENT;
	left = s->vaddr + s->filesz - address;
	if (n > left)
		n = (size_t)left;
	err = elf_file_read(elf, address - s->vaddr + s->offset, to, n);
	if (!err)
		*size = n;
	return err;
}

int search_read_function(const struct elf_file *elf, uint64_t address, uint64_t size, uint8_t *code,
			 size_t *ret_n)
{
	size_t n = size < SITE_MAX_CODE ? (size_t)size : SITE_MAX_CODE;
	int err;

	if (!n)
		n = LABEL_BYTES;
	err = search_read_code(elf, address, code, &n);
	if (!err)
		*ret_n = n;
	return err;
}

/* --- */

static void take_answer(const struct search *search, const struct buf *answer,
			struct hook_sites *sites)
{
	struct hook_site site;

	for (size_t at = 0; answer->len - at >= sizeof(site); at += sizeof(site)) {
		memcpy(&site, answer->data + at, sizeof(site));
		if (site.name[0] && !site.name[SITES_MAX_NAME - 1] && search->is_sane(&site))
			vec_push(&sites->list, site);
	}
}

int search_binary(const struct search *search, int fd, struct hook_sites *ret_sites)
{
	const struct isolate_limits limits = {.memory = MAX_MEMORY,
					      .output =
						      search->max_sites * sizeof(struct hook_site),
					      .time_ns = MAX_NS};
	struct work of = {search, fd};
	struct hook_sites sites = {0};
	struct buf answer = {0};
	bool worth = false;
	int err = glance(search, fd, &sites, &worth);

	if (err == -ENOEXEC)
		err = 0;
	if (!err && worth)
		err = isolate_run(&limits, work, &of, &answer);
	if (!err) {
		take_answer(search, &answer, &sites);
		*ret_sites = sites;
	}
	buf_done(&answer);
	return err;
}
