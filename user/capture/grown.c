// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/grown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/growth.h"
#include "util/mem.h"
#include "util/procfs.h"

#define MAX_STATM     512
#define MAX_PROCESSES 65536 /* whose resident set at the start is kept */

struct resident {
	pid_t pid;
	uint64_t start_ticks;
	int64_t bytes;
};

struct grown {
	struct growth *growth;
	VEC(struct resident) before; /* by pid, as /proc lists them */
};

struct grown *grown_new(void)
{
	struct grown *grown = mem_zalloc(sizeof(*grown));

	grown->growth = growth_new((uint64_t)sysconf(_SC_PAGESIZE));
	return grown;
}

void grown_free(struct grown *grown)
{
	if (!grown)
		return;
	growth_free(grown->growth);
	vec_done(&grown->before);
	free(grown);
}

/* Not 0: the process is gone. Kernel threads have 0 bytes. */
static int resident_of(pid_t pid, struct resident *ret_resident)
{
	unsigned long long size, resident;
	struct procfs_stat stat;
	struct buf text = {0};
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	err = procfs_read(path, &text, MAX_STATM);
	if (!err)
		err = procfs_stat(pid, &stat);
	if (!err && sscanf(buf_str(&text), "%llu %llu", &size, &resident) != 2)
		err = -1;
	buf_done(&text);
	if (err)
		return err;
	*ret_resident = (struct resident){.pid = pid,
					  .start_ticks = stat.start_ticks,
					  .bytes = (int64_t)resident * sysconf(_SC_PAGESIZE)};
	return 0;
}

static int keep_before(pid_t pid, void *arg)
{
	struct grown *grown = arg;
	struct resident resident;

	if (!resident_of(pid, &resident) && resident.bytes)
		vec_push(&grown->before, resident);
	return grown->before.n >= MAX_PROCESSES;
}

static int compare_pid(const void *a, const void *b)
{
	const struct resident *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

void grown_begin(struct grown *grown)
{
	procfs_each_pid(keep_before, grown);
	if (grown->before.n)
		qsort(grown->before.at, grown->before.n, sizeof(*grown->before.at), compare_pid);
}

void grown_add(struct grown *grown, const struct hp_grown *wire)
{
	char comm[HP_COMM_LEN + 1] = "(others)";
	size_t at;

	if (wire->tgid)
		memcpy(comm, wire->comm, HP_COMM_LEN);
	at = growth_add(grown->growth, wire->tgid, wire->start, wire->pages, wire->times,
			wire->stale ? "" : comm);
	if (wire->stale && !grown->growth->list.at[at].comm[0])
		growth_name(grown->growth, at, comm);
}

/* /proc tells the start in clock ticks, the wire in ns. */
static bool is_same(const struct growth_process *process, uint64_t start_ticks)
{
	return procfs_ticks(process->start) == start_ticks;
}

struct growth *grown_take(struct grown *grown)
{
	struct growth *growth = grown->growth;
	struct growth_process *process;

	vec_each(process, &growth->list) {
		struct resident key = {.pid = (pid_t)process->pid}, now;
		const struct resident *before =
			grown->before.n ? bsearch(&key, grown->before.at, grown->before.n,
						  sizeof(key), compare_pid)
					: NULL;

		if (before && is_same(process, before->start_ticks))
			process->rss_before = before->bytes;
		if (process->pid && !resident_of((pid_t)process->pid, &now) &&
		    is_same(process, now.start_ticks))
			process->rss_after = now.bytes;
	}
	growth_sort(growth);
	grown->growth = NULL;
	return growth;
}
