// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * musl's C library is built without call frame information, so the stacks of its programs end where
 * it called them: main, and the functions of threads. Nothing lies below but the library's own
 * start. Its code is found without symbols:
 *
 *   __clone              assembler, the same for years; a thread begins behind its system call
 *   start, start_c11     what pthread_create() gives to __clone, by "lea"; each calls the thread's
 *                        function and gives what it returns to the same __pthread_exit
 *   stage2 of the start  what __libc_start_main jumps to, through a register so that nothing is
 *                        moved in front of it; calls main and gives what it returns to exit
 *
 * Only the bytes of a call are marked, so code that merely lies beside it is none the worse.
 */
#include "elf/known_scan.h"

#include <string.h>

#include "elf/cfi.h"

#define CALL	    0xe8
#define CALL_BYTES  5
#define LEA_BYTES   7
#define JUMP_BYTES  24 /* between the lea of stage2 and the jump: three registers are popped */
#define STAGE_BYTES 128
#define START_BYTES 256 /* of start up to the call */
#define ARGS_BYTES  256 /* before the call of __clone */
#define MAX_STARTS  8	/* of which two are the library's, if any */

struct thread_start {
	uint64_t call, end; /* the call of the thread's function */
	uint64_t exit;	    /* what is called with its result */
};

/* "lea displacement(%rip), register": what it points to, or 0. */
static uint64_t lea_target(const uint8_t *code, uint64_t at, unsigned int *ret_reg)
{
	int32_t displacement;

	if ((code[0] & 0xfb) != 0x48 || code[1] != 0x8d || (code[2] & 0xc7) != 0x05)
		return 0;
	memcpy(&displacement, code + 3, sizeof(displacement));
	*ret_reg = (code[2] >> 3 & 7) | (code[0] & 4 ? 8 : 0);
	return at + LEA_BYTES + (uint64_t)(int64_t)displacement;
}

static uint64_t call_target(const uint8_t *code, uint64_t at)
{
	int32_t displacement;

	memcpy(&displacement, code + 1, sizeof(displacement));
	return at + CALL_BYTES + (uint64_t)(int64_t)displacement;
}

/* The bytes of "call *register" or "call *displacement(register)"; 0: it is none. */
static size_t indirect_call(const uint8_t *code, bool memory)
{
	size_t prefix = code[0] == 0x41;
	unsigned int modrm = code[prefix + 1], mod = modrm >> 6, rm = modrm & 7;

	if (code[prefix] != 0xff || (modrm >> 3 & 7) != 2)
		return 0;
	if (mod == 3)
		return prefix + 2;
	if (!memory || mod == 2 || rm == 4 || (mod == 0 && rm == 5))
		return 0;
	return prefix + 2 + mod;
}

/* Does the code end here? Then there is padding, or a function's start. */
static bool is_end(uint64_t at, uint8_t byte)
{
	return !(at & 15) || byte == 0x66 || byte == 0x0f || byte == 0x90 || byte == 0xcc;
}

/* "call *main; mov %eax, %edi; call exit". */
static bool find_main_call(struct scan *s, uint64_t stage)
{
	uint8_t code[STAGE_BYTES + 1];
	size_t n = known_peek(s, stage, code, sizeof(code));

	for (size_t i = 0; i + 11 < n; i++) {
		size_t call = indirect_call(code + i, false), after = i + call;

		if (!call || code[after] != 0x89 || code[after + 1] != 0xc7 ||
		    code[after + 2] != CALL)
			continue;
		if (after + 2 + CALL_BYTES < n &&
		    !is_end(stage + after + 2 + CALL_BYTES, code[after + 2 + CALL_BYTES]))
			continue;
		known_add(s->known, stage + i, stage + after, KNOWN_BOTTOM);
		return true;
	}
	return false;
}

/* "lea stage2, register; ...; jmp *register", whose jump is at bytes[jump]. */
static void look_before_jump(struct scan *s, uint64_t at, const uint8_t *bytes, size_t jump)
{
	bool high = jump && bytes[jump - 1] == 0x41;
	size_t first = jump > JUMP_BYTES ? jump - JUMP_BYTES : 0;

	for (size_t i = first; i + LEA_BYTES <= jump; i++) {
		unsigned int reg = 0, wanted = (bytes[jump + 1] & 7) | (high ? 8 : 0);
		uint64_t stage = lea_target(bytes + i, at + i, &reg);

		if (stage && reg == wanted && find_main_call(s, stage))
			return;
	}
}

/*
 * Its child: xor %ebp, %ebp; pop %rdi; call *%r9; mov %eax, %edi; exit(). Before that, for both:
 * syscall; test %eax, %eax; jnz.
 */
static void find_clone(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n)
{
	static const uint8_t both[] = {0x0f, 0x05, 0x85, 0xc0, 0x75};
	static const uint8_t begin[] = {0x31, 0xc0, 0xb0, 0x38, 0x49, 0x89, 0xfb};
	static const uint8_t child[] = {0x31, 0xed, 0x5f, 0x41, 0xff, 0xd1, 0x89,
					0xc7, 0x31, 0xc0, 0xb0, 0x3c, 0x0f, 0x05};
	const uint8_t *hit = memmem(bytes, n, child, sizeof(child)), *first;
	size_t before;

	if (!hit)
		return;
	known_add(s->known, at + (uint64_t)(hit - bytes),
		  at + (uint64_t)(hit - bytes) + sizeof(child), KNOWN_BOTTOM);
	before = sizeof(both) + 1;
	if ((size_t)(hit - bytes) >= before && !memcmp(hit - before, both, sizeof(both)))
		known_add(s->known, at + (uint64_t)(hit - bytes) - before,
			  at + (uint64_t)(hit - bytes), KNOWN_CLONED);
	before = (size_t)(hit - bytes) < SCAN_OVERLAP ? (size_t)(hit - bytes) : SCAN_OVERLAP;
	first = memmem(hit - before, before, begin, sizeof(begin));
	if (first)
		s->clone = at + (uint64_t)(first - bytes);
}

void known_musl_look(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n)
{
	const uint8_t *end = bytes + n, *hit = bytes;

	find_clone(s, at, bytes, n);
	for (; hit + 1 < end && (hit = memchr(hit, 0xff, (size_t)(end - 1 - hit))); hit++)
		if ((hit[1] & 0xf8) == 0xe0)
			look_before_jump(s, at, bytes, (size_t)(hit - bytes));
}

/* "call *function; mov %rax, %rdi; call exit", the result perhaps widened from 32 bits. */
static bool read_start(struct scan *s, uint64_t start, struct thread_start *ret_start)
{
	uint8_t code[START_BYTES];
	size_t n = known_peek(s, start, code, sizeof(code));

	for (size_t i = 0; i + 16 <= n; i++) {
		size_t call = indirect_call(code + i, true), after = i + call;

		if (!call)
			continue;
		after += !memcmp(code + after, "\x48\x98", 2) ? 2 : 0;
		if ((memcmp(code + after, "\x48\x89\xc7", 3) &&
		     memcmp(code + after, "\x48\x63\xf8", 3)) ||
		    code[after + 3] != CALL)
			continue;
		*ret_start =
			(struct thread_start){start + i, start + i + call,
					      call_target(code + after + 3, start + after + 3)};
		return true;
	}
	return false;
}

/* What one call of __clone may start: two that end alike are the library's. */
static void look_before_clone(struct scan *s, uint64_t call)
{
	struct thread_start starts[MAX_STARTS];
	uint64_t first = call - ARGS_BYTES;
	uint8_t code[ARGS_BYTES];
	uint32_t n = 0;

	while (first < call && known_peek(s, first, code, call - first) != call - first)
		first++;
	for (uint64_t at = first; at + LEA_BYTES <= call && n < MAX_STARTS; at++) {
		unsigned int reg = 0;
		uint64_t target = lea_target(code + (at - first), at, &reg);

		n += target && read_start(s, target, &starts[n]);
	}
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < n; j++) {
			if (starts[i].call == starts[j].call || starts[i].exit != starts[j].exit)
				continue;
			known_add(s->known, starts[i].call, starts[i].end, KNOWN_BOTTOM);
			break;
		}
	}
}

static void find_clone_calls(struct scan *s, uint64_t at, const uint8_t *bytes, size_t n)
{
	const uint8_t *end = bytes + n, *hit = bytes;

	for (; (hit = memchr(hit, CALL, (size_t)(end - hit))); hit++) {
		uint64_t address = at + (uint64_t)(hit - bytes);

		if (end - hit < CALL_BYTES)
			break;
		if (call_target(hit, address) == s->clone)
			look_before_clone(s, address);
	}
}

void known_musl_threads(struct scan *s)
{
	for (size_t i = 0; s->clone && i < s->areas.n; i++)
		known_scan_area(s, &s->areas.at[i], find_clone_calls);
}
