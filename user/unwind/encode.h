/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UNWIND_ENCODE_H
#define HOSTPROF_UNWIND_ENCODE_H
/*
 * Spans of code with their rules -> the blob of hostprof/unwind.h. Spans are put in by rising
 * offset; the encoder merges equal neighbours, and code that no span covers gets HP_UNWIND_NONE.
 */
#include <stdint.h>
#include "hostprof/unwind.h"
#include "util/buf.h"
#include "util/hash.h"
#include "util/vec.h"

#define ENCODE_MAX_PAGES (4u << 20)  /* 1 GiB of text, gaps included */
#define ENCODE_MAX_BLOB	 (64u << 20) /* bytes; the largest libraries need 5 MB */

struct encode_span { /* up to the next span */
	uint64_t start;
	uint32_t rule; /* position in rules; 0: HP_UNWIND_NONE */
};

struct encoder {
	VEC(struct encode_span) spans;
	VEC(union hp_unwind_rule) rules;
	struct hash_index index; /* of rules */
	uint64_t end;		 /* of the last span */
};

/* The blob is little-endian and ready to be copied to where it shall lie in the arena. */
struct unwind_blob {
	struct hp_unwind_table table; /* `at` is 0: it has no place yet */
	struct buf bytes;
};

void encoder_init(struct encoder *e);
void encoder_done(struct encoder *e);

/* A rule's number for encoder_add(); rules are kept once. 0 or -EFBIG: too many. */
int encoder_rule(struct encoder *e, union hp_unwind_rule rule, uint32_t *ret_rule);
/* Empty spans, and what lies before the end of the last span, are dropped. */
void encoder_add(struct encoder *e, uint64_t start, uint64_t end, uint32_t rule);
/* The caller ends the blob with unwind_blob_done(). 0; -ENODATA: no span; -EFBIG. */
int encoder_finish(struct encoder *e, struct unwind_blob *ret_blob);
void unwind_blob_done(struct unwind_blob *blob);

#endif
