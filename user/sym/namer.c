// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/namer.h"

#include <string.h>

#include "elf/lines.h"
#include "elf/symtab.h"
#include "model/profile.h"
#include "sym/demangle.h"
#include "sym/text.h"
#include "util/hash.h"

#define PLT "@plt"

/* A function of the profile that was made of these two texts of the lines. */
struct known {
	uint32_t name, file, start, function;
};

struct namer {
	struct profile *p;
	const struct lines *lines;
	unsigned int flags;
	bool ada;
	struct buf raw, shown, file; /* used again for every name */
	VEC(struct known) known;
	struct hash_index by_texts; /* of `known` */
};

/* Splits " [module]", "@@VERSION" and "@plt" off; the first and the last follow again. */
static void set_names(struct namer *n, const char *name)
{
	size_t len = strnlen(name, SYMTAB_MAX_NAME);
	const char *module = n->flags & NAMER_MODULES ? memchr(name, ' ', len) : NULL;
	bool verbatim = n->flags & NAMER_VERBATIM;
	char *version;

	buf_clear(&n->raw);
	buf_add(&n->raw, name, module ? (size_t)(module - name) : len);
	/* "memcpy@@GLIBC_2.14": the demangler knows no versions. */
	version = n->raw.len > 1 && !verbatim ? memchr(n->raw.data + 1, '@', n->raw.len - 1) : NULL;
	if (version)
		*version = '\0';
	if (verbatim || n->flags & NAMER_MANGLED ||
	    !(demangle_name(n->raw.data, &n->shown) ||
	      (n->ada && demangle_ada(n->raw.data, &n->shown)))) {
		buf_clear(&n->shown);
		buf_puts(&n->shown, buf_str(&n->raw));
	}
	if (version)
		*version = '@';
	if (version && !strcmp(version, PLT))
		buf_puts(&n->shown, PLT);
	if (module)
		buf_add(&n->shown, module, len - (size_t)(module - name));
	text_clean(n->raw.data, n->raw.len);
	text_clean(n->shown.data, n->shown.len);
}

static uint32_t add_function(struct namer *n, const char *name, const char *file, uint32_t start)
{
	struct profile_function function = {.start_line = start};

	set_names(n, name);
	buf_clear(&n->file);
	buf_puts(&n->file, file);
	text_clean(n->file.data, n->file.len);
	function.name = profile_string(n->p, buf_str(&n->shown));
	function.system_name = profile_string(n->p, buf_str(&n->raw));
	function.file = profile_string(n->p, buf_str(&n->file));
	return profile_add_function(n->p, &function);
}

static bool same_known(const void *owner, uint32_t id, const void *key)
{
	const struct namer *n = owner;
	const struct known *a = &n->known.at[id], *b = key;

	return a->name == b->name && a->file == b->file && a->start == b->start;
}

/* The same inlined functions come again and again. */
static uint32_t frame_function(struct namer *n, const struct lines_frame *frame)
{
	struct known known = {.name = frame->name, .file = frame->file, .start = frame->start};
	uint64_t hash = hash_index_words(&n->by_texts, frame->name, frame->file, frame->start);
	uint32_t id = hash_index_find(&n->by_texts, hash, same_known, n, &known);

	if (id == HASH_NONE) {
		known.function = add_function(n, lines_text(n->lines, frame->name),
					      lines_text(n->lines, frame->file), frame->start);
		id = (uint32_t)n->known.n;
		vec_push(&n->known, known);
		hash_index_add(&n->by_texts, hash, id);
	}
	return n->known.at[id].function;
}

struct outermost {
	const struct symbol *symbol;
	uint32_t file; /* text of the lines */
	uint32_t start;
	uint32_t function;
};

/* A table's names are many, too: those of one function follow each other. */
static uint32_t symbol_function(struct namer *n, const struct symtab *symbols,
				const struct symbol *symbol, uint32_t file, uint32_t start,
				struct outermost *last)
{
	if (symbol == last->symbol && file == last->file && start == last->start)
		return last->function;
	last->symbol = symbol;
	last->file = file;
	last->start = start;
	last->function = add_function(n, symtab_name(symbols, symbol),
				      file ? lines_text(n->lines, file) : "", start);
	return last->function;
}

static bool name_place(struct namer *n, const struct symtab *symbols, const struct symbol *symbol,
		       const struct lines_span *span, uint32_t location, struct outermost *last)
{
	struct profile_line lines[LINES_MAX_INLINED + 1];
	uint32_t count = 0, i;

	for (i = 0; span && i < span->n; i++) {
		const struct lines_frame *frame = &n->lines->frames.at[span->first + i];
		bool outer = i + 1 == span->n;

		if (!(outer && symbol) && !frame->name)
			continue;
		lines[count++] = (struct profile_line){
			.function = outer && symbol
					    ? symbol_function(n, symbols, symbol, frame->file,
							      frame->start, last)
					    : frame_function(n, frame),
			.line = frame->line,
		};
	}
	if (!count && symbol)
		lines[count++] = (struct profile_line){
			.function = symbol_function(n, symbols, symbol, 0, 0, last)};
	if (count)
		profile_set_lines(n->p, location, lines, count);
	return count;
}

size_t namer_run(struct profile *p, const struct symtab *symbols, const struct lines *lines,
		 unsigned int flags, const struct place *places, size_t n)
{
	struct namer namer = {.p = p, .lines = lines, .flags = flags, .ada = symbols->ada};
	struct outermost last = {0};
	size_t cursor = 0, named = 0, i;

	for (i = 0; i < n; i++) {
		const struct lines_span *span = lines ? &lines->spans.at[i] : NULL;

		named += name_place(&namer, symbols,
				    symtab_find(symbols, places[i].address, &cursor), span,
				    places[i].location, &last);
	}
	buf_done(&namer.raw);
	buf_done(&namer.shown);
	buf_done(&namer.file);
	vec_done(&namer.known);
	hash_index_done(&namer.by_texts);
	return named;
}
