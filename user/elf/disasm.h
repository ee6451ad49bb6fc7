/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_DISASM_H
#define HOSTPROF_ELF_DISASM_H
/*
 * Machine code as text, by capstone: x86 in AT&T syntax, ARM. The code can be anybody's bytes, so
 * it is read in a process of its own (util/isolate.h), within the limits below, and what that
 * process wrote is not believed. Bytes that are no instruction become one row, ".byte ...".
 */
#include <stddef.h>
#include <stdint.h>
#include "util/buf.h"
#include "util/vec.h"

#define DISASM_MAX_BYTES  (1u << 20) /* of code at a time */
#define DISASM_MAX_TEXT	  256	     /* bytes of one instruction's text */
#define DISASM_MAX_MEMORY (256ull << 20)
#define DISASM_MAX_OUTPUT (128ull << 20)
#define DISASM_MAX_NS	  (10ull * 1000000000)

struct disasm_row {
	uint64_t address, target; /* target: of a direct call or jump; 0: none */
	uint32_t size;
	uint32_t text; /* offset in `text` */
};

struct disasm {
	VEC(struct disasm_row) rows; /* rising, without gaps */
	struct buf text;
};

/*
 * `machine` as in an ELF header; `address` is that of the first byte. 0; -EOPNOTSUPP: another
 * machine; -EFBIG: past DISASM_MAX_BYTES; -ETIME, -ECANCELED (see isolate.h), -errno: *ret_disasm
 * then has what was done until then. The caller ends it in any case.
 */
int disasm_read(uint16_t machine, const void *code, size_t size, uint64_t address,
		struct disasm *ret_disasm);
void disasm_done(struct disasm *d);

static inline const char *disasm_text(const struct disasm *d, const struct disasm_row *row)
{
	return d->text.data + row->text;
}

#endif
