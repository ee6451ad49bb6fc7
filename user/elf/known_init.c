// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * _init and _fini are put together from pieces of several object files, so no compiler describes
 * them: "sub $8, %rsp" first, whatever the pieces call, and "add $8, %rsp; ret" at the end.
 */
#include <string.h>

#include "elf/cfi.h"
#include "elf/known_scan.h"
#include "elf/section.h"

#define INIT_BYTES 256 /* of a section; more pieces than that have not been since 2010 */

static void read_init(struct scan *s, const char *name)
{
	static const uint8_t pad[] = {0xf3, 0x0f, 0x1e, 0xfa}, first[] = {0x48, 0x83, 0xec, 0x08};
	static const uint8_t last[] = {0x48, 0x83, 0xc4, 0x08, 0xc3};
	uint8_t code[INIT_BYTES];
	uint64_t start, end;
	size_t at = 0, n;
	GElf_Shdr sh;

	if (!section_find(s->f, name, &sh) || sh.sh_size > sizeof(code) ||
	    !(sh.sh_flags & SHF_EXECINSTR) || sh.sh_addr + sh.sh_size < sh.sh_addr ||
	    elf_file_read(s->f, sh.sh_offset, code, sh.sh_size))
		return;
	n = sh.sh_size;
	start = sh.sh_addr;
	end = start + n;
	if (n >= sizeof(pad) && !memcmp(code, pad, sizeof(pad)))
		at = sizeof(pad);
	if (n < at + sizeof(first) + sizeof(last) || memcmp(code + at, first, sizeof(first)) ||
	    memcmp(code + n - sizeof(last), last, sizeof(last)) ||
	    cfi_find(s->cfi, start) != CFI_RULE_NONE || cfi_find(s->cfi, end - 1) != CFI_RULE_NONE)
		return;
	known_add(s->known, start, start + at + sizeof(first), KNOWN_CALLED);
	known_add(s->known, start + at + sizeof(first), end - 1, KNOWN_CALLED_8);
	known_add(s->known, end - 1, end, KNOWN_CALLED);
}

void known_init(struct scan *s)
{
	read_init(s, ".init");
	read_init(s, ".fini");
}
