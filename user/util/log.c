// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum log_level shown = LOG_INFO;

void log_set_level(enum log_level highest_shown)
{
	shown = highest_shown;
}

enum log_level log_get_level(void)
{
	return shown;
}

void log_at(enum log_level level, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	size_t n;

	if (level > shown)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	n = strlen(line);
	while (n && line[n - 1] == '\n')
		line[--n] = '\0';
	/* One call, so that lines of several writers do not mix. */
	fprintf(stderr, "hostprof: %s%s\n", level == LOG_WARN ? "warning: " : "", line);
}
