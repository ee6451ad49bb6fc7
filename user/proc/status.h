/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_STATUS_H
#define HOSTPROF_PROC_STATUS_H
/*
 * What /proc/PID/status says about who a process is: to itself (the pid in its own namespace,
 * which it puts into file names) and to us (the user whose files are its own).
 */
#include <sys/types.h>

struct status {
	uid_t euid;    /* as this process's user namespace sees it */
	pid_t own_pid; /* in the innermost pid namespace */
};

int status_read(pid_t tgid, struct status *ret_status); /* 0; -ENOENT or -ESRCH: it is gone; ... */
int status_parse(const char *text, struct status *ret_status); /* 0 or -EPROTO */

#endif
