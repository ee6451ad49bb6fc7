// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/namer.h"

#include <string.h>

#include "elf/symtab.h"
#include "model/profile.h"
#include "sym/demangle.h"
#include "sym/text.h"

struct namer {
	struct profile *p;
	struct buf raw, shown; /* used again for every name */
	bool modules;
};

/* Splits " [module]" off, which then follows the readable name again. */
static uint32_t add_function(struct namer *n, const char *name)
{
	struct profile_function function = {0};
	size_t len = strnlen(name, SYMTAB_MAX_NAME);
	const char *module = n->modules ? memchr(name, ' ', len) : NULL;
	char *version;

	buf_clear(&n->raw);
	buf_add(&n->raw, name, module ? (size_t)(module - name) : len);
	/* "memcpy@@GLIBC_2.14": the demangler knows no versions. */
	version = n->raw.len > 1 ? memchr(n->raw.data + 1, '@', n->raw.len - 1) : NULL;
	if (version)
		*version = '\0';
	if (!demangle_name(n->raw.data, &n->shown)) {
		buf_clear(&n->shown);
		buf_puts(&n->shown, n->raw.data);
	}
	if (version)
		*version = '@';
	if (module)
		buf_add(&n->shown, module, len - (size_t)(module - name));
	text_clean(n->raw.data, n->raw.len);
	text_clean(n->shown.data, n->shown.len);
	function.name = profile_string(n->p, buf_str(&n->shown));
	function.system_name = profile_string(n->p, buf_str(&n->raw));
	return profile_add_function(n->p, &function);
}

size_t namer_run(struct profile *p, const struct symtab *symbols, bool modules,
		 const struct place *places, size_t n)
{
	struct namer namer = {.p = p, .modules = modules};
	const struct symbol *symbol, *last = NULL;
	struct profile_line line = {0};
	size_t cursor = 0, named = 0, i;

	for (i = 0; i < n; i++) {
		symbol = symtab_find(symbols, places[i].address, &cursor);
		if (!symbol)
			continue;
		if (symbol != last)
			line.function = add_function(&namer, symtab_name(symbols, symbol));
		last = symbol;
		profile_set_lines(p, places[i].location, &line, 1);
		named++;
	}
	buf_done(&namer.raw);
	buf_done(&namer.shown);
	return named;
}
