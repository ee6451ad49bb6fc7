// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/cfi_expr.h"

#include "elf/cfi_dwarf.h"

#define STACK_DEPTH 4 /* values; the shapes we can use need two */

enum value_kind { VALUE_CONST, VALUE_CFA, VALUE_REG, VALUE_DEREF, VALUE_OTHER };

/* A sum with at most one unknown: n, CFA + n, reg + n, or [reg + n] + m. */
struct value {
	enum value_kind kind;
	uint16_t reg;
	int64_t n, m;
};

struct machine {
	struct value stack[STACK_DEPTH];
	unsigned int depth;
	bool failed;
};

static void push_value(struct machine *machine, struct value value)
{
	if (machine->depth == STACK_DEPTH)
		machine->failed = true;
	else
		machine->stack[machine->depth++] = value;
}

static struct value pop_value(struct machine *machine)
{
	if (!machine->depth) {
		machine->failed = true;
		return (struct value){.kind = VALUE_OTHER};
	}
	return machine->stack[--machine->depth];
}

static void push_const(struct machine *machine, int64_t n)
{
	push_value(machine, (struct value){.kind = VALUE_CONST, .n = n});
}

static void push_register(struct machine *machine, uint64_t reg, int64_t n)
{
	if (reg >= CFI_X86_64_REGS)
		machine->failed = true;
	push_value(machine, (struct value){.kind = VALUE_REG, .reg = (uint16_t)reg, .n = n});
}

/* Wraps, as the machine would; anything that large is refused in the end. */
static int64_t wrap_sum(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void add_values(struct machine *machine, struct value a, struct value b)
{
	if (a.kind == VALUE_CONST) {
		struct value swapped = a;

		a = b;
		b = swapped;
	}
	if (b.kind != VALUE_CONST)
		machine->failed = true;
	else if (a.kind == VALUE_DEREF)
		a.m = wrap_sum(a.m, b.n);
	else
		a.n = wrap_sum(a.n, b.n);
	push_value(machine, a);
}

static void subtract_values(struct machine *machine)
{
	struct value b = pop_value(machine), a = pop_value(machine);

	b.n = (int64_t)(0 - (uint64_t)b.n);
	if (b.kind != VALUE_CONST)
		machine->failed = true;
	add_values(machine, a, b);
}

static void deref_value(struct machine *machine)
{
	struct value value = pop_value(machine);

	if (value.kind != VALUE_REG || value.m)
		machine->failed = true;
	value.kind = VALUE_DEREF;
	push_value(machine, value);
}

static void run_operation(struct machine *machine, struct cfi_input *in)
{
	uint8_t op = input_u8(in);
	struct value top;

	if (op >= DW_OP_lit0 && op <= DW_OP_lit31) {
		push_const(machine, op - DW_OP_lit0);
		return;
	}
	if (op >= DW_OP_breg0 && op <= DW_OP_breg31) {
		push_register(machine, op - DW_OP_breg0, input_sleb(in));
		return;
	}
	switch (op) {
	case DW_OP_nop: break;
	case DW_OP_bregx: {
		uint64_t reg = input_uleb(in);

		push_register(machine, reg, input_sleb(in));
		break;
	}
	case DW_OP_const1u: push_const(machine, (int64_t)input_word(in, 1)); break;
	case DW_OP_const2u: push_const(machine, (int64_t)input_word(in, 2)); break;
	case DW_OP_const4u: push_const(machine, (int64_t)input_word(in, 4)); break;
	case DW_OP_const8u:
	case DW_OP_const8s: push_const(machine, (int64_t)input_word(in, 8)); break;
	case DW_OP_const1s: push_const(machine, input_signed(in, 1)); break;
	case DW_OP_const2s: push_const(machine, input_signed(in, 2)); break;
	case DW_OP_const4s: push_const(machine, input_signed(in, 4)); break;
	case DW_OP_constu: push_const(machine, (int64_t)input_uleb(in)); break;
	case DW_OP_consts: push_const(machine, input_sleb(in)); break;
	case DW_OP_plus_uconst:
		push_const(machine, (int64_t)input_uleb(in));
		/* fallthrough */
	case DW_OP_plus:
		top = pop_value(machine);
		add_values(machine, pop_value(machine), top);
		break;
	case DW_OP_minus: subtract_values(machine); break;
	case DW_OP_deref: deref_value(machine); break;
	default: machine->failed = true;
	}
}

static struct value run_expression(struct machine *machine, struct cfi_input in)
{
	struct value other = {.kind = VALUE_OTHER}, top;

	if (in.bad || input_left(&in) > CFI_MAX_EXPRESSION)
		return other;
	while (input_left(&in) && !machine->failed && !in.bad)
		run_operation(machine, &in);
	top = pop_value(machine);
	if (machine->failed || in.bad || top.n != (int32_t)top.n || top.m != (int32_t)top.m)
		return other;
	return top;
}

/*
 * Lazy binding stubs push one word more in their second half, so one FDE serves them all:
 * rsp + 8 + ((rip & 15) >= m) << 3. The bound m depends on the kind of stub.
 */
static bool match_plt(const struct cfi_input *expr, struct cfi_place *ret_place)
{
	static const uint8_t before[] = {DW_OP_breg7, 8, DW_OP_breg16, 0, DW_OP_lit15, DW_OP_and};
	static const uint8_t after[] = {DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus};
	uint8_t bound;

	if (input_left(expr) != sizeof(before) + 1 + sizeof(after) ||
	    memcmp(expr->at, before, sizeof(before)) ||
	    memcmp(expr->at + sizeof(before) + 1, after, sizeof(after)))
		return false;
	bound = expr->at[sizeof(before)];
	if (bound < DW_OP_lit0 || bound > DW_OP_lit15)
		return false;
	*ret_place = (struct cfi_place){
		.how = CFI_PLT, .reg = CFI_X86_64_RSP, .n = 8, .m = bound - DW_OP_lit0};
	return true;
}

/*
 * Code with a stack frame as large as a number says keeps the caller's rsp above it:
 * [rsp + n + register * 8] + m.
 */
static bool match_index(struct cfi_input expr, struct cfi_place *ret_place)
{
	static const uint8_t middle[] = {0,	     DW_OP_lit8,  DW_OP_mul,
					 DW_OP_plus, DW_OP_deref, DW_OP_plus_uconst};
	bool is_sp = input_u8(&expr) == DW_OP_breg7;
	int64_t n = input_sleb(&expr);
	unsigned int index = input_u8(&expr);
	struct cfi_input rest = input_take(&expr, sizeof(middle));
	uint64_t m = input_uleb(&expr);

	if (!is_sp || expr.bad || input_left(&expr) || index < DW_OP_breg0 ||
	    index >= DW_OP_breg16 || memcmp(rest.at, middle, sizeof(middle)) || n != (int32_t)n ||
	    m > INT32_MAX)
		return false;
	*ret_place = (struct cfi_place){.how = CFI_INDEX,
					.reg = (uint16_t)(index - DW_OP_breg0),
					.n = (int32_t)n,
					.m = (int32_t)m};
	return true;
}

struct cfi_place cfi_expr_cfa(struct cfi_input expr)
{
	struct machine machine = {.depth = 0};
	struct cfi_place place = {.how = CFI_OTHER};
	struct value value;

	if (!expr.bad && (match_plt(&expr, &place) || match_index(expr, &place)))
		return place;
	value = run_expression(&machine, expr);
	if (value.kind == VALUE_REG || value.kind == VALUE_DEREF)
		place = (struct cfi_place){.how = value.kind == VALUE_REG ? CFI_REG : CFI_DEREF,
					   .reg = value.reg,
					   .n = (int32_t)value.n,
					   .m = (int32_t)value.m};
	return place;
}

struct cfi_place cfi_expr_register(struct cfi_input expr, bool at)
{
	struct machine machine = {.depth = 1, .stack = {{.kind = VALUE_CFA}}};
	struct cfi_place place = {.how = CFI_OTHER};
	struct value value = run_expression(&machine, expr);

	if (value.kind == VALUE_CFA)
		place.how = at ? CFI_AT_CFA : CFI_CFA;
	else if (value.kind == VALUE_REG)
		place.how = at ? CFI_DEREF : CFI_REG;
	else if (value.kind == VALUE_DEREF && !at)
		place.how = CFI_DEREF;
	else
		return place;
	place.reg = value.reg;
	place.n = (int32_t)value.n;
	place.m = (int32_t)value.m;
	return place;
}
