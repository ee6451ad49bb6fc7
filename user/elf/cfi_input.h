/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_ELF_CFI_INPUT_H
#define HOSTPROF_ELF_CFI_INPUT_H
/*
 * A cursor over bytes that nobody vouches for. Reading past the end gives 0 and sets `bad`, and
 * then stays at the end, so a caller may read several fields and check once. Private to cfi*.c.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cfi_input {
	const uint8_t *at, *end;
	bool bad;
};

static inline struct cfi_input input_of(const uint8_t *bytes, size_t n)
{
	return (struct cfi_input){.at = bytes, .end = bytes + n};
}

static inline size_t input_left(const struct cfi_input *in)
{
	return (size_t)(in->end - in->at);
}

static inline bool input_spoil(struct cfi_input *in)
{
	in->bad = true;
	in->at = in->end;
	return false;
}

/* The next n bytes as an input of their own; empty and bad when there are not as many. */
static inline struct cfi_input input_take(struct cfi_input *in, uint64_t n)
{
	struct cfi_input part = {.at = in->at, .end = in->at};

	if (n > input_left(in)) {
		input_spoil(in);
		part.bad = true;
		return part;
	}
	in->at += n;
	part.end = in->at;
	return part;
}

/* Little-endian, 1 to 8 bytes. */
static inline uint64_t input_word(struct cfi_input *in, size_t n)
{
	uint64_t word = 0;

	if (n > input_left(in))
		return input_spoil(in);
	memcpy(&word, in->at, n);
	in->at += n;
	return word;
}

static inline uint8_t input_u8(struct cfi_input *in)
{
	return in->at < in->end ? *in->at++ : input_spoil(in);
}

static inline int64_t input_signed(struct cfi_input *in, size_t n)
{
	unsigned int unused = 64 - 8 * (unsigned int)n;

	return (int64_t)(input_word(in, n) << unused) >> unused;
}

/* Bits above the 64th are dropped; the length is bounded by the input. */
static inline uint64_t input_leb(struct cfi_input *in, bool is_signed)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	uint8_t byte;

	do {
		byte = input_u8(in);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += shift < 64 ? 7 : 0;
	} while (byte & 0x80);
	if (is_signed && shift < 64 && (byte & 0x40))
		value |= ~0ull << shift;
	return value;
}

static inline uint64_t input_uleb(struct cfi_input *in)
{
	return input_leb(in, false);
}

static inline int64_t input_sleb(struct cfi_input *in)
{
	return (int64_t)input_leb(in, true);
}

#endif
