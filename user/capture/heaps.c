// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/heaps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "capture/command.h"
#include "capture/duty.h"
#include "capture/members.h"
#include "capture/shape.h"
#include "capture/target.h"
#include "hook/allocator.h"
#include "hook/libpthread.h"
#include "model/recording.h"
#include "probes/probes.h"
#include "proc/maps.h"
#include "proc/open.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/procfs.h"

#define MAX_FILES  8192		/* looked into */
#define THOROUGHLY 10		/* each so many looks at all processes */
#define YOUNG_NS   NSEC_PER_SEC /* a process that is looked at often */

/* A file with code, looked into once. */
struct heap_file {
	uint64_t dev, inode;
	int fd;		 /* -1: nothing to probe in it */
	uint32_t number; /* of the allocator */
	bool is_go;
	struct hook_sites sites;
};

struct heap_process {
	uint32_t pid;
	uint64_t start_ticks, seen_ns, cpu_ns;
	uint64_t shape; /* of what it has mapped, the last time */
	bool refused, told, attached;
	VEC(uint32_t) files; /* attached to it */
};

/* What is probed, and how that is said. */
struct heaps_room {
	uint32_t kind;
	int (*find)(int fd, struct hook_sites *ret_sites);
	const char *prefix, *what, *whats; /* "heap", "allocator" */
	const char *missing;		   /* "malloc" */
	const char *go;			   /* why not */
	void (*say_windows)(const struct recording_windows *w, struct buf *out);
	void (*warn)(const struct heaps *heaps, const struct probe_run *run);
};

struct heaps {
	const struct heaps_room *room;
	const struct target *target;
	struct places *places;
	struct probes *probes;
	struct duty *duty; /* NULL: attached all the time */
	uint32_t command_pid;
	VEC(struct heap_file) files;
	VEC(struct heap_process) processes;
	uint32_t looks, n_allocators, two_traps, skipped, failed, go;
	int first_error;
};

void heaps_free(struct heaps *heaps)
{
	struct heap_process *process;
	struct heap_file *file;

	if (!heaps)
		return;
	vec_each(file, &heaps->files) {
		hook_sites_done(&file->sites);
		if (file->fd >= 0)
			close(file->fd);
	}
	vec_each(process, &heaps->processes)
		vec_done(&process->files);
	vec_done(&heaps->files);
	vec_done(&heaps->processes);
	duty_free(heaps->duty);
	free(heaps);
}

/* --- files --- */

/* Takes the descriptor. */
static uint32_t look_into(struct heaps *heaps, uint64_t dev, uint64_t inode, int fd)
{
	struct heap_file file = {.dev = dev, .inode = inode, .fd = -1};
	const struct hook_site *site;
	int err = fd < 0 ? -EINVAL : heaps->room->find(fd, &file.sites);

	if (err && fd >= 0)
		log_debug("cannot look for the %s in file %llu: %s", heaps->room->what,
			  (unsigned long long)inode, strerror(-err));
	if (!err) {
		file.is_go = file.sites.is_go;
		if (file.sites.list.n) {
			file.number = heaps->n_allocators++;
			file.fd = fd;
			fd = -1;
		}
		vec_each(site, &file.sites.list)
			heaps->two_traps += !site->one_trap;
	}
	if (fd >= 0)
		close(fd);
	vec_push(&heaps->files, file);
	return (uint32_t)heaps->files.n - 1;
}

static uint32_t find_file(const struct heaps *heaps, uint64_t dev, uint64_t inode)
{
	for (uint32_t i = 0; i < heaps->files.n; i++)
		if (heaps->files.at[i].inode == inode && heaps->files.at[i].dev == dev)
			return i;
	return HASH_NONE;
}

/* A descriptor on a file that the process has mapped, or -errno. */
static int open_file(uint32_t pid, const struct maps_file *mapped)
{
	int handle = open_mapped((pid_t)pid, mapped->start, mapped->end), fd;
	struct open_info info;

	if (handle < 0)
		return handle;
	fd = open_inspect(handle, (pid_t)pid, &info);
	if (!fd)
		fd = info.err;
	if (!fd)
		fd = open_for_reading(handle);
	close(handle);
	return fd;
}

static uint32_t file_of(struct heaps *heaps, uint32_t pid, const struct maps_file *mapped)
{
	uint32_t found = find_file(heaps, mapped->dev, mapped->inode);

	if (found != HASH_NONE || heaps->files.n >= MAX_FILES)
		return found;
	return look_into(heaps, mapped->dev, mapped->inode, open_file(pid, mapped));
}

/* --- processes --- */

/* Some file systems have another device number for /proc/PID/maps than for stat(). */
static bool is_same_file(const struct heap_file *a, const struct heap_file *b)
{
	return a->inode == b->inode && a->sites.list.n == b->sites.list.n &&
	       !memcmp(a->sites.list.at, b->sites.list.at,
		       a->sites.list.n * sizeof(*a->sites.list.at));
}

static void attach(struct heaps *heaps, struct heap_process *process, uint32_t index)
{
	const struct heap_file *file = &heaps->files.at[index];
	struct probe_file probe = {.kind = heaps->room->kind,
				   .tgid = process->pid,
				   .fd = file->fd,
				   .sites = &file->sites,
				   .number = file->number};
	uint32_t *known;
	int err;

	vec_each(known, &process->files)
		if (*known == index || is_same_file(&heaps->files.at[*known], file))
			return;
	vec_push(&process->files, index);
	err = probes_attach_file(heaps->probes, &probe);
	if (err == -ESRCH) { /* it has ended */
		log_debug("process %u ended before its %s was probed", process->pid,
			  heaps->room->what);
	} else if (err) {
		heaps->failed++;
		heaps->first_error = heaps->first_error ? heaps->first_error : err;
		log_debug("cannot probe the %s of process %u: %s", heaps->room->what, process->pid,
			  strerror(-err));
	} else {
		process->attached = true;
	}
}

static void refuse_go(struct heaps *heaps, struct heap_process *process)
{
	process->refused = true;
	if (process->told)
		return;
	process->told = true;
	heaps->go++;
	log_warn("%s: process %u is a Go program, which return probes would break; %s",
		 heaps->room->prefix, process->pid, heaps->room->go);
}

static void look_at_files(struct heaps *heaps, struct heap_process *process)
{
	struct maps maps = {0};
	struct maps_file *mapped;
	VEC(uint32_t) found = {0};
	uint32_t *index;

	if (maps_read((pid_t)process->pid, &maps))
		return;
	vec_each(mapped, &maps.files) {
		uint32_t file = file_of(heaps, process->pid, mapped);

		if (file != HASH_NONE)
			vec_push(&found, file);
	}
	vec_each(index, &found)
		if (heaps->files.at[*index].is_go && !process->refused)
			refuse_go(heaps, process);
	vec_each(index, &found)
		if (!process->refused && heaps->files.at[*index].fd >= 0)
			attach(heaps, process, *index);
	vec_done(&found);
	maps_done(&maps);
}

static struct heap_process *process_of(struct heaps *heaps, uint32_t pid)
{
	struct heap_process *process, fresh = {.pid = pid, .seen_ns = clock_mono_ns()};
	struct procfs_stat stat;

	if (procfs_stat((pid_t)pid, &stat) || stat.flags & PROCFS_PF_KTHREAD)
		return NULL;
	vec_each(process, &heaps->processes)
		if (process->pid == pid && process->start_ticks == stat.start_ticks)
			return process;
	if (heaps->processes.n >= HEAPS_MAX_PROCESSES) {
		heaps->skipped++;
		return NULL;
	}
	fresh.start_ticks = stat.start_ticks;
	vec_push(&heaps->processes, fresh);
	return &heaps->processes.at[heaps->processes.n - 1];
}

struct looking {
	struct heaps *heaps;
	bool thoroughly;
};

static void look_at(void *arg, uint32_t pid)
{
	const struct looking *looking = arg;
	struct heap_process *process;
	uint64_t shape;

	if (pid == (uint32_t)getpid())
		return;
	process = process_of(looking->heaps, pid);
	if (!process || (!looking->thoroughly && clock_mono_ns() - process->seen_ns > YOUNG_NS))
		return;
	shape = shape_of(pid);
	if (!shape || shape == process->shape)
		return;
	process->shape = shape;
	process->refused = false;
	look_at_files(looking->heaps, process);
}

void heaps_look(struct heaps *heaps)
{
	struct looking looking = {.heaps = heaps};

	if (!heaps)
		return;
	if (heaps->duty)
		duty_tick(heaps->duty);
	looking.thoroughly = !(heaps->looks++ % THOROUGHLY);
	members_each(heaps->target, heaps->places, probes_map(heaps->probes, "hp_processes"),
		     look_at, &looking);
}

/* --- the command --- */

/* Takes the descriptor. The file's index, or HASH_NONE. */
static uint32_t expect(struct heaps *heaps, struct heap_process *process, int fd)
{
	struct stat st;
	uint32_t index;
	uint64_t dev;

	if (fd < 0)
		return HASH_NONE;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return HASH_NONE;
	}
	dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	index = find_file(heaps, dev, st.st_ino);
	if (index == HASH_NONE)
		index = look_into(heaps, dev, st.st_ino, fd);
	else
		close(fd);
	if (heaps->files.at[index].is_go)
		refuse_go(heaps, process);
	else if (heaps->files.at[index].fd >= 0)
		attach(heaps, process, index);
	return index;
}

/* The program itself, and what loads it: musl's is the C library too. */
static void expect_program(struct heaps *heaps, struct heap_process *process)
{
	uint32_t index = expect(heaps, process, command_open(heaps->target->command[0]));
	const char *path;

	if (index == HASH_NONE || process->refused)
		return;
	path = heaps->files.at[index].sites.interpreter;
	if (path[0] == '/')
		expect(heaps, process, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

/*
 * Our own fork has the C library that most programs use; a static program has its own, and
 * LD_PRELOAD says what comes before both. What else it loads is found when it has.
 */
static void expect_command(struct heaps *heaps)
{
	struct heap_process *process =
		heaps->command_pid ? process_of(heaps, heaps->command_pid) : NULL;
	const char *at = getenv("LD_PRELOAD"), *end;
	char path[4096];

	if (!process)
		return;
	expect_program(heaps, process);
	if (process->refused)
		return;
	for (; at && *at; at = *end ? end + 1 : end) {
		end = at + strcspn(at, " :");
		snprintf(path, sizeof(path), "%.*s", (int)(end - at), at);
		if (path[0] == '/')
			expect(heaps, process, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	}
	look_at_files(heaps, process);
}

/* --- */

static uint32_t attached(const struct heaps *heaps)
{
	const struct heap_process *process;
	uint32_t n = 0;

	vec_each(process, &heaps->processes)
		n += process->attached;
	return n;
}

static void describe(const struct heaps *heaps, struct buf *to)
{
	uint32_t n = attached(heaps);

	buf_printf(to, "%s probed: %u, in %u process%s", heaps->room->whats, heaps->n_allocators, n,
		   n == 1 ? "" : "es");
	if (!n)
		buf_printf(to, "; %s was found nowhere: a static program without symbols hides it",
			   heaps->room->missing);
	if (heaps->two_traps)
		buf_printf(to, "; %u function%s two traps a call", heaps->two_traps,
			   heaps->two_traps == 1 ? " costs" : "s cost");
	if (heaps->go)
		buf_printf(to, "; %u Go programs left alone", heaps->go);
	if (heaps->failed)
		buf_printf(to, "; %u could not be attached: %s", heaps->failed,
			   strerror(-heaps->first_error));
	if (heaps->skipped)
		buf_printf(to, "; more than %d processes: the others are not in it",
			   HEAPS_MAX_PROCESSES);
}

char *heaps_end(struct heaps **heaps, struct recording_windows *ret_windows)
{
	struct buf note = {0};

	if (!*heaps)
		return NULL;
	describe(*heaps, &note);
	if ((*heaps)->duty)
		duty_end((*heaps)->duty, ret_windows);
	if (ret_windows && ret_windows->n) {
		buf_puts(&note, "; ");
		(*heaps)->room->say_windows(ret_windows, &note);
	}
	heaps_free(*heaps);
	*heaps = NULL;
	return note.data;
}

/* Of those that have ended, what they had used when it was last asked. */
static uint64_t cpu_ns(void *arg)
{
	struct heaps *heaps = arg;
	struct heap_process *process;
	uint64_t sum = 0;

	vec_each(process, &heaps->processes) {
		clockid_t clock;
		struct timespec used;

		if (process->attached && !clock_getcpuclockid((pid_t)process->pid, &clock) &&
		    !clock_gettime(clock, &used))
			process->cpu_ns =
				(uint64_t)used.tv_sec * NSEC_PER_SEC + (uint64_t)used.tv_nsec;
		sum += process->cpu_ns;
	}
	return sum;
}

/* With every return probed a malloc is two traps. */
static void warn_of_mallocs(const struct heaps *heaps, const struct probe_run *run)
{
	double us = (double)run->trap_ns / NSEC_PER_USEC;

	if (run->every_return)
		log_info("heap: this kernel has no uprobe sessions (6.13): the return of each "
			 "malloc is probed too; from now on a malloc costs about %.1f us more, a "
			 "free %.1f us",
			 2 * us, us);
	if (target_is_host(heaps->target))
		log_info("heap: each malloc and each free of every process costs it about %.1f us "
			 "more from now on; see --memory=growth",
			 us);
}

static void warn_of_locks(const struct heaps *heaps, const struct probe_run *run)
{
	double us = (double)run->trap_ns / NSEC_PER_USEC;

	(void)heaps;
	log_info("lock: taking a lock and releasing it costs the target %.1f us more, at least, "
		 "from "
		 "now on, two traps of %.1f us, and waiting for it another; see --lock=futex",
		 2 * us, us);
}

static const struct heaps_room rooms[] = {
	{HP_KIND_HEAP, allocator_find, "heap", "allocator", "allocators", "malloc",
	 "Go's own heap profile (net/http/pprof) shows its memory", recording_windows_line,
	 warn_of_mallocs},
	{HP_KIND_LOCK, libpthread_find, "lock", "locks", "libraries", "pthread_mutex_lock",
	 "its locks are not pthread's; see --lock=futex", recording_lock_windows_line,
	 warn_of_locks},
};

struct heaps *heaps_new(uint32_t kind, const struct target *target, struct places *places,
			struct probes *probes, uint32_t command_pid, const struct duty_setup *duty)
{
	const struct probe_run *run = probes_of_files(probes, kind);
	struct heaps *heaps;

	if (!run)
		return NULL;
	heaps = mem_zalloc(sizeof(*heaps));
	heaps->room = &rooms[kind != rooms[0].kind];
	heaps->target = target;
	heaps->places = places;
	heaps->probes = probes;
	heaps->command_pid = command_pid;
	heaps->room->warn(heaps, run);
	if (command_pid)
		expect_command(heaps);
	else
		heaps_look(heaps);
	if (duty && duty->percent > 0) {
		struct duty_setup setup = *duty;

		setup.cpu_ns = cpu_ns;
		setup.cpu_arg = heaps;
		heaps->duty = duty_new(&setup);
	}
	return heaps;
}
