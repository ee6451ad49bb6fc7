/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_CFI_H
#define HOSTPROF_ELF_CFI_H
/*
 * Call frame information of an ELF file: for every range of code, where the canonical frame
 * address (CFA: the stack pointer before the call), the return address and the registers a walk
 * needs are to be found. Read from .eh_frame, and for what it leaves out from .debug_frame.
 *
 * The file may be hostile: all work is bounded by the limits below, and what cannot be understood
 * is an error, or a range marked as such. Addresses are ELF virtual addresses. x86-64 only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/hash.h"
#include "util/vec.h"

#define CFI_MAX_SECTION	   (64u << 20) /* bytes of .eh_frame or .debug_frame, uncompressed */
#define CFI_MAX_CIES	   65536
#define CFI_MAX_FDES	   (2u << 20)
#define CFI_MAX_ROWS	   (8u << 20)
#define CFI_MAX_RULES	   32768 /* distinct ones; large libraries have some hundreds */
#define CFI_RECENT_RULES   256
#define CFI_MAX_NESTING	   16 /* of DW_CFA_remember_state */
#define CFI_MAX_EXPRESSION 64 /* bytes; those in use are below 20 */

/* DWARF register numbers of x86-64, as in the psABI. Only these four have a column here. */
enum cfi_x86_64 {
	CFI_X86_64_RBX = 3,
	CFI_X86_64_RBP = 6,
	CFI_X86_64_RSP = 7,
	CFI_X86_64_RA = 16,
	CFI_X86_64_REGS = 17,
};

enum cfi_how {
	CFI_UNSET, /* nothing was said: the caller has the same value; the caller's rsp is CFA */
	CFI_UNDEFINED, /* lost; for the return address: there is no caller */
	CFI_SAME,      /* said to have the same value */
	CFI_REG,       /* reg + n; of the CFA, or of a register's value */
	CFI_DEREF,     /* [reg + n] + m; same */
	CFI_PLT,       /* reg + n + (the code address modulo 16 >= m ? 8 : 0); CFA only */
	CFI_INDEX,     /* [rsp + 8 * reg + n] + m; CFA only */
	CFI_CFA,       /* CFA + n */
	CFI_AT_CFA,    /* [CFA + n] */
	CFI_OTHER,     /* an expression that none of these can say */
};

struct cfi_place {
	uint16_t how; /* enum cfi_how */
	uint16_t reg;
	int32_t n, m;
};

/* How to get from a frame to its caller. */
struct cfi_rule {
	struct cfi_place cfa, ra, rsp, rbp, rbx;
	uint32_t interrupted; /* the caller was stopped by a signal: it did not call */
};

/* Rules that every table has. */
enum { CFI_RULE_NONE = 0, CFI_RULE_BROKEN = 1 }; /* no information; it made no sense */

struct cfi_row { /* the rule holds from `start` up to the next row */
	uint64_t start;
	uint32_t rule;	/* in rules */
	uint32_t debug; /* said by .debug_frame */
};

struct cfi_table {
	VEC(struct cfi_rule) rules;
	VEC(struct cfi_row) rows; /* starts rise; neighbours differ; the last has CFI_RULE_NONE */
	struct hash_index index;  /* of rules */
	uint32_t recent[CFI_RECENT_RULES];
	bool debug;	  /* the rows being added are .debug_frame's */
	uint32_t fdes;	  /* functions, or pieces of them, described */
	uint32_t skipped; /* of those, in a dialect not understood: their rows are missing */
	uint32_t broken;  /* of those, with rows that say CFI_RULE_BROKEN */
};

struct elf_file;

/*
 * Fills *ret_table, which the caller ends with cfi_done(). 0; -ENODATA: the file has none;
 * -EOPNOTSUPP: another machine; -EBADMSG: malformed; -EFBIG: past a limit; -errno of reading.
 */
int cfi_read(const struct elf_file *f, struct cfi_table *ret_table);
void cfi_init(struct cfi_table *t); /* a table without rows */
void cfi_done(struct cfi_table *t);

/* The rule for an address; CFI_RULE_NONE outside all rows. */
uint32_t cfi_find(const struct cfi_table *t, uint64_t address);

/* Code under one rule. */
struct cfi_piece {
	uint64_t start, end;
	uint32_t rule;
	bool debug;
};

/* The first row that starts behind an address: where cfi_piece_next() begins. */
size_t cfi_row_find(const struct cfi_table *t, uint64_t address);
/* The piece from `start` on, up to `end` at most; *row goes on to the next. */
struct cfi_piece cfi_piece_next(const struct cfi_table *t, size_t *row, uint64_t start,
				uint64_t end);

#endif
