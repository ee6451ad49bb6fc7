// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/time_text.h"

void time_text(struct buf *out, uint64_t ns)
{
	static const struct {
		double factor;
		const char *unit;
	} units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
	size_t i = 0;
	double n;

	while (i < 3 && (double)ns < 0.9995 * units[i].factor)
		i++;
	n = (double)ns / units[i].factor;
	if (!ns)
		buf_puts(out, "0");
	else
		buf_printf(out, "%.*f %s",
			   n < 9.995 && i < 3	? 2
			   : n < 99.95 && i < 3 ? 1
						: 0,
			   n, units[i].unit);
}
