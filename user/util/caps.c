// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/caps.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t caps_read(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	/* glibc has no wrapper for it. */
	if (syscall(SYS_capget, &header, data))
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

bool caps_have(uint64_t caps, int cap)
{
	uint64_t wanted = 1ull << cap;

	/* Capabilities that were once a part of CAP_SYS_ADMIN still come with it; not CAP_SYSLOG
	 * for the addresses of /proc/kallsyms. */
	if (cap == CAP_BPF || cap == CAP_PERFMON || cap == CAP_CHECKPOINT_RESTORE)
		wanted |= 1ull << CAP_SYS_ADMIN;
	if (cap == CAP_DAC_READ_SEARCH)
		wanted |= 1ull << CAP_DAC_OVERRIDE;
	return caps & wanted;
}
