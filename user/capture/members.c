// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/members.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "capture/target.h"
#include "util/procfs.h"

#define MAX_STATUS (64u << 10)

struct members {
	const struct target *target;
	struct places *places;
	void (*each)(void *arg, uint32_t pid);
	void *arg;
};

static int judge(pid_t pid, void *arg)
{
	const struct members *m = arg;
	struct procfs_stat stat;

	if (m->target->comm && (procfs_stat(pid, &stat) || strcmp(stat.comm, m->target->comm)))
		return 0;
	if (m->target->groups.list.n && !groups_hold(&m->target->groups, pid))
		return 0;
	if (!places_want(m->places, (uint32_t)pid))
		return 0;
	m->each(m->arg, (uint32_t)pid);
	return 0;
}

/* The process of a thread; 0: it is gone. */
static uint32_t process_of_thread(uint32_t tid)
{
	struct buf text = {0};
	uint32_t tgid = 0;
	const char *at;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	if (!procfs_read(path, &text, MAX_STATUS)) {
		at = strstr(buf_str(&text), "\nTgid:");
		tgid = at ? (uint32_t)strtoul(at + strlen("\nTgid:"), NULL, 10) : 0;
	}
	buf_done(&text);
	return tgid;
}

void members_each(const struct target *target, struct places *places, int processes_map,
		  void (*each)(void *arg, uint32_t pid), void *arg)
{
	struct members m = {.target = target, .places = places, .each = each, .arg = arg};
	uint32_t pid, *tid;
	void *last = NULL;

	if (!target->pids.n && !target->tids.n && !target->command) {
		procfs_each_pid(judge, &m);
		return;
	}
	while (!bpf_map_get_next_key(processes_map, last, &pid)) {
		judge((pid_t)pid, &m);
		last = &pid;
	}
	vec_each(tid, &target->tids) {
		pid = process_of_thread(*tid);
		if (pid)
			judge((pid_t)pid, &m);
	}
}
