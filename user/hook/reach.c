// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/reach.h"

#include <errno.h>
#include <stdbool.h>

#include <capstone/capstone.h>

#include "util/hash.h"
#include "util/vec.h"

#define READ_BYTES 512

/* Code to be followed. */
struct place {
	uint64_t address;
	uint64_t to;	    /* where the helper it is in returns to */
	unsigned int depth; /* of calls */
};

struct walk {
	const struct reach *reach;
	csh cs;
	cs_insn *insn;
	VEC(struct place) todo; /* all places so far; the first `done` are followed */
	struct hash_index known;
	size_t done;
	uint32_t insns;
};

static bool same_place(const void *owner, uint32_t index, const void *key)
{
	const struct walk *w = owner;

	return w->todo.at[index].address == *(const uint64_t *)key;
}

static void add_place(struct walk *w, const struct place *place)
{
	uint64_t hash = hash_index_words(&w->known, place->address);

	if (hash_index_find(&w->known, hash, same_place, w, &place->address) != HASH_NONE)
		return;
	hash_index_add(&w->known, hash, (uint32_t)w->todo.n);
	vec_push(&w->todo, *place);
}

static void on_jump(struct walk *w, const struct place *from, uint64_t to)
{
	struct place place = *from;
	int number;

	place.address = w->reach->resolve(w->reach->arg, to);
	number = w->reach->function(w->reach->arg, place.address);
	if (number == REACH_NONE)
		add_place(w, &place);
	else if (from->depth)
		w->reach->calls(w->reach->arg, number, from->to);
	else
		w->reach->jumps(w->reach->arg, number);
}

static void on_call(struct walk *w, const struct place *from, uint64_t to, uint64_t back)
{
	struct place place = {.to = back, .depth = from->depth + 1};
	int number;

	place.address = w->reach->resolve(w->reach->arg, to);
	number = w->reach->function(w->reach->arg, place.address);
	if (number != REACH_NONE)
		w->reach->calls(w->reach->arg, number, back);
	else if (from->depth < REACH_MAX_CALLS)
		add_place(w, &place);
}

/* Where it goes, when that stands in the instruction; else 0. */
static uint64_t target_of(const cs_insn *insn)
{
	const cs_x86 *x86 = &insn->detail->x86;

	return x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM
		       ? (uint64_t)x86->operands[0].imm
		       : 0;
}

/* One instruction; false: nothing is reached behind it. */
static bool follow(struct walk *w, const struct place *from)
{
	const cs_insn *insn = w->insn;
	uint64_t to = target_of(insn), next = insn->address + insn->size;

	if (cs_insn_group(w->cs, insn, CS_GRP_CALL)) {
		if (to)
			on_call(w, from, to, next);
		return true;
	}
	if (cs_insn_group(w->cs, insn, CS_GRP_JUMP)) {
		if (to)
			on_jump(w, from, to);
		return insn->id != X86_INS_JMP;
	}
	return !cs_insn_group(w->cs, insn, CS_GRP_RET) && insn->id != X86_INS_UD2 &&
	       insn->id != X86_INS_HLT && insn->id != X86_INS_INT3;
}

/* From a place on, until the code ends or joins what is known. */
static void follow_place(struct walk *w, const struct place *from)
{
	uint8_t bytes[READ_BYTES];
	uint64_t at = from->address;

	for (;;) {
		size_t n = w->reach->read(w->reach->arg, at, bytes, sizeof(bytes));
		const uint8_t *code = bytes;
		uint64_t start = at;

		while (n && cs_disasm_iter(w->cs, &code, &n, &at, w->insn)) {
			uint64_t next = at;

			if (w->insns++ >= REACH_MAX_INSNS || !follow(w, from))
				return;
			if (hash_index_find(&w->known, hash_index_words(&w->known, next),
					    same_place, w, &next) != HASH_NONE)
				return;
		}
		if (at == start) /* no instruction, or cut off at the end of the code */
			return;
	}
}

int reach_from(const struct reach *reach, uint64_t address)
{
	struct walk w = {.reach = reach};
	struct place first = {.address = address};
	int err = -EIO;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &w.cs) != CS_ERR_OK)
		return -EIO;
	if (cs_option(w.cs, CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK)
		goto out;
	w.insn = cs_malloc(w.cs);
	if (!w.insn)
		goto out;
	add_place(&w, &first);
	for (; w.done < w.todo.n && w.insns < REACH_MAX_INSNS; w.done++) {
		struct place place = w.todo.at[w.done]; /* the list moves as it grows */

		follow_place(&w, &place);
	}
	err = 0;
out:
	if (w.insn)
		cs_free(w.insn, 1);
	cs_close(&w.cs);
	vec_done(&w.todo);
	hash_index_done(&w.known);
	return err;
}
