// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#define STACK 16

enum { RBX = 3, RBP = 6, RSP = 7, RIP = 16 };

uint64_t frame_word(uint64_t address)
{
	uint64_t word = (address ^ 0x5851f42d4c957f2dull) * 0x9e3779b97f4a7c15ull;

	return word ^ word >> 29;
}

struct frame_regs frame_regs_at(uint64_t address)
{
	struct frame_regs regs;

	for (unsigned int i = 0; i < FRAME_REGS; i++)
		regs.value[i] = frame_word(i + 1) & 0x7ffffffffff8;
	regs.value[RIP] = address;
	return regs;
}

/* --- ours ------------------------------------------------------------------------------------- */

static uint64_t rule_cfa(union hp_unwind_rule rule, const struct frame_regs *regs)
{
	const uint64_t *reg = regs->value;

	switch (rule.how & HP_UNWIND_KIND) {
	case HP_UNWIND_SP: return reg[RSP] + (uint64_t)(int64_t)rule.cfa;
	case HP_UNWIND_BP: return reg[RBP] + (uint64_t)(int64_t)rule.cfa;
	case HP_UNWIND_BX: return reg[RBX] + (uint64_t)(int64_t)rule.cfa;
	case HP_UNWIND_SP_DEREF:
		return frame_word(reg[RSP] + (uint64_t)(int64_t)rule.from) +
		       (uint64_t)(int64_t)rule.add;
	case HP_UNWIND_BP_DEREF:
		return frame_word(reg[RBP] + (uint64_t)(int64_t)rule.from) +
		       (uint64_t)(int64_t)rule.add;
	case HP_UNWIND_PLT: return reg[RSP] + 8 + ((reg[RIP] & 15) >= (uint64_t)rule.cfa ? 8 : 0);
	case HP_UNWIND_INDEX:
		return frame_word(reg[RSP] + 8 * reg[rule.from & 15] +
				  (uint64_t)(int64_t)(rule.from >> 4)) +
		       (uint64_t)(int64_t)rule.add;
	case HP_UNWIND_REG: return reg[rule.cfa & 15] + (uint64_t)(int64_t)(rule.cfa >> 4);
	case HP_UNWIND_RA_REG: return reg[RSP] + (uint64_t)(int64_t)(rule.cfa >> 4);
	default: abort();
	}
}

static struct frame_value rule_rbp(union hp_unwind_rule rule, uint64_t cfa,
				   const struct frame_regs *regs)
{
	uint64_t offset = (uint64_t)(int64_t)rule.bp;

	switch (rule.how & HP_UNWIND_BP_MASK) {
	case HP_UNWIND_BP_SAME: return (struct frame_value){.value = regs->value[RBP]};
	case HP_UNWIND_BP_AT_CFA: return (struct frame_value){.value = frame_word(cfa + offset)};
	case HP_UNWIND_BP_AT_BP:
		return (struct frame_value){.value = frame_word(regs->value[RBP] + offset)};
	default: return (struct frame_value){.lost = true};
	}
}

static struct frame_value rule_rbx(union hp_unwind_rule rule, uint64_t cfa,
				   const struct frame_regs *regs)
{
	uint64_t base = rule.how & HP_UNWIND_BX_AT_BP ? regs->value[RBP] : cfa;

	if (!rule.bx)
		return (struct frame_value){.value = regs->value[RBX]};
	if (rule.bx == HP_UNWIND_BX_LOST)
		return (struct frame_value){.lost = true};
	return (struct frame_value){.value = frame_word(base - 8ull * rule.bx)};
}

struct frame frame_by_rule(union hp_unwind_rule rule, const struct frame_regs *regs)
{
	struct frame frame = {.interrupted = rule.how & HP_UNWIND_INTERRUPTED};
	uint64_t sp = regs->value[RSP];

	switch (rule.how & HP_UNWIND_KIND) {
	case HP_UNWIND_NONE:
	case HP_UNWIND_UNSUP: return (struct frame){.end = FRAME_UNKNOWN};
	case HP_UNWIND_END: return (struct frame){.end = FRAME_BOTTOM};
	case HP_UNWIND_SIGNAL:
		frame.cfa = frame_word(sp + HP_SIGNAL_RSP);
		frame.ra = frame_word(sp + HP_SIGNAL_RIP);
		frame.rbp.value = frame_word(sp + HP_SIGNAL_RBP);
		frame.rbx.value = frame_word(sp + HP_SIGNAL_RBX);
		return frame;
	}
	frame.cfa = rule_cfa(rule, regs);
	frame.ra = (rule.how & HP_UNWIND_KIND) == HP_UNWIND_RA_REG ? regs->value[rule.cfa & 15]
								   : frame_word(frame.cfa - 8);
	frame.rbp = rule_rbp(rule, frame.cfa, regs);
	frame.rbx = rule_rbx(rule, frame.cfa, regs);
	return frame;
}

/* --- libdw's ---------------------------------------------------------------------------------- */

struct machine {
	uint64_t stack[STACK];
	unsigned int depth;
	bool failed;
	bool is_value; /* the result is the value, not its address */
	const struct frame_regs *regs;
	uint64_t cfa;
};

static void push_value(struct machine *machine, uint64_t value)
{
	if (machine->depth == STACK)
		machine->failed = true;
	else
		machine->stack[machine->depth++] = value;
}

static uint64_t pop_value(struct machine *machine)
{
	if (machine->depth)
		return machine->stack[--machine->depth];
	machine->failed = true;
	return 0;
}

static void push_register(struct machine *machine, uint64_t reg, uint64_t offset)
{
	if (reg >= FRAME_REGS)
		machine->failed = true;
	else
		push_value(machine, machine->regs->value[reg] + offset);
}

static void run_binary(struct machine *machine, uint8_t atom)
{
	uint64_t b = pop_value(machine), a = pop_value(machine);

	switch (atom) {
	case DW_OP_mul: push_value(machine, a * b); break;
	case DW_OP_plus: push_value(machine, a + b); break;
	case DW_OP_minus: push_value(machine, a - b); break;
	case DW_OP_and: push_value(machine, a & b); break;
	case DW_OP_shl: push_value(machine, b < 64 ? a << b : 0); break;
	case DW_OP_ge: push_value(machine, (int64_t)a >= (int64_t)b); break;
	default: machine->failed = true;
	}
}

static void run_op(struct machine *machine, const Dwarf_Op *op)
{
	uint8_t atom = op->atom;

	if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31) {
		push_value(machine, atom - DW_OP_lit0);
	} else if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31) {
		push_register(machine, atom - DW_OP_breg0, op->number);
	} else if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31) {
		push_register(machine, atom - DW_OP_reg0, 0);
		machine->is_value = true;
	} else if (atom >= DW_OP_const1u && atom <= DW_OP_consts) {
		push_value(machine, op->number);
	} else {
		switch (atom) {
		case DW_OP_nop: break;
		case DW_OP_bregx: push_register(machine, op->number, op->number2); break;
		case DW_OP_regx:
			push_register(machine, op->number, 0);
			machine->is_value = true;
			break;
		case DW_OP_call_frame_cfa: push_value(machine, machine->cfa); break;
		case DW_OP_plus_uconst: push_value(machine, pop_value(machine) + op->number); break;
		case DW_OP_deref: push_value(machine, frame_word(pop_value(machine))); break;
		case DW_OP_stack_value: machine->is_value = true; break;
		default: run_binary(machine, atom);
		}
	}
}

static uint64_t run_ops(struct machine *machine, const Dwarf_Op *ops, size_t n)
{
	for (size_t i = 0; i < n && !machine->failed; i++)
		run_op(machine, &ops[i]);
	return pop_value(machine);
}

/* False: the evaluator does not know. */
static bool libdw_register(Dwarf_Frame *frame, int reg, const struct frame_regs *regs, uint64_t cfa,
			   struct frame_value *ret_value)
{
	struct machine machine = {.regs = regs, .cfa = cfa};
	Dwarf_Op memory[3], *ops;
	uint64_t value;
	size_t n;

	if (dwarf_frame_register(frame, reg, memory, &ops, &n))
		return false;
	if (!n) { /* nothing to compute: unchanged, or else undefined */
		/*
		 * What the file leaves unsaid is up to the ABI, and elfutils' table of it has rax
		 * where rbx is meant: its "undefined" for rbx means unsaid.
		 */
		*ret_value = (struct frame_value){.value = regs->value[reg],
						  .lost = ops == memory && reg != RBX};
		return true;
	}
	/* The value of an expression for a location starts with the CFA on the stack. */
	if (ops != memory)
		push_value(&machine, cfa);
	value = run_ops(&machine, ops, n);
	if (machine.failed)
		return false;
	*ret_value = (struct frame_value){.value = machine.is_value ? value : frame_word(value)};
	return true;
}

struct frame frame_by_libdw(Dwarf_CFI *cfi, uint64_t address, const struct frame_regs *regs)
{
	struct frame none = {.end = FRAME_UNKNOWN}, refused = {.end = FRAME_REFUSED};
	struct frame frame = {.end = FRAME_CALLER};
	struct machine machine = {.regs = regs};
	Dwarf_Frame *by_libdw = NULL;
	struct frame_value ra;
	Dwarf_Addr start, end;
	Dwarf_Op *ops;
	size_t n;

	if (dwarf_cfi_addrframe(cfi, address, &by_libdw))
		return strcmp(dwarf_errmsg(-1), "no matching address range") ? refused : none;
	if (dwarf_frame_info(by_libdw, &start, &end, &frame.interrupted) != RIP ||
	    dwarf_frame_cfa(by_libdw, &ops, &n))
		goto fail;
	if (n)
		frame.cfa = run_ops(&machine, ops, n);
	else
		machine.failed = true;
	if (!libdw_register(by_libdw, RIP, regs, frame.cfa, &ra))
		goto fail;
	if (ra.lost) {
		free(by_libdw);
		return (struct frame){.end = FRAME_BOTTOM};
	}
	frame.ra = ra.value;
	if (machine.failed || !libdw_register(by_libdw, RBP, regs, frame.cfa, &frame.rbp) ||
	    !libdw_register(by_libdw, RBX, regs, frame.cfa, &frame.rbx))
		goto fail;
	free(by_libdw);
	return frame;
fail:
	free(by_libdw);
	return refused;
}
