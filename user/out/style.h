/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_STYLE_H
#define HOSTPROF_OUT_STYLE_H
/*
 * The few colours of terminal output. Escape sequences go straight to the output, never through
 * the functions that measure text.
 */
#include "out/out.h"
#include "util/buf.h"

enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_FAINT,
	STYLE_HOT,
	STYLE_WARM,
	STYLE_KERNEL,
	STYLE_GOOD
};

#define STYLE_HOT_PERCENT  10.0
#define STYLE_WARM_PERCENT 3.0

static inline void style_on(struct buf *out, bool colour, enum style style)
{
	static const char *const codes[] = {
		[STYLE_TITLE] = "\033[1m", [STYLE_FAINT] = "\033[2m",	[STYLE_HOT] = "\033[1;31m",
		[STYLE_WARM] = "\033[33m", [STYLE_KERNEL] = "\033[36m", [STYLE_GOOD] = "\033[32m",
	};

	if (colour && style != STYLE_PLAIN)
		buf_puts(out, codes[style]);
}

static inline void style_off(struct buf *out, bool colour, enum style style)
{
	if (colour && style != STYLE_PLAIN)
		buf_puts(out, "\033[0m");
}

static inline enum style style_of_percent(double percent)
{
	return percent >= STYLE_HOT_PERCENT    ? STYLE_HOT
	       : percent >= STYLE_WARM_PERCENT ? STYLE_WARM
					       : STYLE_PLAIN;
}

#endif
