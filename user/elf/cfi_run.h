/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_CFI_RUN_H
#define HOSTPROF_ELF_CFI_RUN_H
/*
 * Executes the instructions of one CIE or FDE, and adds the rows they make to a table. Private to
 * cfi*.c.
 */
#include "elf/cfi.h"
#include "elf/cfi_input.h"

struct cfi_cie {
	uint32_t offset; /* in the section: what FDEs call it */
	uint8_t pointer; /* encoding of their addresses */
	bool augmented;	 /* they have augmentation data */
	bool unusable;	 /* in a dialect not understood */
	uint64_t code_align;
	int64_t data_align;
	struct cfi_rule rule; /* what every function starts with */
};

struct cfi_range { /* code whose rows are wanted */
	uint64_t start, end;
};

struct cfi_set {	/* what DW_CFA_set_loc needs */
	uint64_t vaddr; /* of the byte at `bytes`: the section's */
	uint64_t data;	/* the base of data */
	const uint8_t *bytes;
};

/* The rule that the instructions of a CIE leave; cie->rule is where they start. False: broken. */
bool cfi_run_cie(struct cfi_cie *cie, struct cfi_input program);
/* Adds rows for `range`. 0 or -EFBIG; where a program makes no sense the row says so. */
int cfi_run_fde(struct cfi_table *t, const struct cfi_cie *cie, struct cfi_input program,
		struct cfi_range range, const struct cfi_set *set);

/* The making of a table, in cfi_table.c. */
/* The number of a rule, kept once; 0 or -EFBIG. */
int cfi_table_rule(struct cfi_table *t, const struct cfi_rule *rule, uint32_t *ret_rule);
/* Makes an empty table's rows of .eh_frame's, and in their gaps .debug_frame's: the rows of two
 * tables with the rules of this one. 0 or -EFBIG. */
int cfi_table_merge(struct cfi_table *t, const struct cfi_table *eh, const struct cfi_table *debug);
/* A row at or behind the last one's start; equal neighbours become one. 0 or -EFBIG. */
int cfi_table_row(struct cfi_table *t, uint64_t start, uint32_t rule);

#endif
