// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jit SECONDS: burns CPU in a copy of its own code in memory without a file, as a just-in-time
 * compiler would, and tells about it in its perf map, which it removes at the end.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

/* Nothing in it depends on where it is. */
__attribute__((noinline, section("jit_code"), used)) static uint64_t jitted(uint64_t n)
{
	volatile uint64_t sum = 0;

	/* As workload.h says of leaf functions. */
	__asm__ volatile("" ::"r"(__builtin_frame_address(0)));
	while (n--)
		sum = sum * 3 + n;
	return sum;
}

extern const char __start_jit_code[], __stop_jit_code[];

int main(int argc, char **argv)
{
	size_t size = (size_t)(__stop_jit_code - __start_jit_code);
	uint64_t (*code)(uint64_t n);
	uint64_t end;
	char *memory, path[64];
	FILE *map;

	end = cpu_ns() + (uint64_t)(arg_number(argc, argv, 1, 1, 3600) * 1e9);
	memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 1;
	memcpy(memory, __start_jit_code, size);
	if (mprotect(memory, 65536, PROT_READ | PROT_EXEC))
		return 1;
	__builtin___clear_cache(memory, memory + size);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "w");
	if (!map)
		return 1;
	fprintf(map, "%lx %zx JS:*jitted@1 /app/x.js:3\n", (unsigned long)memory, size);
	fclose(map);
	code = (uint64_t(*)(uint64_t))(uintptr_t)(memory +
						  ((const char *)jitted - __start_jit_code));
	while (cpu_ns() < end)
		code(1000000);
	printf("cpu_ns %llu\n", (unsigned long long)cpu_ns());
	remove(path);
	return 0;
}
