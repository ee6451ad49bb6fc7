// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a name that a compiler made: no answer is longer than promised, and the limit of
 * time for one input is libFuzzer's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sym/demangle.h"
#include "util/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *name = mem_zalloc(size + 1);
	struct buf out = {0};

	memcpy(name, bytes, size);
	if (demangle_name(name, &out) && (!out.len || out.len > DEMANGLE_MAX_OUTPUT))
		abort();
	if (demangle_ada(name, &out) && (!out.len || out.len > DEMANGLE_MAX_OUTPUT))
		abort();
	buf_done(&out);
	free(name);
	return 0;
}
