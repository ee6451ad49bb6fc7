// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/mem.h"
#include "util/procfs.h"

#define BIT(cap) (1ull << (cap))

/* As the kernel writes them for people. */
static void assert_as_in_status(void)
{
	struct buf text = {0};
	char *line;

	assert_int_equal(procfs_read("/proc/self/status", &text, 65536), 0);
	line = mem_printf("\nCapEff:\t%016llx\n", (unsigned long long)caps_read());
	assert_non_null(strstr(buf_str(&text), line));
	free(line);
	buf_done(&text);
}

static void test_read(void **state)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	(void)state;
	assert_as_in_status();
	/* Less of each half. */
	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~(uint32_t)BIT(CAP_CHOWN);
	data[1].effective &= ~(uint32_t)BIT(CAP_PERFMON - 32);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
	assert_int_equal(caps_read() & (BIT(CAP_CHOWN) | BIT(CAP_PERFMON)), 0);
	assert_as_in_status();
	data[0].effective = data[1].effective = 0;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
	assert_int_equal(caps_read(), 0);
}

static void test_have(void **state)
{
	(void)state;
	assert_true(caps_have(BIT(CAP_BPF), CAP_BPF));
	assert_false(caps_have(BIT(CAP_BPF), CAP_PERFMON));
	assert_false(caps_have(0, CAP_CHOWN));
	assert_true(caps_have(BIT(CAP_SYS_PTRACE), CAP_SYS_PTRACE));
	assert_false(caps_have(~BIT(CAP_SYS_PTRACE), CAP_SYS_PTRACE));
}

static void test_wider(void **state)
{
	const uint64_t admin = BIT(CAP_SYS_ADMIN);

	(void)state;
	assert_true(caps_have(admin, CAP_BPF));
	assert_true(caps_have(admin, CAP_PERFMON));
	assert_true(caps_have(admin, CAP_CHECKPOINT_RESTORE));
	assert_false(caps_have(admin, CAP_SYSLOG));
	assert_false(caps_have(admin, CAP_SYS_PTRACE));
	assert_false(caps_have(BIT(CAP_BPF), CAP_SYS_ADMIN));
	assert_true(caps_have(BIT(CAP_DAC_OVERRIDE), CAP_DAC_READ_SEARCH));
	assert_false(caps_have(BIT(CAP_DAC_READ_SEARCH), CAP_DAC_OVERRIDE));
	assert_false(caps_have(admin, CAP_DAC_READ_SEARCH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_have),
		cmocka_unit_test(test_wider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
