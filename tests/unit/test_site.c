// SPDX-License-Identifier: GPL-2.0-or-later
/* Which instruction is probed: hand-made code, and the allocators of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "made.h"
#include "hook/allocator.h"
#include "hook/site.h"

#define BASE 0x1000

static const struct site_wish first_arg = {.args = 1};

#define PICK(wish, ...) pick((const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), wish)

static struct site pick(const uint8_t *code, size_t n, const struct site_wish *wish)
{
	struct site site;

	assert_int_equal(site_pick(code, n, BASE, wish, &site), 0);
	return site;
}

static void is_at(struct site site, uint64_t offset, bool one_trap, uint8_t arg)
{
	assert_int_equal(site.address, BASE + offset);
	assert_int_equal(site.one_trap, one_trap);
	assert_int_equal(site.args[0], arg);
}

static void test_first(void **state)
{
	(void)state;
	is_at(PICK(&first_arg, 0x55, 0x48, 0x89, 0xe5, 0xc3), 0, true, 7);	 /* push rbp */
	is_at(PICK(&first_arg, 0x41, 0x54, 0xc3), 0, true, 7);			 /* push r12 */
	is_at(PICK(&first_arg, 0x90, 0xc3), 0, true, 7);			 /* nop */
	is_at(PICK(&first_arg, 0xe9, 0, 1, 0, 0), 0, true, 7);			 /* jmp */
	is_at(PICK(&first_arg, 0xf3, 0x0f, 0x1e, 0xfa, 0x53, 0xc3), 4, true, 7); /* endbr64; push */
}

static void test_later(void **state)
{
	static const struct site_wish none = {.sp_may_move = true, .args = 1};

	(void)state;
	/* test rdi,rdi; je */
	is_at(PICK(&first_arg, 0x48, 0x85, 0xff, 0x74, 0x01, 0x90, 0xc3), 3, true, 7);
	/* cmp rdi,0x1000; ja near */
	is_at(PICK(&first_arg, 0x48, 0x81, 0xff, 0, 0x10, 0, 0, 0x0f, 0x87, 1, 0, 0, 0, 0xc3, 0xc3),
	      7, true, 7);
	/* sub rsp,8; call: not for return probes */
	is_at(PICK(&first_arg, 0x48, 0x83, 0xec, 8, 0xe8, 0, 0, 0, 0, 0xc3), 0, false, 7);
	is_at(PICK(&none, 0x48, 0x83, 0xec, 8, 0xe8, 0, 0, 0, 0, 0xc3), 4, true, 7);
	/* nopl 0(rax,rax,1), 5 bytes: never */
	is_at(PICK(&first_arg, 0x48, 0x85, 0xff, 0x0f, 0x1f, 0x44, 0, 0, 0xc3), 0, false, 7);
	/* ret, ud2 and an indirect jump end the search */
	is_at(PICK(&first_arg, 0x31, 0xc0, 0xc3, 0x55), 0, false, 7);
	is_at(PICK(&first_arg, 0x31, 0xc0, 0xff, 0xe0, 0x55), 0, false, 7);
	/* 66 e8: a call with a prefix is not emulated */
	is_at(PICK(&first_arg, 0x66, 0x55, 0xc3), 0, false, 7);
}

static void test_arguments(void **state)
{
	(void)state;
	/* mov rdi,rsi; xor edi,edi; je: moved */
	is_at(PICK(&first_arg, 0x48, 0x89, 0xfe, 0x31, 0xff, 0x74, 0, 0xc3), 5, true, 6);
	/* xor edi,edi; je: lost */
	is_at(PICK(&first_arg, 0x31, 0xff, 0x74, 0, 0xc3), 0, false, 7);
	/* mov edi,esi; xor edi,edi; je: half a copy is none */
	is_at(PICK(&first_arg, 0x89, 0xfe, 0x31, 0xff, 0x74, 0, 0xc3), 0, false, 7);
}

static void test_targets(void **state)
{
	(void)state;
	/* dec rax; 3: test; je; then jmp 3: the je would run again */
	is_at(PICK(&first_arg, 0x48, 0xff, 0xc8, 0x48, 0x85, 0xc0, 0x74, 2, 0xeb, 0xf9, 0xc3), 0,
	      false, 7);
}

static void test_garbage(void **state)
{
	uint8_t code[64];
	uint32_t random = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct site site;

		for (size_t k = 0; k < sizeof(code); k++) {
			random = random * 1664525 + 1013904223;
			code[k] = (uint8_t)(random >> 24);
		}
		site = pick(code, (size_t)i % sizeof(code), &first_arg);
		assert_in_range(site.address, BASE, BASE + sizeof(code));
		assert_true(!site.one_trap || site.args[0] < 16);
	}
}

static const struct hook_site *find(const struct hook_sites *a, const char *name)
{
	const struct hook_site *site;

	vec_each(site, &a->list)
		if (!strcmp(site->name, name))
			return site;
	return NULL;
}

/* All of them cost one trap, but those said to be more; malloc's size is in a register. */
static void check_allocator(const char *path, size_t least, size_t two_traps)
{
	struct hook_sites a = {0};
	const struct hook_site *site;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;

	if (fd < 0) {
		print_message("%s is not installed\n", path);
		return;
	}
	assert_int_equal(allocator_find(fd, &a), 0);
	assert_true(a.list.n >= least);
	assert_non_null(find(&a, "malloc"));
	assert_true(find(&a, "malloc")->one_trap);
	assert_true(find(&a, "malloc")->heap.size < 16);
	assert_true(find(&a, "free")->heap.flags & HP_SITE_FREES);
	vec_each(site, &a.list)
		n += !site->one_trap;
	assert_true(n <= two_traps);
	hook_sites_done(&a);
	close(fd);
}

static void test_allocators(void **state)
{
	(void)state;
	check_allocator("/usr/lib/x86_64-linux-gnu/libc.so.6", 9, 1);
	check_allocator("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", 20, 0);
	check_allocator("/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4", 15, 0);
	check_allocator("/usr/lib/x86_64-linux-gnu/libmimalloc.so.2", 15, 0);
	check_allocator("/usr/lib/x86_64-linux-musl/libc.so", 9, 0);
}

static void find_in(const char *file, int want, size_t n)
{
	struct hook_sites a = {0};
	int fd = made_open(file);

	assert_int_equal(allocator_find(fd, &a), want);
	assert_int_equal(a.list.n, n);
	hook_sites_done(&a);
	close(fd);
}

/* A static program that is stripped, but for what is packed into it. */
static void test_packed(void **state)
{
	char path[4096];

	(void)state;
	made_begin();
	made("printf '#include <stdlib.h>\\nint main(int argc, char **argv) "
	     "{ return argv[0] == malloc((size_t)argc); }' | cc -x c -static -O1 -o whole -");
	made("strip -s -o bare whole && cp bare packed");
	made("objcopy --only-keep-debug whole mini && xz -k mini && "
	     "objcopy --add-section .gnu_debugdata=mini.xz packed");
	find_in("bare", 0, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", made_open("packed"));
	check_allocator(path, 6, 1);
	made("head -c 200 mini.xz >cut.xz && cp bare broken && "
	     "objcopy --add-section .gnu_debugdata=cut.xz broken");
	find_in("broken", 0, 0);
	made_end();
}

static void test_no_allocator(void **state)
{
	(void)state;
	made_begin();
	made("echo text >text");
	find_in("text", 0, 0);
	made("printf 'int main(void) { return 0; }' | cc -x c -o program -");
	find_in("program", 0, 0);
	/* It calls malloc, and frees in its own way. */
	made("printf '#include <stdlib.h>\\nvoid free(void *p) { (void)p; }\\n"
	     "int main(void) { return !malloc(1); }' | cc -x c -fno-builtin -o half -");
	find_in("half", 0, 0);
	made("head -c 6000 half >cut");
	{
		struct hook_sites a = {0};
		int fd = made_open("cut"), err = allocator_find(fd, &a);

		assert_true(err <= 0 && !a.list.n);
		close(fd);
	}
	/* One function enters another by a jump. */
	made("printf '#include <stddef.h>\\nvoid free(void *p) { (void)p; }\\n"
	     "__attribute__((noinline)) void *malloc(size_t n) { return n ? (void *)&malloc : 0; "
	     "}\\n"
	     "void *valloc(size_t n) { return malloc(n); }\\nint main(void) { return 0; }' | "
	     "cc -x c -O2 -fno-builtin -fno-ipa-icf -fno-ipa-cp -fno-ipa-ra -o jumps -");
	{
		struct hook_sites a = {0};
		int fd = made_open("jumps");

		assert_int_equal(allocator_find(fd, &a), 0);
		assert_non_null(find(&a, "valloc"));
		assert_int_equal(find(&a, "malloc")->heap.jumped_from,
				 1ull << find(&a, "valloc")->heap.function);
		hook_sites_done(&a);
		close(fd);
	}
	made_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),	     cmocka_unit_test(test_later),
		cmocka_unit_test(test_arguments),    cmocka_unit_test(test_targets),
		cmocka_unit_test(test_garbage),	     cmocka_unit_test(test_allocators),
		cmocka_unit_test(test_no_allocator), cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
