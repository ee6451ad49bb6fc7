// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/sizes.h"

#include <math.h>

#define MOST 9e18 /* below INT64_MAX */

double sizes_expected(uint64_t size, uint64_t spacing, double each)
{
	/* With a point on each byte all things are hit, those without a size too. */
	return spacing <= 1 || !size ? each : each / -expm1(-(double)size / (double)spacing);
}

int64_t sizes_stand_for(uint64_t size, uint64_t spacing, double each, double *carry)
{
	double n = sizes_expected(size, spacing, each) + *carry;

	if (n > MOST)
		return (int64_t)MOST;
	*carry = n - floor(n);
	return (int64_t)floor(n);
}
