// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/json_text.h"

#include <errno.h>

#include "out/label.h"

#define REAL_DIGITS 6

json_t *json_text(const char *s)
{
	struct buf clean = {0};
	json_t *j;

	label_utf8(&clean, s ? s : "");
	j = json_stringn(buf_str(&clean), clean.len);
	buf_done(&clean);
	return j;
}

json_t *json_count(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

int json_print(json_t *j, FILE *to)
{
	if (json_dumpf(j, to, JSON_INDENT(1) | JSON_REAL_PRECISION(REAL_DIGITS)) ||
	    fputc('\n', to) == EOF)
		return errno ? -errno : -EIO;
	return 0;
}
