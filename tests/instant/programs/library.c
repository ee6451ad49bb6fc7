// SPDX-License-Identifier: GPL-2.0-or-later
/* For `frames dlopen` and `frames swap`: a library without frame pointers that calls back. */
#ifndef INNER
#define INNER library_inner
#endif
/* Makes the code another one, too: build ids do not depend on local symbols. */
#ifndef STEP
#define STEP 1
#endif

long library_call(long (*function)(long), long n);

static __attribute__((noipa)) long INNER(long (*function)(long), long n)
{
	long got = function(n);

	__asm__ volatile("" : "+r"(got));
	return got + STEP;
}

long library_call(long (*function)(long), long n)
{
	long got = INNER(function, n);

	__asm__ volatile("" : "+r"(got));
	return got + STEP;
}
