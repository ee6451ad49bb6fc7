// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/cfi_run.h"

#include <errno.h>

#include "elf/cfi_dwarf.h"
#include "elf/cfi_expr.h"
#include "elf/cfi_pointer.h"

struct run {
	struct cfi_table *table; /* NULL: a CIE's instructions, which describe no code */
	const struct cfi_cie *cie;
	const struct cfi_set *set;
	struct cfi_range range;
	uint64_t at; /* the address that the rule holds from */
	struct cfi_rule rule;
	struct cfi_rule *remembered; /* CFI_MAX_NESTING: too many to clear for every function */
	unsigned int n_remembered;
	int32_t offset; /* of the last CFA that was a register and an offset */
	uint32_t id;	/* of the rule, unless changed */
	bool changed;	/* since it was last put in the table */
	bool broken, over;
	int err;
};

/* The column of a register, or NULL for those that no walk needs. */
static struct cfi_place *column_of(struct cfi_rule *rule, uint64_t reg)
{
	switch (reg) {
	case CFI_X86_64_RBX: return &rule->rbx;
	case CFI_X86_64_RBP: return &rule->rbp;
	case CFI_X86_64_RSP: return &rule->rsp;
	case CFI_X86_64_RA: return &rule->ra;
	default: return NULL;
	}
}

static void put_column(struct run *run, uint64_t reg, struct cfi_place place)
{
	struct cfi_place *column = column_of(&run->rule, reg);

	if (!column)
		return;
	*column = place;
	run->changed = true;
}

static void put_cfa(struct run *run, struct cfi_place place)
{
	if (place.how == CFI_REG)
		run->offset = place.n;
	run->rule.cfa = place;
	run->changed = true;
}

/* What does not fit is as good as unknown, not broken. */
static struct cfi_place place_of(enum cfi_how how, uint64_t reg, int64_t n)
{
	if (n != (int32_t)n || reg > UINT16_MAX)
		return (struct cfi_place){.how = CFI_OTHER};
	return (struct cfi_place){.how = (uint16_t)how, .reg = (uint16_t)reg, .n = (int32_t)n};
}

static int64_t factored(const struct run *run, uint64_t n)
{
	return (int64_t)(n * (uint64_t)run->cie->data_align);
}

static void put_row(struct run *run, uint64_t start)
{
	if (run->changed) {
		run->err = cfi_table_rule(run->table, &run->rule, &run->id);
		run->changed = false;
	}
	if (!run->err)
		run->err = cfi_table_row(run->table, start, run->id);
}

static void move_to(struct run *run, uint64_t address)
{
	if (!run->table || address < run->at) {
		run->broken = true;
		return;
	}
	if (address == run->at)
		return;
	put_row(run, run->at);
	run->at = address;
	run->over = address >= run->range.end;
}

static void advance(struct run *run, uint64_t delta)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(delta, run->cie->code_align, &bytes) ||
	    __builtin_add_overflow(run->at, bytes, &bytes))
		run->broken = true;
	else
		move_to(run, bytes);
}

static void set_location(struct run *run, struct cfi_input *in)
{
	uint64_t address;

	if (!run->set || !cfi_pointer_read(in, run->cie->pointer, run->set->vaddr, run->set->bytes,
					   run->set->data, &address))
		run->broken = true;
	else
		move_to(run, address);
}

static void restore_column(struct run *run, uint64_t reg)
{
	static const struct cfi_rule unset;
	/* In a CIE there is nothing to go back to yet. Some do it all the same. */
	const struct cfi_rule *first = run->table ? &run->cie->rule : &unset;

	if (reg == CFI_X86_64_RBX)
		put_column(run, reg, first->rbx);
	else if (reg == CFI_X86_64_RBP)
		put_column(run, reg, first->rbp);
	else if (reg == CFI_X86_64_RSP)
		put_column(run, reg, first->rsp);
	else if (reg == CFI_X86_64_RA)
		put_column(run, reg, first->ra);
}

static void remember(struct run *run)
{
	if (run->n_remembered == CFI_MAX_NESTING)
		run->broken = true;
	else
		run->remembered[run->n_remembered++] = run->rule;
}

static void recall(struct run *run)
{
	if (!run->n_remembered) {
		run->broken = true;
		return;
	}
	run->rule = run->remembered[--run->n_remembered];
	run->changed = true;
}

/*
 * Half of a CFA that is a register and an offset. After an expression a new register counts from
 * the last known offset: the exception unwinder of GCC does so, and hand-written code relies on it.
 */
static void change_register(struct run *run, uint64_t reg)
{
	enum cfi_how how = run->rule.cfa.how;

	if (how != CFI_REG && how != CFI_DEREF)
		run->broken = true;
	else
		put_cfa(run, place_of(CFI_REG, reg, run->offset));
}

static void change_offset(struct run *run, int64_t n)
{
	if (run->rule.cfa.how != CFI_REG)
		run->broken = true;
	else
		put_cfa(run, place_of(CFI_REG, run->rule.cfa.reg, n));
}

static void run_cfa(struct run *run, uint8_t op, struct cfi_input *in)
{
	uint64_t reg;

	switch (op) {
	case DW_CFA_def_cfa:
		reg = input_uleb(in);
		put_cfa(run, place_of(CFI_REG, reg, (int64_t)input_uleb(in)));
		break;
	case DW_CFA_def_cfa_sf:
		reg = input_uleb(in);
		put_cfa(run, place_of(CFI_REG, reg, factored(run, (uint64_t)input_sleb(in))));
		break;
	case DW_CFA_def_cfa_register: change_register(run, input_uleb(in)); break;
	case DW_CFA_def_cfa_offset: change_offset(run, (int64_t)input_uleb(in)); break;
	case DW_CFA_def_cfa_offset_sf:
		change_offset(run, factored(run, (uint64_t)input_sleb(in)));
		break;
	case DW_CFA_def_cfa_expression:
		put_cfa(run, cfi_expr_cfa(input_take(in, input_uleb(in))));
		break;
	default: run->broken = true;
	}
}

/* A column from a register number and a second operand. */
static void run_column(struct run *run, uint8_t op, struct cfi_input *in)
{
	uint64_t reg = input_uleb(in);

	switch (op) {
	case DW_CFA_offset_extended:
		put_column(run, reg, place_of(CFI_AT_CFA, 0, factored(run, input_uleb(in))));
		break;
	case DW_CFA_offset_extended_sf:
		put_column(run, reg,
			   place_of(CFI_AT_CFA, 0, factored(run, (uint64_t)input_sleb(in))));
		break;
	case DW_CFA_GNU_negative_offset_extended:
		put_column(run, reg, place_of(CFI_AT_CFA, 0, factored(run, 0 - input_uleb(in))));
		break;
	case DW_CFA_val_offset:
		put_column(run, reg, place_of(CFI_CFA, 0, factored(run, input_uleb(in))));
		break;
	case DW_CFA_val_offset_sf:
		put_column(run, reg, place_of(CFI_CFA, 0, factored(run, (uint64_t)input_sleb(in))));
		break;
	case DW_CFA_register: put_column(run, reg, place_of(CFI_REG, input_uleb(in), 0)); break;
	case DW_CFA_expression:
	case DW_CFA_val_expression:
		put_column(
			run, reg,
			cfi_expr_register(input_take(in, input_uleb(in)), op == DW_CFA_expression));
		break;
	case DW_CFA_restore_extended: restore_column(run, reg); break;
	case DW_CFA_undefined: put_column(run, reg, place_of(CFI_UNDEFINED, 0, 0)); break;
	case DW_CFA_same_value: put_column(run, reg, place_of(CFI_SAME, 0, 0)); break;
	default: run->broken = true;
	}
}

static void run_extended(struct run *run, uint8_t op, struct cfi_input *in)
{
	switch (op) {
	case DW_CFA_nop: break;
	case DW_CFA_set_loc: set_location(run, in); break;
	case DW_CFA_advance_loc1: advance(run, input_word(in, 1)); break;
	case DW_CFA_advance_loc2: advance(run, input_word(in, 2)); break;
	case DW_CFA_advance_loc4: advance(run, input_word(in, 4)); break;
	case DW_CFA_MIPS_advance_loc8: advance(run, input_word(in, 8)); break;
	case DW_CFA_remember_state: remember(run); break;
	case DW_CFA_restore_state: recall(run); break;
	case DW_CFA_GNU_args_size: input_uleb(in); break; /* for throwing, not for walking */
	case DW_CFA_def_cfa:
	case DW_CFA_def_cfa_sf:
	case DW_CFA_def_cfa_register:
	case DW_CFA_def_cfa_offset:
	case DW_CFA_def_cfa_offset_sf:
	case DW_CFA_def_cfa_expression: run_cfa(run, op, in); break;
	default: run_column(run, op, in);
	}
}

static void run_program(struct run *run, struct cfi_input *in)
{
	while (in->at < in->end && !run->broken && !run->over && !run->err) {
		uint8_t op = input_u8(in), low = op & 0x3f;

		switch (op & 0xc0) {
		case DW_CFA_advance_loc: advance(run, low); break;
		case DW_CFA_offset: {
			uint64_t n = input_uleb(in);

			put_column(run, low, place_of(CFI_AT_CFA, 0, factored(run, n)));
			break;
		}
		case DW_CFA_restore: restore_column(run, low); break;
		default: run_extended(run, op, in);
		}
		run->broken |= in->bad;
	}
}

bool cfi_run_cie(struct cfi_cie *cie, struct cfi_input program)
{
	struct cfi_rule remembered[CFI_MAX_NESTING];
	struct run run = {.cie = cie, .rule = cie->rule, .remembered = remembered};

	run_program(&run, &program);
	if (run.broken)
		return false;
	cie->rule = run.rule;
	return true;
}

int cfi_run_fde(struct cfi_table *t, const struct cfi_cie *cie, struct cfi_input program,
		struct cfi_range range, const struct cfi_set *set)
{
	struct cfi_rule remembered[CFI_MAX_NESTING];
	struct run run = {.table = t,
			  .cie = cie,
			  .set = set,
			  .range = range,
			  .at = range.start,
			  .rule = cie->rule,
			  .offset = cie->rule.cfa.how == CFI_REG ? cie->rule.cfa.n : 0,
			  .remembered = remembered,
			  .changed = true};

	run_program(&run, &program);
	if (run.err)
		return run.err;
	if (run.broken) {
		t->broken++;
		return cfi_table_row(t, run.at, CFI_RULE_BROKEN);
	}
	if (run.at < range.end)
		put_row(&run, run.at);
	return run.err;
}
