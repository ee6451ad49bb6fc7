// SPDX-License-Identifier: GPL-2.0-or-later
/* sleeper SECONDS: uses no CPU time to speak of: sleeps in short naps, so that it is seen to run.
 */
#include <time.h>
#include <unistd.h>
#include "workload.h"

#define MAX_SECONDS 3600

int main(int argc, char **argv)
{
	double left = arg_number(argc, argv, 1, 1, MAX_SECONDS);

	for (; left > 0; left -= 0.1)
		usleep(100000);
	return 0;
}
