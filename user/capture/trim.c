// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/trim.h"

#include <stdbool.h>
#include <string.h>

#include "model/profile.h"

/* What can stand between the program and the scheduler's caller; kernels differ in what does. */
static const char *const prefixes[] = {
	"bpf_prog_",	"bpf_trampoline_", "bpf_trace_run",
	"__bpf_trace_", "__traceiter_",	   "bpf_get_stack",
};
static const char *const scheduler[] = {
	"__schedule",
	"schedule",
	"schedule_idle",
	"preempt_schedule_common",
};

static bool is_ours(const char *name)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* Compilers give parts of a function names of their own: "__schedule.isra.0". */
static bool is_scheduler(const char *name)
{
	size_t n = strcspn(name, ".");

	for (size_t i = 0; i < sizeof(scheduler) / sizeof(scheduler[0]); i++)
		if (strlen(scheduler[i]) == n && !strncmp(name, scheduler[i], n))
			return true;
	return false;
}

static bool is_in_the_way(const struct profile *p, uint32_t location)
{
	const struct profile_location *l = &p->locations.at[location];
	const char *name;

	if (!l->n_lines)
		return false;
	name = profile_str(p, p->functions.at[p->lines.at[l->first_line].function].system_name);
	return is_ours(name) || is_scheduler(name);
}

void trim_switch(struct profile *p)
{
	struct profile_span *stack;

	vec_each(stack, &p->stacks)
		while (stack->n > 1 && is_in_the_way(p, p->frames.at[stack->first])) {
			stack->first++;
			stack->n--;
		}
}
