// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/bar.h"

#include "out/label.h"

#define EIGHTHS 8 /* a block character can be filled by eighths */

void bar_print(struct buf *out, double part, size_t width)
{
	static const char *const blocks[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	size_t eighths, full;

	part = part < 0 ? 0 : part > 1 ? 1 : part;
	eighths = (size_t)(part * (double)(width * EIGHTHS) + 0.5);
	full = eighths / EIGHTHS;
	for (size_t i = 0; i < full; i++)
		buf_puts(out, "█");
	buf_puts(out, blocks[eighths % EIGHTHS]);
	label_pad(out, width - full - (eighths % EIGHTHS ? 1 : 0));
}

void bar_stacked(struct buf *out, const struct bar_part *parts, size_t n, size_t width, bool colour)
{
	double sum = 0;
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t end;

		/* Ends are rounded, not lengths: the whole bar keeps its length. */
		sum += parts[i].part > 0 ? parts[i].part : 0;
		end = sum >= 1 ? width : (size_t)(sum * (double)width + 0.5);
		if (end <= at)
			continue;
		style_on(out, colour, parts[i].style);
		for (; at < end; at++)
			buf_puts(out, parts[i].block);
		style_off(out, colour, parts[i].style);
	}
}
