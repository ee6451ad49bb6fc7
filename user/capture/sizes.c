// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/sizes.h"

#include <math.h>

#define MOST 9e18 /* below INT64_MAX */

int64_t sizes_stand_for(uint64_t size, uint64_t spacing, double each, double *carry)
{
	double chance, n;

	/* With a point on each byte all things are hit, those without a size too. */
	chance = spacing <= 1 || !size ? 1 : -expm1(-(double)size / (double)spacing);
	n = each / chance + *carry;
	if (n > MOST)
		return (int64_t)MOST;
	*carry = n - floor(n);
	return (int64_t)floor(n);
}
