// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/scale.h"

#include <stdio.h>
#include <string.h>

#include "out/label.h"

#define PERCENT_WIDTH 7

struct step {
	double factor; /* in base units */
	const char *unit;
	int decimals;
};

/* Times count in nanoseconds, sizes in bytes. */
static const struct step times[] = {
	{1e9, "s", 3}, {1e6, "ms", 3}, {1e3, "us", 3}, {1, "ns", 0}, {0, NULL, 0}};
static const struct step sizes[] = {{1ull << 40, "TiB", 2},
				    {1ull << 30, "GiB", 2},
				    {1ull << 20, "MiB", 2},
				    {1ull << 10, "KiB", 2},
				    {1, "B", 0},
				    {0, NULL, 0}};

static const struct {
	const char *unit;
	const struct step *steps;
	double base;
} units[] = {
	{"nanoseconds", times, 1},
	{"microseconds", times, 1e3},
	{"milliseconds", times, 1e6},
	{"seconds", times, 1e9},
	{"ns", times, 1},
	{"us", times, 1e3},
	{"ms", times, 1e6},
	{"s", times, 1e9},
	{"bytes", sizes, 1},
	{"kilobytes", sizes, 1024},
	{"megabytes", sizes, 1 << 20},
};

struct scale scale_for(const char *unit, int64_t largest)
{
	struct scale scale = {.divisor = 1};
	double most = largest < 0 ? -(double)largest : (double)largest;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const struct step *step = units[i].steps;

		if (strcmp(unit, units[i].unit))
			continue;
		while (step[1].unit && most * units[i].base < step->factor)
			step++;
		scale.divisor = step->factor / units[i].base;
		scale.decimals = scale.divisor > 1 ? step->decimals : 0;
		snprintf(scale.unit, sizeof(scale.unit), "%s", step->unit);
		/* Four or more digits in front of the point need none behind it. */
		if (scale.decimals && most / scale.divisor >= 10000)
			scale.decimals = 1;
		return scale;
	}
	if (strcmp(unit, "count") && *unit)
		snprintf(scale.unit, sizeof(scale.unit), "%.*s", 16, unit);
	return scale;
}

void scale_number(const struct scale *scale, int64_t value, struct buf *out)
{
	buf_printf(out, "%.*f", scale->decimals, (double)value / scale->divisor);
}

void scale_value(const struct scale *scale, int64_t value, struct buf *out)
{
	scale_number(scale, value, out);
	if (*scale->unit) {
		buf_putc(out, ' ');
		label_clean(out, scale->unit);
	}
}

double scale_percent(int64_t value, int64_t total)
{
	return total ? 100.0 * (double)value / (double)total : 0;
}

void scale_percent_print(int64_t value, int64_t total, struct buf *out)
{
	size_t from = out->len;

	buf_printf(out, "%.1f %%", scale_percent(value, total));
	label_align_right(out, from, PERCENT_WIDTH);
}

void scale_described(const struct profile *p, uint32_t value, int64_t n, struct buf *out)
{
	const char *unit = profile_str(p, p->types[value].unit);
	struct scale scale = scale_for(unit, n);

	scale_value(&scale, n, out);
	buf_puts(out, strcmp(unit, "count") ? " of " : " ");
	label_clean(out, profile_str(p, p->types[value].type));
}
