// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/probed_kind.h"

#include <string.h>

#include "capture/probed.h"
#include "hook/allocator.h"
#include "hook/libpthread.h"
#include "model/recording.h"
#include "probes/probe.h"
#include "util/log.h"

/* With every return probed a malloc is two traps. */
static void warn_of_mallocs(const struct probe_run *run, bool host)
{
	double us = (double)run->trap_ns / NSEC_PER_USEC;

	if (run->every_return)
		log_info("heap: this kernel has no uprobe sessions (6.13): the return of each "
			 "malloc is probed too; from now on a malloc costs about %.1f us more, a "
			 "free %.1f us",
			 2 * us, us);
	if (host)
		log_info("heap: each malloc and each free of every process costs it about %.1f us "
			 "more from now on; see --memory=growth",
			 us);
}

static void warn_of_locks(const struct probe_run *run, bool host)
{
	double us = (double)run->trap_ns / NSEC_PER_USEC;

	(void)host;
	log_info("lock: taking a lock and releasing it costs the target %.1f us more, at least, "
		 "from now on, two traps of %.1f us, and waiting for it another; see --lock=futex",
		 2 * us, us);
}

static const struct probed_kind heap = {
	.kind = HP_KIND_HEAP,
	.find = allocator_find,
	.prefix = "heap",
	.what = "allocator",
	.whats = "allocators",
	.missing = "malloc",
	.go = "Go's own heap profile (net/http/pprof) shows its memory",
	.say_windows = recording_windows_line,
	.warn = warn_of_mallocs,
};

static const struct probed_kind lock = {
	.kind = HP_KIND_LOCK,
	.find = libpthread_find,
	.prefix = "lock",
	.what = "locks",
	.whats = "libraries",
	.missing = "pthread_mutex_lock",
	.go = "its locks are not pthread's; see --lock=futex",
	.say_windows = recording_lock_windows_line,
	.warn = warn_of_locks,
};

const struct probed_kind *probed_kind_of(uint32_t kind)
{
	return kind == HP_KIND_HEAP ? &heap : &lock;
}

void probed_kind_describe(const struct probed_kind *kind, const struct probed_counts *counts,
			  struct buf *to)
{
	uint32_t n = counts->processes;

	buf_printf(to, "%s probed: %u, in %u process%s", kind->whats, counts->files, n,
		   n == 1 ? "" : "es");
	/* A file whose processes have ended, or a Go program, says enough by itself. */
	if (!n && !counts->files && !counts->go)
		buf_printf(to,
			   "; %s was found nowhere: kernel threads have none, and static programs "
			   "without symbols hide it",
			   kind->missing);
	if (counts->two_traps)
		buf_printf(to, "; %u function%s two traps a call", counts->two_traps,
			   counts->two_traps == 1 ? " costs" : "s cost");
	if (counts->go)
		buf_printf(to, "; %u Go program%s left alone", counts->go,
			   counts->go == 1 ? "" : "s");
	if (counts->failed)
		buf_printf(to, "; %u could not be attached: %s", counts->failed,
			   strerror(-counts->first_error));
	if (counts->brief)
		buf_printf(to,
			   "; %u processes were not: they lived less than 0.1 s, and so many came "
			   "that to probe them would have held them up",
			   counts->brief);
	if (counts->skipped)
		buf_printf(to, "; more than %d processes at a time: the others are not in it",
			   PROBED_MAX_PROCESSES);
}
