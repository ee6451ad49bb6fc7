// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dlburn LIBRARY SECONDS: opens LIBRARY (libburn.so) after half of a second, burns SECONDS of CPU
 * time in its libburn_spin(), and closes it again before it ends.
 */
#include <dlfcn.h>
#include <unistd.h>
#include "workload.h"

#define MAX_SECONDS 3600

static NOINLINE void caller(void (*function)(uint64_t), uint64_t iterations)
{
	function(iterations);
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	uint64_t total = (uint64_t)(arg_number(argc, argv, 2, 1, MAX_SECONDS) * NS_PER_SEC);
	uint64_t per_ms = spin_calibrate(), start;
	void (*function)(uint64_t);
	void *library;

	usleep(500000);
	library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	if (!library) {
		fprintf(stderr, "dlburn: %s\n", argc > 1 ? dlerror() : "which library?");
		return 1;
	}
	*(void **)&function = dlsym(library, "libburn_spin");
	if (!function)
		return 1;
	start = cpu_ns();
	while (cpu_ns() - start < total)
		caller(function, per_ms);
	dlclose(library);
	return 0;
}
