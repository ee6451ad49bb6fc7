// SPDX-License-Identifier: GPL-2.0-or-later
/* Where an address lies, when its memory came after that of its process was looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sym/dataplaces.h"
#include "util/buf.h"

#define TRIES 500 /* 10 ms each */

static int variable;

static uint32_t see(struct dataplaces *d, const void *address)
{
	struct dataplaces_program program = {.tgid = getpid(), .start = 1};

	return dataplaces_see(d, &program, (uintptr_t)address);
}

static void assert_name(struct dataplaces *d, uint32_t number, const void *address,
			const char *start)
{
	struct buf name = {0};

	dataplaces_name(d, number, (uintptr_t)address, &name);
	if (strncmp(buf_str(&name), start, strlen(start)))
		fail_msg("%s does not begin with %s", buf_str(&name), start);
	buf_done(&name);
}

static void test_new_memory(void **state)
{
	const struct timespec moment = {0, 10000000};
	struct dataplaces *d = dataplaces_new();
	uint32_t number = see(d, &variable);
	void *memory;

	(void)state;
	assert_int_not_equal(number, UINT32_MAX);
	assert_name(d, number, &variable, "variable");
	/* Far from others: behind a file's it could be that file's. */
	memory = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(mprotect((char *)memory + (1 << 19), 4096, PROT_READ | PROT_WRITE), 0);
	memory = (char *)memory + (1 << 19);
	number = see(d, memory);
	for (int i = 0; i < TRIES && number == UINT32_MAX; i++) {
		nanosleep(&moment, NULL);
		number = see(d, memory);
	}
	assert_int_not_equal(number, UINT32_MAX);
	assert_name(d, number, memory, "heap 0x");
	dataplaces_free(d);
}

/* What was read of one program says nothing of the next, however short ago that was. */
static void test_exec(void **state)
{
	struct dataplaces_program program = {.tgid = getpid(), .start = 1};
	struct dataplaces *d = dataplaces_new();
	uint32_t number = dataplaces_see(d, &program, (uintptr_t)&variable);
	char *memory;

	(void)state;
	assert_name(d, number, &variable, "variable");
	memory = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_int_equal(mprotect(memory + (1 << 19), 4096, PROT_READ | PROT_WRITE), 0);
	program.exec++;
	number = dataplaces_see(d, &program, (uintptr_t)memory + (1 << 19));
	assert_int_not_equal(number, UINT32_MAX);
	assert_name(d, number, memory + (1 << 19), "heap 0x");
	dataplaces_free(d);
}

static void test_nowhere(void **state)
{
	struct dataplaces *d = dataplaces_new();
	uint32_t number = see(d, (const void *)8);

	(void)state;
	assert_int_not_equal(number, UINT32_MAX); /* it was looked for just now */
	assert_name(d, number, (const void *)8, "0x8");
	assert_name(d, UINT32_MAX, (const void *)8, "0x8");
	dataplaces_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_memory),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
