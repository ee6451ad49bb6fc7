// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the code of a function, in which an instruction to probe is looked for and what else
 * it enters; and as an ELF file whose functions have names.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/file.h"
#include "elf/names.h"
#include "hook/reach.h"
#include "hook/site.h"

#define BASE 0x10000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct code {
	const uint8_t *bytes;
	size_t size;
	size_t found;
};

static size_t read_code(void *arg, uint64_t address, uint8_t *to, size_t size)
{
	const struct code *code = arg;

	if (address < BASE || address >= BASE + code->size)
		return 0;
	if (size > BASE + code->size - address)
		size = (size_t)(BASE + code->size - address);
	memcpy(to, code->bytes + (address - BASE), size);
	return size;
}

static uint64_t resolve(void *arg, uint64_t address)
{
	(void)arg;
	return address;
}

static int function_at(void *arg, uint64_t address)
{
	(void)arg;
	return address % 64 == 48 ? (int)(address / 64 % 4) : REACH_NONE;
}

static void jumps(void *arg, int number)
{
	((struct code *)arg)->found += (size_t)number;
}

static void calls(void *arg, int number, uint64_t to)
{
	((struct code *)arg)->found += (size_t)number + (size_t)to;
}

static int on_name(void *arg, const char *name, uint64_t address, uint64_t value)
{
	*(size_t *)arg += strlen(name) + (size_t)address + (size_t)value;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct code code = {.bytes = bytes, .size = size};
	const struct reach reach = {.arg = &code,
				    .read = read_code,
				    .resolve = resolve,
				    .function = function_at,
				    .jumps = jumps,
				    .calls = calls};
	size_t names = 0;
	struct elf_file elf;

	for (unsigned int wish = 0; wish < 4; wish++) {
		const struct site_wish wishes = {.args = wish, .sp_may_move = wish & 1};
		struct site site;

		if (site_pick(bytes, size, BASE, &wishes, &site))
			abort();
		if (site.address < BASE || site.address > BASE + size)
			abort();
		for (int arg = 0; arg < SITE_ARGS; arg++)
			if ((wish & 1u << arg) && site.args[arg] > 15)
				abort();
		if (site.sp_moved && !wishes.sp_may_move)
			abort();
	}
	reach_from(&reach, BASE);
	if (!elf_file_init_memory(&elf, bytes, size)) {
		names_each(&elf, on_name, &names);
		elf_file_done(&elf);
	}
	return 0;
}
