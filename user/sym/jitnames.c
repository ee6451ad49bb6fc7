// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/jitnames.h"

#include <stdlib.h>

#include "sym/cache.h"
#include "sym/jitdump.h"
#include "sym/jitmaps.h"
#include "sym/namer.h"
#include "sym/perfmap.h"

/* Puts the places that the dump knows first, both parts in their order. How many it knows. */
static size_t split(const struct jitdump *dump, const struct place *places, size_t n,
		    struct place *ret)
{
	size_t known = 0, rest = n, cursor = 0, i;

	for (i = 0; i < n; i++)
		if (symtab_find(&dump->symbols, places[i].address, &cursor))
			ret[known++] = places[i];
	cursor = 0;
	rest = known;
	for (i = 0; i < n; i++)
		if (!symtab_find(&dump->symbols, places[i].address, &cursor))
			ret[rest++] = places[i];
	return known;
}

static void run_map(const struct jitnames *names, struct profile *p, const struct place *places,
		    size_t n, struct jitnames_result *ret)
{
	char *key = mem_printf("[jit] %d %llu", names->tgid, (unsigned long long)names->start);
	const struct symtab *symbols = cache_find(names->cache, key);
	struct symtab read = {0};
	int fd;

	if (!symbols) {
		fd = jitmaps_fd(names->maps, JITFILE_MAP, names->tgid, names->start);
		if (fd >= 0 && !names->no_time)
			perfmap_read(fd, &read);
		symbols = cache_put(names->cache, key, &read);
	}
	ret->named += namer_run(p, symbols, NULL, NAMER_VERBATIM, places, n);
	free(key);
}

/* Not kept: it is read again for another profile of the recording. */
static void run_dump(const struct jitnames *names, struct profile *p, const struct jitdump *dump,
		     const struct place *places, size_t n, struct jitnames_result *ret)
{
	struct lines lines;

	if (names->no_lines) {
		ret->named += namer_run(p, &dump->symbols, NULL, NAMER_VERBATIM, places, n);
		return;
	}
	jitdump_lines(dump, places, n, &lines);
	ret->named += namer_run(p, &dump->symbols, &lines, NAMER_VERBATIM, places, n);
	ret->has_lines = lines.frames.n > 0;
	lines_done(&lines);
}

void jitnames_run(const struct jitnames *names, struct profile *p, const struct place *places,
		  size_t n, struct jitnames_result *ret)
{
	int fd = jitmaps_fd(names->maps, JITFILE_DUMP, names->tgid, names->start);
	struct place *order = mem_array(n, sizeof(*order));
	struct jitdump dump = {0};
	size_t known;

	*ret = (struct jitnames_result){0};
	if (fd >= 0 && !names->no_time)
		ret->err = jitdump_read(fd, names->until_ns, &dump);
	known = split(&dump, places, n, order);
	if (known)
		run_dump(names, p, &dump, order, known, ret);
	jitdump_done(&dump);
	run_map(names, p, order + known, n - known, ret);
	free(order);
}
