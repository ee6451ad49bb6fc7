// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/twins.h"

#include <inttypes.h>
#include <stdio.h>

#include "sym/binaries.h"
#include "sym/cache.h"

/* Files with the same headers that are compared with one that is new, the latest first. */
#define TRIES 4

void twins_init(struct twins *t, struct cache *cache)
{
	*t = (struct twins){.cache = cache};
	t->key_err = digest_key_init(&t->key);
}

void twins_done(struct twins *t)
{
	struct twin *twin;

	vec_each(twin, &t->list)
		sources_trace_done(&twin->trace);
	vec_done(&t->list);
	vec_done(&t->of);
}

struct key {
	char text[16];
};

/* Its symbols' in the cache. */
static struct key key_of(uint32_t binary)
{
	struct key key;

	snprintf(key.text, sizeof(key.text), "#%" PRIu32, binary);
	return key;
}

static const struct symtab *kept(const struct twins *t, uint32_t binary)
{
	return cache_find(t->cache, key_of(binary).text);
}

/* Its symbols are gone: what is read of it again can be other ones. */
static void forget(struct twins *t, uint32_t binary)
{
	uint32_t *of;

	vec_each(of, &t->of)
		if (*of == binary)
			*of = BINARY_NONE;
	for (size_t i = 0; i < t->list.n; i++) {
		if (t->list.at[i].binary != binary)
			continue;
		sources_trace_done(&t->list.at[i].trace);
		t->list.at[i] = t->list.at[--t->list.n];
		return;
	}
}

/* The symbols of one with the same content, or NULL. */
static const struct symtab *find(struct twins *t, uint32_t binary, const struct sources *sources,
				 const struct sources_trace *mine)
{
	int tries = TRIES;

	for (size_t i = t->list.n; i-- > 0 && tries;) {
		uint32_t other = t->list.at[i].binary;
		const struct symtab *symbols;

		if (!elf_trace_begins(&t->list.at[i].trace.binary, &mine->binary))
			continue;
		tries--;
		if (!sources_trace_matches(&t->list.at[i].trace, mine, sources))
			continue;
		symbols = kept(t, other);
		if (symbols) {
			t->of.at[binary] = other;
			t->shared++;
			return symbols;
		}
		forget(t, other); /* the last one has its place, and was looked at */
	}
	return NULL;
}

static const struct symtab *read_own(struct twins *t, uint32_t binary,
				     const struct sources *sources, struct sources_trace *trace,
				     int *ret_err)
{
	struct symtab symbols = {0};
	struct twin twin;

	*ret_err = sources_symbols(sources, trace, &symbols);
	t->read++;
	twin = (struct twin){binary, *trace};
	if (*ret_err || t->key_err)
		twin.trace.binary.broken = true;
	vec_push(&t->list, twin);
	t->of.at[binary] = binary;
	return cache_put(t->cache, key_of(binary).text, &symbols);
}

const struct symtab *twins_symbols(struct twins *t, uint32_t binary, const struct sources *sources,
				   int *ret_err)
{
	const struct symtab *symbols;
	struct sources_trace trace;

	*ret_err = 0;
	while (t->of.n <= binary)
		vec_push(&t->of, BINARY_NONE);
	if (t->of.at[binary] != BINARY_NONE) {
		symbols = kept(t, t->of.at[binary]);
		if (symbols)
			return symbols;
		forget(t, t->of.at[binary]);
	}
	sources_trace_init(&trace, &t->key, sources);
	symbols = t->key_err ? NULL : find(t, binary, sources, &trace);
	if (!symbols)
		return read_own(t, binary, sources, &trace, ret_err);
	sources_trace_done(&trace);
	return symbols;
}
