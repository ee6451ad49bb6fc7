/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_KNOWN_H
#define HOSTPROF_ELF_KNOWN_H
/*
 * Code whose place in a stack is known by its bytes or by who calls it, where the file's call
 * frame information says nothing or cannot be trusted: assembler, which has none or, in
 * .debug_frame, what the toolchain wrote without looking. x86-64 only; addresses are virtual. The
 * file may be hostile: the work is bounded, and nothing is believed but the bytes.
 */
#include <stdint.h>
#include "util/vec.h"

#define KNOWN_MAX_SCAN                                                                             \
	(512ull << 20)	    /* bytes of code looked at; the largest Go programs have 100 */
#define KNOWN_MAX_CODE 1024 /* ranges found; there are a handful */

/* Of the code at an entry point: no _start is longer, and what follows it may be anything. */
#define KNOWN_ENTRY_BYTES 64

enum known_kind {
	KNOWN_BOTTOM,	/* nothing called it: the stack ends here */
	KNOWN_RETURN,	/* the same, and what is above it returns to its first byte */
	KNOWN_SIGNAL,	/* handlers return to it: the kernel's signal frame is at rsp */
	KNOWN_CALLED,	/* the return address is at rsp */
	KNOWN_CALLED_8, /* it is at rsp + 8 */
	KNOWN_CLONED,	/* it is at rsp, but for a child, with rax 0, which begins here */
	KNOWN_KEPT_BP,	/* rbp is at rsp - 16, kept by a callee; the return address at rbp + 8 */
	/* Called from a goroutine, whose stack is another; see enum hp_unwind_go. */
	KNOWN_GO_SAVED,
	KNOWN_GO_SAVED_FRAMED,
	KNOWN_GO_STOPPED,
	KNOWN_GO_DEPTH,
	KNOWN_GO_DEPTH_FRAMED,
	KNOWN_GO_BP,
	KNOWN_KINDS
};

struct known_code {
	uint64_t start, end;
	enum known_kind kind;
};

/* Where Go's runtime keeps what leads to a goroutine, in bytes. */
struct known_go {
	int16_t tls;  /* of the thread's g, from the thread pointer */
	uint8_t m;    /* in a g; its saved sp is the next word, its saved pc the one behind */
	int16_t curg; /* in an m: its goroutine */
	int16_t bp;   /* in a g: its saved rbp */
	int16_t frame_g, frame_depth; /* for KNOWN_GO_DEPTH, from rsp */
};

struct known {
	VEC(struct known_code) code; /* by rising start; they do not overlap */
	struct known_go go;	     /* for KNOWN_GO and its kin */
};

struct cfi_table;
struct elf_file;

/*
 * What is known beside `cfi`, and to be believed before it. The caller ends *ret_known with
 * known_done(). 0 or -errno of reading.
 */
int known_read(const struct elf_file *f, const struct cfi_table *cfi, struct known *ret_known);
void known_done(struct known *k);

#endif
