// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/frame_kind.h"

#include <stddef.h>
#include <string.h>

#include "model/wall.h"

/* Ours is [jit]; the others are how profilers built on perf call such memory. */
static const char *const jit_modules[] = {"[jit", "perf-", "jitted-", "[anon", "//anon"};

enum frame_kind frame_kind_of(const char *module, bool kernel, bool named)
{
	if (kernel)
		return FRAME_KERNEL;
	for (size_t i = 0; i < sizeof(jit_modules) / sizeof(jit_modules[0]); i++)
		if (!strncmp(module, jit_modules[i], strlen(jit_modules[i])))
			return FRAME_JIT;
	if (!strcmp(module, WALL_STATE_MODULE))
		return FRAME_STATE;
	return named ? FRAME_USER : FRAME_UNNAMED;
}
