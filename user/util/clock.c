// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t clock_mono_ns(void)
{
	return now(CLOCK_MONOTONIC);
}

uint64_t clock_real_ns(void)
{
	return now(CLOCK_REALTIME);
}

uint64_t clock_cpu_ns(void)
{
	return now(CLOCK_PROCESS_CPUTIME_ID);
}

void clock_rfc3339(uint64_t real_ns, char *out, size_t size)
{
	time_t seconds = (time_t)(real_ns / NSEC_PER_SEC);
	struct tm tm;
	char day[24];

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, size, "%s.%03uZ", day, (unsigned)(real_ns % NSEC_PER_SEC / NSEC_PER_MSEC));
}
