// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/disasm.h"

#include <capstone/capstone.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/isolate.h"

#define FLUSH_BYTES (64u << 10)

struct job {
	cs_arch arch;
	cs_mode mode;
	const uint8_t *code;
	size_t size;
	uint64_t address;
};

/* How a row crosses the pipe; its text follows. */
struct record {
	uint64_t target;
	uint32_t size, n_text;
};

static int arch_of(uint16_t machine, struct job *job)
{
	switch (machine) {
	case EM_X86_64:
		job->arch = CS_ARCH_X86;
		job->mode = CS_MODE_64;
		return 0;
	case EM_386:
		job->arch = CS_ARCH_X86;
		job->mode = CS_MODE_32;
		return 0;
	case EM_AARCH64:
		job->arch = CS_ARCH_ARM64;
		job->mode = CS_MODE_ARM;
		return 0;
	case EM_ARM:
		job->arch = CS_ARCH_ARM;
		job->mode = CS_MODE_ARM;
		return 0;
	default: return -EOPNOTSUPP;
	}
}

static bool goes_somewhere(csh cs, const cs_insn *insn)
{
	return cs_insn_group(cs, insn, CS_GRP_CALL) || cs_insn_group(cs, insn, CS_GRP_JUMP);
}

static uint64_t target_of(csh cs, const struct job *job, const cs_insn *insn)
{
	/* Skipped bytes have no detail. */
	if (!insn->id || !insn->detail)
		return 0;
	if (job->arch == CS_ARCH_X86) {
		const cs_x86 *x86 = &insn->detail->x86;

		if (goes_somewhere(cs, insn) && x86->op_count == 1 &&
		    x86->operands[0].type == X86_OP_IMM)
			return (uint64_t)x86->operands[0].imm;
		return 0;
	}
	if (job->arch == CS_ARCH_ARM64) {
		const cs_arm64 *arm64 = &insn->detail->arm64;
		uint8_t n = arm64->op_count;

		/* "bl" is in no group in capstone 4; the branch's own operand is the last one. */
		if ((insn->id == ARM64_INS_BL || goes_somewhere(cs, insn)) && n &&
		    arm64->operands[n - 1].type == ARM64_OP_IMM)
			return (uint64_t)arm64->operands[n - 1].imm;
	}
	return 0;
}

static int write_all(int out, struct buf *bytes)
{
	size_t done = 0;

	while (done < bytes->len) {
		ssize_t n = write(out, bytes->data + done, bytes->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		done += (size_t)n;
	}
	buf_clear(bytes);
	return 0;
}

static int write_rows(csh cs, const struct job *job, int out)
{
	cs_insn *insn = cs_malloc(cs);
	const uint8_t *code = job->code;
	size_t left = job->size;
	uint64_t address = job->address;
	struct buf bytes = {0};
	int err = insn ? 0 : -ENOMEM;

	while (!err && cs_disasm_iter(cs, &code, &left, &address, insn)) {
		struct record r = {.target = target_of(cs, job, insn), .size = insn->size};
		char text[DISASM_MAX_TEXT];
		int n = snprintf(text, sizeof(text), *insn->op_str ? "%-7s %s" : "%s",
				 insn->mnemonic, insn->op_str);

		r.n_text = n < DISASM_MAX_TEXT ? (uint32_t)n : DISASM_MAX_TEXT - 1;
		buf_add(&bytes, &r, sizeof(r));
		buf_add(&bytes, text, r.n_text);
		if (bytes.len >= FLUSH_BYTES)
			err = write_all(out, &bytes);
	}
	return err ? err : write_all(out, &bytes);
}

/* Runs in the child, which ends behind it: nothing is freed. */
static int run(void *arg, int out)
{
	const struct job *job = arg;
	csh cs;

	if (cs_open(job->arch, job->mode, &cs) != CS_ERR_OK ||
	    cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK ||
	    cs_option(cs, CS_OPT_SKIPDATA, CS_OPT_ON) != CS_ERR_OK)
		return -EIO;
	if (job->arch == CS_ARCH_X86)
		cs_option(cs, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
	return write_rows(cs, job, out);
}

static void parse(const struct buf *bytes, const struct job *job, struct disasm *d)
{
	size_t at = 0, left = job->size;
	uint64_t address = job->address;
	struct record r;

	while (bytes->len - at >= sizeof(r)) {
		struct disasm_row row = {.address = address, .text = (uint32_t)d->text.len};

		memcpy(&r, bytes->data + at, sizeof(r));
		at += sizeof(r);
		if (!r.size || r.size > left || r.n_text >= DISASM_MAX_TEXT ||
		    r.n_text > bytes->len - at)
			return;
		row.size = r.size;
		row.target = r.target;
		buf_add(&d->text, bytes->data + at, r.n_text);
		buf_add(&d->text, "", 1);
		vec_push(&d->rows, row);
		at += r.n_text;
		left -= r.size;
		address += r.size;
	}
}

int disasm_read(uint16_t machine, const void *code, size_t size, uint64_t address,
		struct disasm *ret_disasm)
{
	const struct isolate_limits limits = {
		.memory = DISASM_MAX_MEMORY, .output = DISASM_MAX_OUTPUT, .time_ns = DISASM_MAX_NS};
	struct job job = {.code = code, .size = size, .address = address};
	struct disasm d = {0};
	struct buf bytes = {0};
	int err = arch_of(machine, &job);

	buf_add(&d.text, "", 1);
	if (!err && size > DISASM_MAX_BYTES)
		err = -EFBIG;
	if (!err && size)
		err = isolate_run(&limits, run, &job, &bytes);
	parse(&bytes, &job, &d);
	buf_done(&bytes);
	*ret_disasm = d;
	return err;
}

void disasm_done(struct disasm *d)
{
	vec_done(&d->rows);
	buf_done(&d->text);
}
