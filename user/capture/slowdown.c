// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/slowdown.h"

double slowdown_factor(const struct slowdown *s, double *ret_doubt)
{
	double traps, in, out, factor, doubt;

	*ret_doubt = 0;
	if (!s->in_ns || !s->out_ns || s->out_cpu_ns <= 0)
		return 1;
	traps = (double)s->in_trap_ns / (double)s->in_ns;
	in = (double)s->in_cpu_ns / (double)s->in_ns - traps;
	out = (double)s->out_cpu_ns / (double)s->out_ns;
	factor = in / out;
	doubt = SLOWDOWN_DOUBT * traps / out;
	if (factor > 1 - doubt)
		return 1;
	*ret_doubt = doubt;
	return factor > doubt ? factor : doubt; /* nothing can be said of less */
}
