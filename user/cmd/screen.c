// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/screen.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80 /* of a terminal that does not say */
#define MAX_COLUMNS	1000

void screen_options(FILE *stream, unsigned int *ret_columns, bool *ret_colour)
{
	const char *wanted = getenv("COLUMNS"), *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool terminal = isatty(fileno(stream));
	unsigned long columns = wanted ? strtoul(wanted, NULL, 10) : 0;
	struct winsize size = {0};

	if (!columns && terminal)
		columns = !ioctl(fileno(stream), TIOCGWINSZ, &size) && size.ws_col
				  ? size.ws_col
				  : DEFAULT_COLUMNS;
	*ret_columns = columns > MAX_COLUMNS ? MAX_COLUMNS : (unsigned int)columns;
	*ret_colour = terminal && !(no_colour && *no_colour) &&
		      !(term && term[0] == 'd' && term[1] == 'u'); /* dumb */
}
