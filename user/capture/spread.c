// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/spread.h"

#include <math.h>

void spread_add(struct spread *spread, double length, double value)
{
	double rate = length > 0 ? value / length : 0, step = rate - spread->last_rate;

	if (spread->n++) {
		spread->steps += step * step / 2;
		spread->n_steps++;
	}
	spread->last_rate = rate;
	spread->sum += value;
	spread->squares += length * length;
}

double spread_error(const struct spread *spread)
{
	if (!spread->n_steps)
		return spread->sum; /* 0 of none */
	return sqrt(spread->squares * spread->steps / (double)spread->n_steps);
}
