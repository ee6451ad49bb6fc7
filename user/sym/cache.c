// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/cache.h"

#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

void cache_init(struct cache *c, size_t limit)
{
	*c = (struct cache){.limit = limit};
}

static void drop(struct cache *c, size_t i)
{
	struct cache_entry *entry = &c->entries.at[i];

	c->bytes -= symtab_bytes(entry->symbols);
	symtab_done(entry->symbols);
	free(entry->symbols);
	free(entry->key);
	*entry = c->entries.at[--c->entries.n];
}

void cache_done(struct cache *c)
{
	while (c->entries.n)
		drop(c, c->entries.n - 1);
	vec_done(&c->entries);
}

const struct symtab *cache_find(struct cache *c, const char *key)
{
	struct cache_entry *entry;

	vec_each(entry, &c->entries) {
		if (!strcmp(entry->key, key)) {
			entry->used = ++c->clock;
			return entry->symbols;
		}
	}
	return NULL;
}

static size_t oldest(const struct cache *c)
{
	size_t found = 0, i;

	for (i = 1; i < c->entries.n; i++)
		if (c->entries.at[i].used < c->entries.at[found].used)
			found = i;
	return found;
}

const struct symtab *cache_put(struct cache *c, const char *key, struct symtab *symbols)
{
	size_t bytes = symtab_bytes(symbols);
	struct cache_entry entry;

	while (c->entries.n && c->bytes + bytes > c->limit)
		drop(c, oldest(c));
	entry = (struct cache_entry){mem_strdup(key), mem_alloc(sizeof(*symbols)), ++c->clock};
	*entry.symbols = *symbols;
	*symbols = (struct symtab){0};
	c->bytes += bytes;
	vec_push(&c->entries, entry);
	return entry.symbols;
}
