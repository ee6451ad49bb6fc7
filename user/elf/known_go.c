// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where Go's runtime calls from a goroutine into its system stack. The goroutine's own stack lies
 * elsewhere, and only the runtime's structures lead there: as for Go's own tracebacks, the system
 * stack ends at these calls. By the runtime's names for its functions, which are there in stripped
 * programs too, and the bytes of the calls.
 */
#include <string.h>

#include "elf/file.h"
#include "elf/gotable.h"
#include "elf/known_scan.h"
#include "elf/section.h"

#define FUNCTION_BYTES 512 /* these are assembler: some 200 bytes */

/* The length of a call at `at` that switches stacks, or 0. */
static size_t call_through_register(const uint8_t *at, size_t n)
{
	size_t prefix = n && at[0] == 0x41;

	if (n < prefix + 2 || at[prefix] != 0xff || (at[prefix + 1] & 0xf8) != 0xd0)
		return 0;
	return prefix + 2;
}

static size_t call_direct(const uint8_t *at, size_t n)
{
	return n >= 5 && at[0] == 0xe8 ? 5 : 0;
}

static const struct switcher {
	const char *name;
	size_t (*call)(const uint8_t *at, size_t n);
	bool first_only; /* later calls are for when it is on the system stack already */
} switchers[] = {
	{"runtime.systemstack", call_through_register, false},
	{"runtime.mcall", call_through_register, false},
	{"runtime.morestack", call_direct, false},
	{"runtime.asmcgocall", call_through_register, true},
};

/* Newer Go adds the calling convention: "runtime.mcall.abi0". */
static bool is_called(const char *name, const char *wanted)
{
	size_t n = strlen(wanted);

	return !strncmp(name, wanted, n) && (!name[n] || !strcmp(name + n, ".abi0"));
}

static void mark(struct scan *s, const struct switcher *it, uint64_t start, uint64_t end)
{
	const struct elf_segment *segment = elf_file_segment_at(s->f, start);
	uint8_t code[FUNCTION_BYTES];
	size_t n = end - start < sizeof(code) ? (size_t)(end - start) : sizeof(code);

	if (!segment || !segment->executable || start + n > segment->vaddr + segment->filesz ||
	    elf_file_read(s->f, start - segment->vaddr + segment->offset, code, n))
		return;
	for (size_t at = 0; at < n; at++) {
		size_t length = it->call(code + at, n - at);

		if (!length)
			continue;
		known_add(s->known, start + at, start + at + length, KNOWN_BOTTOM);
		if (it->first_only)
			return;
	}
}

/* Linkers name the table so; looking for it by its bytes in every file would be too much. */
static bool is_go(const struct elf_file *f)
{
	return section_find(f, ".gopclntab", NULL) ||
	       section_find(f, ".data.rel.ro.gopclntab", NULL) ||
	       section_find(f, ".go.buildinfo", NULL);
}

void known_go(struct scan *s)
{
	struct symtab symbols = {0};
	const struct symbol *symbol;
	struct gotable table;

	if (!is_go(s->f) || gotable_init(&table, s->f))
		return;
	gotable_symbols(&table, &symbols);
	symtab_finish(&symbols, &table.code, 1);
	vec_each(symbol, &symbols.symbols)
		for (size_t i = 0; i < sizeof(switchers) / sizeof(switchers[0]); i++)
			if (is_called(symtab_name(&symbols, symbol), switchers[i].name))
				mark(s, &switchers[i], symbol->addr, symbol->addr + symbol->size);
	symtab_done(&symbols);
	gotable_done(&table);
}
