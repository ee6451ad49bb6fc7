// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/site.h"

#include <errno.h>
#include <string.h>

#include <capstone/capstone.h>

#include "util/mem.h"
#include "util/vec.h"

#define REGISTERS 16
#define RSP	  4

/* Where the arguments are, as the instructions go by. */
struct state {
	uint16_t holds[SITE_ARGS]; /* bits of registers */
	bool sp_moved;
};

struct targets {
	VEC(uint64_t) list;
};

/* By the number in machine code; -1: none of the sixteen. */
static int number_of(unsigned int reg)
{
	static const struct {
		unsigned int regs[4];
	} names[REGISTERS] = {
		{{X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL}},
		{{X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL}},
		{{X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL}},
		{{X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL}},
		{{X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL}},
		{{X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL}},
		{{X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL}},
		{{X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL}},
		{{X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B}},
		{{X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B}},
		{{X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B}},
		{{X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B}},
		{{X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B}},
		{{X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B}},
		{{X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B}},
		{{X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B}},
	};

	switch (reg) {
	case X86_REG_AH: return 0;
	case X86_REG_CH: return 1;
	case X86_REG_DH: return 2;
	case X86_REG_BH: return 3;
	default: break;
	}
	for (int i = 0; i < REGISTERS; i++)
		for (int j = 0; j < 4; j++)
			if (names[i].regs[j] == reg)
				return i;
	return -1;
}

/*
 * What the kernel's uprobes emulate on x86-64, by its bytes, without prefixes (but REX before
 * push): see branch_setup_xol_ops() and push_setup_xol_ops() there. Longer nops never: a kernel
 * that optimises them writes below the stack pointer, where a leaf function may keep something.
 */
static bool is_emulated(const uint8_t *code, size_t size)
{
	uint8_t op = code[0];

	if (op == 0x41)
		return size == 2 && (code[1] & 0xf8) == 0x50; /* push r8 to r15 */
	if ((op & 0xf8) == 0x50)
		return size == 1; /* push */
	if (op == 0x90)
		return size == 1; /* nop */
	if (op == 0xe8 || op == 0xe9)
		return size == 5; /* call, jmp */
	if (op == 0xeb || (op & 0xf0) == 0x70)
		return size == 2;				    /* jmp, jcc */
	return op == 0x0f && size == 6 && (code[1] & 0xf0) == 0x80; /* jcc */
}

static bool in_group(csh cs, const cs_insn *insn, unsigned int group)
{
	return cs_insn_group(cs, insn, group);
}

/* Where jumps within the function go: such an instruction may run more than once a call. */
static void find_targets(csh cs, cs_insn *insn, const uint8_t *code, size_t size, uint64_t address,
			 struct targets *targets)
{
	uint64_t start = address, end = address + size;

	while (cs_disasm_iter(cs, &code, &size, &address, insn)) {
		const cs_x86 *x86 = &insn->detail->x86;
		uint64_t to;

		if (!in_group(cs, insn, CS_GRP_JUMP) || x86->op_count != 1 ||
		    x86->operands[0].type != X86_OP_IMM)
			continue;
		to = (uint64_t)x86->operands[0].imm;
		if (to >= start && to < end)
			vec_push(&targets->list, to);
	}
}

static bool is_target(const struct targets *targets, uint64_t address)
{
	const uint64_t *to;

	vec_each(to, &targets->list)
		if (*to == address)
			return true;
	return false;
}

/* A copy of an argument is as good as the argument. */
static bool follow_move(const cs_insn *insn, struct state *state)
{
	const cs_x86 *x86 = &insn->detail->x86;
	int to, from;

	if (insn->id != X86_INS_MOV || x86->op_count != 2 || x86->operands[0].type != X86_OP_REG ||
	    x86->operands[1].type != X86_OP_REG || x86->operands[0].size != 8 ||
	    x86->operands[1].size != 8)
		return false;
	to = number_of((unsigned int)x86->operands[0].reg);
	from = number_of((unsigned int)x86->operands[1].reg);
	if (to < 0 || from < 0 || to == RSP)
		return false;
	for (int i = 0; i < SITE_ARGS; i++) {
		if (state->holds[i] & 1u << from)
			state->holds[i] |= (uint16_t)(1u << to);
		else
			state->holds[i] &= (uint16_t) ~(1u << to);
	}
	return true;
}

/* 0, or -1: what it writes cannot be told. */
static int follow(csh cs, const cs_insn *insn, struct state *state)
{
	cs_regs reads, writes;
	uint8_t n_reads, n_writes;

	if (follow_move(insn, state))
		return 0;
	if (cs_regs_access(cs, insn, reads, &n_reads, writes, &n_writes) != CS_ERR_OK)
		return -1;
	for (uint8_t i = 0; i < n_writes; i++) {
		int number = number_of(writes[i]);

		if (number == RSP)
			state->sp_moved = true;
		for (int arg = 0; number >= 0 && arg < SITE_ARGS; arg++)
			state->holds[arg] &= (uint16_t) ~(1u << number);
	}
	return 0;
}

static bool fits(const struct state *state, const struct site_wish *wish)
{
	for (int i = 0; i < SITE_ARGS; i++)
		if ((wish->args & 1u << i) && !state->holds[i])
			return false;
	return wish->sp_may_move || !state->sp_moved;
}

static void take(const struct state *state, uint64_t address, bool one_trap, struct site *site)
{
	*site = (struct site){
		.address = address, .one_trap = one_trap, .sp_moved = state->sp_moved};
	for (int i = 0; i < SITE_ARGS; i++)
		site->args[i] =
			state->holds[i] ? (uint8_t)__builtin_ctz(state->holds[i]) : SITE_NO_ARG;
}

/* Does nothing pass behind this instruction, or more than what came to it? */
static bool ends_block(csh cs, const cs_insn *insn)
{
	return in_group(cs, insn, CS_GRP_JUMP) || in_group(cs, insn, CS_GRP_CALL) ||
	       in_group(cs, insn, CS_GRP_RET) || in_group(cs, insn, CS_GRP_INT) ||
	       in_group(cs, insn, CS_GRP_IRET) || insn->id == X86_INS_UD2 ||
	       insn->id == X86_INS_HLT;
}

static void search(csh cs, cs_insn *insn, const uint8_t *code, size_t size, uint64_t address,
		   const struct site_wish *wish, const struct targets *targets, struct site *site)
{
	struct state state = {.holds = {1u << 7, 1u << 6, 1u << 2}}; /* rdi, rsi, rdx */
	uint64_t start = address;

	for (int i = 0; i < SITE_MAX_INSNS; i++) {
		if (!cs_disasm_iter(cs, &code, &size, &address, insn) ||
		    (insn->address != start && is_target(targets, insn->address)) ||
		    !fits(&state, wish))
			return;
		if (is_emulated(insn->bytes, insn->size)) {
			take(&state, insn->address, true, site);
			return;
		}
		if (ends_block(cs, insn) || follow(cs, insn, &state))
			return;
	}
}

int site_pick(const uint8_t *code, size_t size, uint64_t address, const struct site_wish *wish,
	      struct site *ret_site)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	struct targets targets = {0};
	cs_insn *insn = NULL;
	int err = -EIO;
	csh cs;

	if (size > SITE_MAX_CODE)
		size = SITE_MAX_CODE;
	*ret_site = (struct site){.address = address, .args = {7, 6, 2}};
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &cs) != CS_ERR_OK)
		return -EIO;
	if (cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK)
		goto out;
	insn = cs_malloc(cs);
	if (!insn)
		goto out;
	/* What marks where indirect jumps may go does nothing. */
	if (size >= sizeof(endbr64) && !memcmp(code, endbr64, sizeof(endbr64))) {
		code += sizeof(endbr64);
		size -= sizeof(endbr64);
		address += sizeof(endbr64);
	}
	find_targets(cs, insn, code, size, address, &targets);
	search(cs, insn, code, size, address, wish, &targets, ret_site);
	err = 0;
out:
	if (insn)
		cs_free(insn, 1);
	cs_close(&cs);
	vec_done(&targets.list);
	return err;
}
