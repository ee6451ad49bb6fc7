// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p, size_t size)
{
	if (p || !size)
		return p;
	fprintf(stderr, "hostprof: out of memory (%zu bytes wanted)\n", size);
	exit(1);
}

void *mem_alloc(size_t size)
{
	return checked(malloc(size ? size : 1), size);
}

void *mem_zalloc(size_t size)
{
	return mem_array(1, size);
}

void *mem_array(size_t n, size_t size)
{
	if (!n || !size)
		n = size = 1;
	return checked(calloc(n, size), n * size);
}

void *mem_grow(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		bytes = SIZE_MAX / 2; /* more than there is: fails below */
	return checked(realloc(p, bytes ? bytes : 1), bytes);
}

char *mem_strdup(const char *s)
{
	return checked(strdup(s), strlen(s) + 1);
}

char *mem_printf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : s, 1);
}
