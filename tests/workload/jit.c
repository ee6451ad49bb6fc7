// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jit SECONDS [dump]: burns CPU in a copy of its own code in memory without a file, as a
 * just-in-time compiler would, and tells about it in its perf map, or in a dump in the working
 * directory, which it removes at the end.
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

static void put(FILE *f, const void *bytes, size_t n)
{
	fwrite(bytes, n, 1, f);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* All three records that tell something: the lines of code elsewhere, that code, its move here. */
static int write_dump(const char *path, const char *memory, size_t size)
{
	static const char name[] = "dumped", file[] = "/app/made.lang";
	uint64_t from = 0x1000, to = (uint64_t)(uintptr_t)memory, n = size, id = 7;
	uint32_t header[6] = {0x4a695444, 1, 40, 62, 0, (uint32_t)getpid()};
	uint32_t threads[2] = {header[5], header[5]}, line[2] = {42, 0};
	uint32_t debug[2] = {2, 16 + 16 + 16 + sizeof(file)};
	uint32_t load[2] = {0, 16 + 40 + sizeof(name) + (uint32_t)size};
	uint32_t move[2] = {1, 16 + 48};
	uint64_t time = now(), flags = 0, one = 1;
	FILE *f = fopen(path, "w+");

	if (!f)
		return -1;
	put(f, header, sizeof(header)), put(f, &time, 8), put(f, &flags, 8);
	put(f, debug, 8), put(f, &time, 8), put(f, &from, 8), put(f, &one, 8);
	put(f, &from, 8), put(f, line, 8), put(f, file, sizeof(file));
	put(f, load, 8), put(f, &time, 8), put(f, threads, 8), put(f, &from, 8);
	put(f, &from, 8), put(f, &n, 8), put(f, &id, 8), put(f, name, sizeof(name));
	put(f, memory, size);
	put(f, move, 8), put(f, &time, 8), put(f, threads, 8), put(f, &to, 8), put(f, &from, 8);
	put(f, &to, 8), put(f, &n, 8), put(f, &id, 8);
	fflush(f);
	/* What tells profilers where the dump is. */
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(f), 0) == MAP_FAILED;
}

static int write_map(const char *path, const char *memory, size_t size)
{
	FILE *map = fopen(path, "w");

	if (!map)
		return -1;
	fprintf(map, "%lx %zx JS:*jitted@1 /app/x.js:3\n", (unsigned long)memory, size);
	return fclose(map);
}

int main(int argc, char **argv)
{
	size_t size = (size_t)(__stop_jit_code - __start_jit_code);
	uint64_t (*code)(uint64_t n);
	uint64_t end;
	char *memory, path[64];

	end = cpu_ns() + (uint64_t)(arg_number(argc, argv, 1, 1, 3600) * 1e9);
	memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 1;
	memcpy(memory, __start_jit_code, size);
	if (mprotect(memory, 65536, PROT_READ | PROT_EXEC))
		return 1;
	__builtin___clear_cache(memory, memory + size);
	snprintf(path, sizeof(path), argc > 2 ? "jit-%d.dump" : "/tmp/perf-%d.map", getpid());
	if (argc > 2 ? write_dump(path, memory, size) : write_map(path, memory, size))
		return 1;
	code = (uint64_t(*)(uint64_t))(uintptr_t)(memory +
						  ((const char *)jitted - __start_jit_code));
	while (cpu_ns() < end)
		code(1000000);
	printf("cpu_ns %llu\n", (unsigned long long)cpu_ns());
	remove(path);
	return 0;
}
