// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/procfs.h"

#define MAX_STATUS (64u << 10) /* a few KiB, and as many cpusets as there are CPUs */

/* What follows "\nNAME:" on its line, or NULL. The first line holds a name the process chose. */
static const char *field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? at + strlen(name) : NULL;
}

int status_parse(const char *text, struct status *ret_status)
{
	const char *uid = field(text, "\nUid:"), *pids = field(text, "\nNSpid:");
	unsigned int real, effective;
	long pid = 0;

	if (!uid || !pids || sscanf(uid, "%u %u", &real, &effective) != 2)
		return -EPROTO;
	/* One a namespace, outermost first: the last is the process's own. */
	while (*pids == '\t') {
		char *end;

		pid = strtol(pids + 1, &end, 10);
		if (end == pids + 1)
			break;
		pids = end;
	}
	if (pid <= 0)
		return -EPROTO;
	ret_status->euid = effective;
	ret_status->own_pid = (pid_t)pid;
	return 0;
}

int status_read(pid_t tgid, struct status *ret_status)
{
	struct buf text = {0};
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/status", tgid);
	err = procfs_read(path, &text, MAX_STATUS);
	if (!err)
		err = status_parse(buf_str(&text), ret_status);
	buf_done(&text);
	return err;
}
