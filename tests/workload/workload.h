/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_WORKLOAD_H
#define HOSTPROF_WORKLOAD_H
/*
 * What the workloads share: burning CPU time that is measured, so that a test knows the truth.
 * Times are nanoseconds of CPU time of the calling thread. The code that burns is inlined, so
 * that the function named in the test is the leaf of the stack. Built with -O1 and frame pointers.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define NOINLINE __attribute__((noinline, noclone))

#define NS_PER_MS  1000000ULL
#define NS_PER_SEC 1000000000ULL

/* gcc drops the frame pointer of a leaf function in spite of its options, unless it is used. */
static inline __attribute__((always_inline)) void spin(uint64_t iterations)
{
	__asm__ volatile("" ::"r"(__builtin_frame_address(0)));
	for (uint64_t i = 0; i < iterations; i++)
		__asm__ volatile("" : "+r"(i));
}

static inline uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Iterations of spin() in about a millisecond of CPU time. */
static NOINLINE __attribute__((unused)) uint64_t spin_calibrate(void)
{
	uint64_t iterations = 1 << 16, took = 0;

	while (took < NS_PER_MS) {
		uint64_t start = cpu_ns();

		iterations *= 2;
		spin(iterations);
		took = cpu_ns() - start;
	}
	return iterations * NS_PER_MS / took;
}

static inline uint64_t rusage_ns(int who)
{
	struct rusage ru;

	getrusage(who, &ru);
	return ((uint64_t)ru.ru_utime.tv_sec + (uint64_t)ru.ru_stime.tv_sec) * NS_PER_SEC +
	       ((uint64_t)ru.ru_utime.tv_usec + (uint64_t)ru.ru_stime.tv_usec) * 1000;
}

/* The number in argv[i], or `fallback` when it is not there; exits when it is not in range. */
static inline double arg_number(int argc, char **argv, int i, double fallback, double max)
{
	char *end;
	double value;

	if (i >= argc)
		return fallback;
	value = strtod(argv[i], &end);
	if (end == argv[i] || *end != '\0' || !(value >= 0 && value <= max)) {
		fprintf(stderr, "%s: %s is not a number from 0 to %g\n", argv[0], argv[i], max);
		exit(2);
	}
	return value;
}

#endif
