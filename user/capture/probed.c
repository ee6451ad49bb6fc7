// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/probed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/command.h"
#include "capture/duty.h"
#include "capture/members.h"
#include "capture/probed_files.h"
#include "capture/probed_kind.h"
#include "capture/shape.h"
#include "capture/target.h"
#include "model/recording.h"
#include "probes/probes.h"
#include "proc/maps.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/procfs.h"

#define THOROUGHLY 10		/* each so many looks at all processes */
#define YOUNG_NS   NSEC_PER_SEC /* a process that is looked at often */

/*
 * While a probe is put into a file or taken out, no process of the host can fork, some 10 ms each
 * time. Where many start that end at once (a server that forks for each connection), that costs
 * them far more than it shows: then only those are probed that have lived for some time.
 */
#define STORM_PER_SEC 40
#define PATIENCE_NS   (100 * NSEC_PER_MSEC)

struct probed_process {
	uint32_t pid;
	uint64_t start_ticks, seen_ns, cpu_ns;
	uint64_t shape; /* of what it has mapped, the last time */
	bool refused, told, attached, waited;
	uint32_t look;	     /* that saw it last */
	VEC(uint32_t) files; /* attached to it */
};

struct probed {
	const struct probed_kind *kind;
	const struct target *target;
	struct places *places;
	struct probes *probes;
	struct duty *duty; /* NULL: attached all the time */
	uint32_t command_pid;
	struct probed_files files;
	VEC(struct probed_process) processes;
	uint32_t looks;
	uint64_t forgot_ns; /* when ended processes were looked for last */
	bool storm;
	uint64_t ended_ns;	     /* of CPU time, of processes that were probed */
	uint32_t ended;		     /* those */
	struct probed_counts counts; /* of what was not probed; the rest by describe() */
};

void probed_free(struct probed *probed)
{
	struct probed_process *process;

	if (!probed)
		return;
	vec_each(process, &probed->processes)
		vec_done(&process->files);
	probed_files_done(&probed->files);
	vec_done(&probed->processes);
	duty_free(probed->duty);
	free(probed);
}

/* --- processes --- */

static void attach(struct probed *probed, struct probed_process *process, uint32_t index)
{
	const struct probed_file *file = &probed->files.list.at[index];
	struct probe_file probe = {.kind = probed->kind->kind,
				   .tgid = process->pid,
				   .fd = file->fd,
				   .sites = &file->sites,
				   .number = file->number};
	uint32_t *known;
	int err;

	vec_each(known, &process->files)
		if (*known == index || probed_file_is_same(&probed->files.list.at[*known], file))
			return;
	vec_push(&process->files, index);
	err = probes_attach_file(probed->probes, &probe);
	if (err == -ESRCH) { /* it has ended */
		log_debug("process %u ended before its %s was probed", process->pid,
			  probed->kind->what);
	} else if (err) {
		probed->counts.failed++;
		probed->counts.first_error =
			probed->counts.first_error ? probed->counts.first_error : err;
		log_debug("cannot probe the %s of process %u: %s", probed->kind->what, process->pid,
			  strerror(-err));
	} else {
		process->attached = true;
	}
}

static void refuse_go(struct probed *probed, struct probed_process *process)
{
	process->refused = true;
	if (process->told)
		return;
	process->told = true;
	probed->counts.go++;
	log_warn("%s: process %u is a Go program, which return probes would break; %s",
		 probed->kind->prefix, process->pid, probed->kind->go);
}

static void look_at_files(struct probed *probed, struct probed_process *process)
{
	struct maps maps = {0};
	struct maps_file *mapped;
	VEC(uint32_t) found = {0};
	uint32_t *index;

	if (maps_read((pid_t)process->pid, &maps))
		return;
	vec_each(mapped, &maps.files) {
		uint32_t file = probed_files_mapped(&probed->files, process->pid, mapped);

		if (file != HASH_NONE)
			vec_push(&found, file);
	}
	vec_each(index, &found)
		if (probed->files.list.at[*index].sites.is_go && !process->refused)
			refuse_go(probed, process);
	vec_each(index, &found)
		if (!process->refused && probed->files.list.at[*index].fd >= 0)
			attach(probed, process, *index);
	vec_done(&found);
	maps_done(&maps);
}

static struct probed_process *process_of(struct probed *probed, uint32_t pid)
{
	struct probed_process *process, fresh = {.pid = pid, .seen_ns = clock_mono_ns()};
	struct procfs_stat stat;

	if (procfs_stat((pid_t)pid, &stat) || stat.flags & PROCFS_PF_KTHREAD)
		return NULL;
	vec_each(process, &probed->processes) {
		if (process->pid != pid || process->start_ticks != stat.start_ticks)
			continue;
		process->look = probed->looks;
		return process;
	}
	if (probed->processes.n >= PROBED_MAX_PROCESSES) {
		probed->counts.skipped++;
		return NULL;
	}
	fresh.start_ticks = stat.start_ticks;
	fresh.look = probed->looks;
	vec_push(&probed->processes, fresh);
	return &probed->processes.at[probed->processes.n - 1];
}

struct looking {
	struct probed *probed;
	bool thoroughly;
};

/* Is it too early to look at what the process has mapped, or too late? */
static bool may_pass(const struct looking *looking, struct probed_process *process)
{
	uint64_t age_ns = clock_mono_ns() - process->seen_ns;

	process->waited = looking->probed->storm && !process->attached && age_ns < PATIENCE_NS;
	return process->waited || (!looking->thoroughly && age_ns > YOUNG_NS);
}

static void look_at(void *arg, uint32_t pid)
{
	const struct looking *looking = arg;
	struct probed_process *process;
	uint64_t shape;

	if (pid == (uint32_t)getpid())
		return;
	process = process_of(looking->probed, pid);
	if (!process || may_pass(looking, process))
		return;
	shape = shape_of(pid);
	if (!shape || shape == process->shape)
		return;
	process->shape = shape;
	process->refused = false;
	look_at_files(looking->probed, process);
}

static bool has_ended(const struct probed_process *process)
{
	struct procfs_stat stat;

	return procfs_stat((pid_t)process->pid, &stat) || stat.start_ticks != process->start_ticks;
}

/* Each probe that is left on a file makes every trap in it dearer, in all processes. */
static void forget_ended(struct probed *probed)
{
	uint64_t now = clock_mono_ns(), brief = 0;
	VEC(uint32_t) ended = {0};
	size_t kept = 0;

	for (size_t i = 0; i < probed->processes.n; i++) {
		struct probed_process *process = &probed->processes.at[i];

		if (process->look == probed->looks || !has_ended(process)) {
			probed->processes.at[kept++] = *process;
			continue;
		}
		brief += now - process->seen_ns < YOUNG_NS;
		probed->counts.brief += process->waited;
		probed->ended += process->attached;
		probed->ended_ns += process->cpu_ns;
		if (process->attached)
			vec_push(&ended, process->pid);
		vec_done(&process->files);
	}
	probed->processes.n = kept;
	probes_forget_processes(probed->probes, probed->kind->kind, ended.at, ended.n);
	vec_done(&ended);
	probed->storm = brief * NSEC_PER_SEC > STORM_PER_SEC * (now - probed->forgot_ns);
	probed->forgot_ns = now;
}

void probed_look(struct probed *probed)
{
	struct looking looking = {.probed = probed};

	if (!probed)
		return;
	if (probed->duty)
		duty_tick(probed->duty);
	looking.thoroughly = !(probed->looks++ % THOROUGHLY);
	members_each(probed->target, probed->places, probes_map(probed->probes, "hp_processes"),
		     look_at, &looking);
	if (looking.thoroughly)
		forget_ended(probed);
}

/* --- the command --- */

/* Takes the descriptor, or -errno. The file, or HASH_NONE. */
static uint32_t expect(struct probed *probed, struct probed_process *process, int fd)
{
	uint32_t index = probed_files_opened(&probed->files, fd);

	if (index == HASH_NONE)
		return index;
	if (probed->files.list.at[index].sites.is_go)
		refuse_go(probed, process);
	else if (probed->files.list.at[index].fd >= 0)
		attach(probed, process, index);
	return index;
}

/* The program itself, and what loads it: musl's is the C library too. */
static void expect_program(struct probed *probed, struct probed_process *process)
{
	uint32_t index = expect(probed, process, command_open(probed->target->command[0]));
	const char *path;

	if (index == HASH_NONE || process->refused)
		return;
	path = probed->files.list.at[index].sites.interpreter;
	if (path[0] == '/')
		expect(probed, process, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

/*
 * Our own fork has the C library that most programs use; a static program has its own, and
 * LD_PRELOAD says what comes before both. What else it loads is found when it has.
 */
static void expect_command(struct probed *probed)
{
	struct probed_process *process =
		probed->command_pid ? process_of(probed, probed->command_pid) : NULL;
	const char *at = getenv("LD_PRELOAD"), *end;
	char path[4096];

	if (!process)
		return;
	expect_program(probed, process);
	if (process->refused)
		return;
	for (; at && *at; at = *end ? end + 1 : end) {
		end = at + strcspn(at, " :");
		snprintf(path, sizeof(path), "%.*s", (int)(end - at), at);
		if (path[0] == '/')
			expect(probed, process, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	}
	look_at_files(probed, process);
}

/* --- */

static void describe(const struct probed *probed, struct buf *to)
{
	struct probed_counts counts = probed->counts;
	const struct probed_process *process;

	counts.files = probed->files.n_open;
	counts.two_traps = probed->files.two_traps;
	counts.processes = probed->ended;
	vec_each(process, &probed->processes)
		counts.processes += process->attached;
	probed_kind_describe(probed->kind, &counts, to);
}

char *probed_end(struct probed **probed, struct recording_windows *ret_windows)
{
	struct buf note = {0};

	if (!*probed)
		return NULL;
	describe(*probed, &note);
	if ((*probed)->duty)
		duty_end((*probed)->duty, ret_windows);
	if (ret_windows && ret_windows->n) {
		buf_puts(&note, "; ");
		(*probed)->kind->say_windows(ret_windows, &note);
	}
	probed_free(*probed);
	*probed = NULL;
	return note.data;
}

/* Of those that have ended, what they had used when it was last asked. */
static uint64_t cpu_ns(void *arg)
{
	struct probed *probed = arg;
	struct probed_process *process;
	uint64_t sum = probed->ended_ns;

	vec_each(process, &probed->processes) {
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

struct probed *probed_new(uint32_t kind, const struct target *target, struct places *places,
			  struct probes *probes, uint32_t command_pid,
			  const struct duty_setup *duty)
{
	const struct probe_run *run = probes_of_files(probes, kind);
	struct probed *probed;

	if (!run)
		return NULL;
	probed = mem_zalloc(sizeof(*probed));
	probed->kind = probed_kind_of(kind);
	probed->files.find = probed->kind->find;
	probed->files.what = probed->kind->what;
	probed->target = target;
	probed->places = places;
	probed->probes = probes;
	probed->command_pid = command_pid;
	probed->kind->warn(run, target_is_host(target));
	if (command_pid)
		expect_command(probed);
	else
		probed_look(probed);
	if (duty && duty->percent > 0) {
		struct duty_setup setup = *duty;

		setup.cpu_ns = cpu_ns;
		setup.cpu_arg = probed;
		probed->duty = duty_new(&setup);
	}
	return probed;
}
