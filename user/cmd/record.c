// SPDX-License-Identifier: GPL-2.0-or-later
/* hostprof record: options in, a recording out: files, and a summary for people. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "capture/session.h"
#include "cmd/cmd.h"
#include "cmd/kinds.h"
#include "cmd/screen.h"
#include "hostprof/event.h"
#include "hostprof/version.h"
#include "model/wall.h"
#include "out/folder.h"
#include "out/html.h"
#include "out/leaks_json.h"
#include "out/ledger_json.h"
#include "out/locks_json.h"
#include "out/out.h"
#include "out/pprof.h"
#include "out/recording_json.h"
#include "out/summary.h"
#include "proc/cgroups.h"
#include "unwind/feeder.h"
#include "util/clock.h"
#include "util/log.h"

#define MIN_FREQUENCY	  1
#define MAX_FREQUENCY	  9999
#define MAX_MIN_WAIT_US	  3600000000
#define MAX_HEAP_INTERVAL (1ull << 30)
#define MAX_ID		  4194304 /* PID_MAX_LIMIT */

struct record_options {
	struct opt_names kinds, cgroups, containers, pods, namespaces, services;
	struct opt_numbers pids, tids;
	const char *comm, *output;
	uint64_t frequency, duration_ns, max_depth, min_wait_us, heap_interval, leak_age_ns,
		table_mb, max_overhead;
	unsigned int memory; /* enum memory_mode */
	unsigned int lock;   /* enum lock_mode */
	bool per_thread, no_kernel, no_user, no_demangle, no_lines, debuginfod, quiet;
	unsigned int verbose;
};

#define AT(member) .offset = offsetof(struct record_options, member)

static const struct opt record_table[] = {
	{OPT_NAMES, "kinds", 'k', "LIST", "profile kinds, comma-separated (default: all)",
	 AT(kinds), .choices = kinds_words},
	{OPT_NUMBERS, "pid", 'p', "LIST", "only these processes, all their threads", AT(pids), 1,
	 MAX_ID},
	{OPT_NUMBERS, "tid", 't', "LIST", "only these threads", AT(tids), 1, MAX_ID},
	{OPT_STRING, "comm", 0, "NAME", "only processes of this name", AT(comm)},
	{OPT_NAMES, "cgroup", 0, "PATH",
	 "only tasks in these cgroups and below them: directories of the cgroup2 tree or of one of "
	 "v1's, or their paths in it",
	 AT(cgroups)},
	{OPT_NAMES, "container", 0, "NAME",
	 "only these containers: names, patterns like 'web-*', or the start of an id",
	 AT(containers)},
	{OPT_NAMES, "pod", 0, "NAME", "only containers of these Kubernetes pods", AT(pods)},
	{OPT_NAMES, "namespace", 0, "NAME", "only containers of these Kubernetes namespaces",
	 AT(namespaces)},
	{OPT_NAMES, "service", 0, "NAME", "only these systemd services", AT(services)},
	{OPT_UINT, "frequency", 'F', "HZ", "samples a second on each CPU (default: 99)",
	 AT(frequency), MIN_FREQUENCY, MAX_FREQUENCY},
	{OPT_SECONDS, "duration", 'd', "SECONDS", "end after that long", AT(duration_ns),
	 NSEC_PER_MSEC, 365 * 86400 * NSEC_PER_SEC},
	{OPT_STRING, "output", 'o', "DIR", "the output folder (default: hostprof-DATE-TIME)",
	 AT(output)},
	{OPT_FLAG, "per-thread", 0, NULL, "keep threads apart", AT(per_thread)},
	{OPT_UINT, "max-depth", 0, "N", "frames a stack, kernel and user each (default: 127)",
	 AT(max_depth), 1, HP_MAX_FRAMES},
	{OPT_UINT, "min-wait", 0, "US",
	 "leave shorter waits out of the off-CPU and lock profiles (default: 0)", AT(min_wait_us),
	 0, MAX_MIN_WAIT_US},
	{OPT_CHOICE, "memory", 0, "SOURCE",
	 "memory by what the kernel gives (growth), by malloc (heap), or both (default: both; of "
	 "the whole host growth)",
	 AT(memory), .choices = "growth|heap|both"},
	{OPT_UINT, "heap-interval", 0, "BYTES",
	 "allocated, for each stack of an allocation; 1: all of them (default: 524288)",
	 AT(heap_interval), 1, MAX_HEAP_INTERVAL},
	{OPT_SECONDS, "leak-age", 0, "SECONDS",
	 "memory in use for that long is old (default: half of the recording)", AT(leak_age_ns),
	 NSEC_PER_MSEC, 365 * 86400 * NSEC_PER_SEC},
	{OPT_UINT, "max-overhead", 0, "PERCENT",
	 "of the host's CPU time for all of this; malloc and free, or the use of locks, are probed "
	 "in windows at random where they would cost more (default: no limit)",
	 AT(max_overhead), 1, 100},
	{OPT_CHOICE, "lock", 0, "SOURCE",
	 "locks by the waits for them (futex), or also by probes on each use of a pthread lock of "
	 "the target (pthread)",
	 AT(lock), .choices = "futex|pthread"},
	{OPT_UINT, "table-memory", 0, "MIB",
	 "memory of unwind tables in the kernel at most (default: 128)", AT(table_mb), 1, 1024},
	{OPT_FLAG, "no-kernel", 0, NULL, "no kernel stacks", AT(no_kernel)},
	{OPT_FLAG, "no-user", 0, NULL, "no user stacks", AT(no_user)},
	{OPT_FLAG, "no-demangle", 0, NULL, "C++ and Rust names as the compiler wrote them",
	 AT(no_demangle)},
	{OPT_FLAG, "no-lines", 0, NULL, "no source lines and no inlined functions", AT(no_lines)},
	{OPT_FLAG, "debuginfod", 0, NULL,
	 "ask the servers that DEBUGINFOD_URLS names for missing debug files", AT(debuginfod)},
	{OPT_FLAG, "quiet", 'q', NULL, "no summary and no progress line: errors only", AT(quiet)},
	{OPT_COUNT, "verbose", 'v', NULL, "say more; twice: libbpf's messages too", AT(verbose)},
	{.type = OPT_END},
};

enum lock_mode { LOCK_FUTEX, LOCK_PTHREAD };
enum memory_mode { MEMORY_GROWTH, MEMORY_HEAP, MEMORY_BOTH, MEMORY_DEFAULT };

/* Probes on every malloc of the whole host are too much to be had without asking. */
static uint32_t memory_bits(const struct record_options *o, bool whole_host)
{
	switch (o->memory) {
	case MEMORY_GROWTH: return 1u << HP_KIND_GROWTH;
	case MEMORY_HEAP: return 1u << HP_KIND_HEAP;
	case MEMORY_BOTH: return kinds_of_memory();
	default: return whole_host ? 1u << HP_KIND_GROWTH : kinds_of_memory();
	}
}

static uint32_t kind_bits(const struct record_options *o, bool whole_host)
{
	uint32_t memory = memory_bits(o, whole_host), kinds = 0;
	char **name;

	vec_each(name, &o->kinds.list)
		kinds |= strcmp(*name, "memory") ? kinds_of(*name) : memory;
	return o->kinds.list.n ? kinds : (kinds_all() & ~kinds_of_memory()) | memory;
}

/* libbpf speaks one level lower than we do: its warnings are our debug lines. */
__attribute__((format(printf, 2, 0))) static int print_libbpf(enum libbpf_print_level level,
							      const char *fmt, va_list ap)
{
	enum log_level ours = level == LIBBPF_WARN ? LOG_DEBUG : LOG_TRACE;
	char line[1024];

	if (ours > log_get_level())
		return 0;
	vsnprintf(line, sizeof(line), fmt, ap);
	log_at(ours, "%s", line);
	return 0;
}

static void show_progress(void *arg, const struct session_progress *now)
{
	(void)arg;
	fprintf(stderr, "\r\033[Krecording %.0f s: %llu samples, %llu lost, overhead %.2f %%",
		(double)now->elapsed_ns / NSEC_PER_SEC, (unsigned long long)now->samples,
		(unsigned long long)now->lost, now->percent);
	fflush(stderr);
}

static void say_begun(void)
{
	log_info("recording; Ctrl-C ends it");
}

static void default_folder(char *name, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(name, size, "hostprof-%Y%m%d-%H%M%S", &tm);
}

static int write_profile(const void *arg, FILE *to)
{
	return pprof_write(arg, to);
}

static int write_leaks(const void *arg, FILE *to)
{
	return leaks_json_write(arg, to);
}

static int write_locks(const void *arg, FILE *to)
{
	return locks_json_write(arg, to);
}

static int write_summary(const void *arg, FILE *to)
{
	return recording_json_write(arg, HOSTPROF_VERSION, to);
}

static int write_ledger(const void *arg, FILE *to)
{
	return ledger_json_write(arg, to);
}

static const struct profile *profile_of(const struct recording *r, uint32_t kind)
{
	const struct recording_kind *k;

	vec_each(k, &r->kinds)
		if (kinds_index(k->name) == kind)
			return k->profile;
	return NULL;
}

/* All kinds that were recorded, each with its default value, and with a ledger all wall time. */
static int write_page(const void *arg, FILE *to)
{
	static const char *const questions[] = {
#define HP_KIND(id, name, file, question, types) question,
#include "hostprof/kinds.def"
#undef HP_KIND
	};
	const struct recording *r = arg;
	struct out_part *parts = mem_array(r->kinds.n + 1, sizeof(*parts));
	struct html_input in = {.parts = parts,
				.recording = r,
				.ledger = r->ledger,
				.growth = r->growth,
				.leaks = r->leaks,
				.locks = r->locks,
				.version = HOSTPROF_VERSION};
	const struct recording_kind *kind;
	struct profile *wall = NULL;
	int err;

	vec_each(kind, &r->kinds)
		if (kind->profile)
			parts[in.n_parts++] = (struct out_part){
				.kind = kind->name,
				.question = questions[kinds_index(kind->name)],
				.profile = kind->profile,
				.value = kind->profile->default_type,
			};
	if (r->ledger && in.n_parts) {
		wall = wall_profile(r->ledger, profile_of(r, HP_KIND_CPU),
				    profile_of(r, HP_KIND_OFFCPU));
		parts[in.n_parts++] = (struct out_part){
			.kind = "wall", .question = WALL_QUESTION, .profile = wall};
	}
	err = html_write(&in, to);
	profile_free(wall);
	free(parts);
	return err;
}

/* The paths of what was written; a NULL behind the last. */
struct written {
	VEC(char *) paths;
};

static int write_one(struct folder *folder, const char *name,
		     int (*write)(const void *arg, FILE *to), const void *arg,
		     struct written *written)
{
	struct buf why = {0};
	int err = folder_write(folder, name, write, arg, &why);

	if (err)
		log_error("%s", buf_str(&why));
	else
		vec_push(&written->paths, mem_printf("%s/%s", folder->path, name));
	buf_done(&why);
	return err;
}

/* Of a recording that was in the folder before. */
static void remove_profiles(struct folder *folder)
{
	static const char *const files[] = {
#define HP_KIND(id, name, file, question, types) file,
#include "hostprof/kinds.def"
#undef HP_KIND
	};

	for (size_t i = 0; i < HP_KINDS; i++)
		folder_remove(folder, files[i]);
	folder_remove(folder, FOLDER_LEDGER);
}

/* Every file is tried, whatever became of the one before; the first error is returned. */
static int write_files(const struct recording *r, const char *path, struct written *written)
{
	const struct recording_kind *kind;
	struct buf why = {0};
	struct folder folder;
	int first, err;

	first = folder_open(&folder, path, &why);
	if (first) {
		log_error("%s", buf_str(&why));
		goto out;
	}
	remove_profiles(&folder);
	vec_each(kind, &r->kinds) {
		if (!kind->profile)
			continue;
		err = write_one(&folder, kind->file, write_profile, kind->profile, written);
		first = first ? first : err;
	}
	if (r->ledger) {
		err = write_one(&folder, FOLDER_LEDGER, write_ledger, r->ledger, written);
		first = first ? first : err;
	}
	folder_remove(&folder, LEAKS_FILE);
	err = r->leaks ? write_one(&folder, LEAKS_FILE, write_leaks, r->leaks, written) : 0;
	first = first ? first : err;
	folder_remove(&folder, LOCKS_FILE);
	err = r->locks ? write_one(&folder, LOCKS_FILE, write_locks, r->locks, written) : 0;
	first = first ? first : err;
	err = write_one(&folder, FOLDER_SUMMARY, write_summary, r, written);
	first = first ? first : err;
	err = write_one(&folder, FOLDER_PAGE, write_page, r, written);
	first = first ? first : err;
	folder_close(&folder);
out:
	vec_push(&written->paths, NULL);
	buf_done(&why);
	return first;
}

static void written_done(struct written *written)
{
	char **path;

	vec_each(path, &written->paths)
		free(*path);
	vec_done(&written->paths);
}

static void print_summary(const struct recording *r, const struct written *written, FILE *to)
{
	struct out_options show = {.rows = 10};

	screen_options(to, &show.columns, &show.colour);
	summary_write(r, &show, (const char *const *)written->paths.at, to);
}

static void fill_session(const struct record_options *o, char **command,
			 struct session_options *session)
{
	struct place_filter *places = &session->target.places;
	uint64_t *id;
	char **name;

	*session = (struct session_options){
		.frequency = o->frequency,
		.duration_ns = o->duration_ns,
		.heap_interval = o->heap_interval,
		.leak_age_ns = o->leak_age_ns,
		.max_percent = o->max_overhead,
		.max_depth = (uint32_t)o->max_depth,
		.min_wait_ns = o->min_wait_us * NSEC_PER_USEC,
		.max_table_bytes = o->table_mb << 20,
		.per_thread = o->per_thread,
		.no_kernel = o->no_kernel,
		.no_user = o->no_user,
		.symbols = {.no_demangle = o->no_demangle,
			    .no_lines = o->no_lines,
			    .debuginfod = o->debuginfod},
		.target = {.comm = o->comm, .command = command},
		.begun = !o->quiet && !command && !o->duration_ns ? say_begun : NULL,
		.progress = !o->quiet && isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	vec_each(id, &o->pids.list)
		vec_push(&session->target.pids, (uint32_t)*id);
	vec_each(id, &o->tids.list)
		vec_push(&session->target.tids, (uint32_t)*id);
	vec_each(name, &o->cgroups.list)
		vec_push(&session->target.cgroups, *name);
	vec_each(name, &o->containers.list)
		vec_push(&places->containers, *name);
	vec_each(name, &o->pods.list)
		vec_push(&places->pods, *name);
	vec_each(name, &o->namespaces.list)
		vec_push(&places->namespaces, *name);
	vec_each(name, &o->services.list)
		vec_push(&places->services, *name);
	session->kinds = kind_bits(o, target_is_host(&session->target));
	session->use_locks = o->lock == LOCK_PTHREAD && session->kinds & 1u << HP_KIND_LOCK;
}

static bool is_possible(const struct record_options *o, const struct session_options *session)
{
	if (o->lock != LOCK_PTHREAD)
		return true;
	if (target_is_host(&session->target))
		log_error("--lock=pthread probes each use of a lock, which the whole host cannot "
			  "afford: name a target (-p, --comm, --container, or -- COMMAND)");
	else if (!session->use_locks)
		log_error("--lock=pthread needs the kind lock: -k lock");
	return session->use_locks && !target_is_host(&session->target);
}

static int record(const struct record_options *o, char **command)
{
	char generated[64];
	const char *path = o->output ? o->output : generated;
	struct session_options session;
	struct session_result result = {0};
	struct written written = {0};
	struct buf why = {0};
	int status = EXIT_FAILED, err;

	err = cgroups_join_host();
	if (err)
		log_debug("in a cgroup namespace of its own: %s", strerror(-err));
	default_folder(generated, sizeof(generated));
	fill_session(o, command, &session);
	if (!is_possible(o, &session)) {
		status = EXIT_USAGE;
		goto out;
	}
	if (folder_check(path, &why)) {
		log_error("%s", buf_str(&why));
		goto out;
	}
	err = session_record(&session, &result);
	if (session.progress)
		fputs("\r\033[K", stderr);
	if (err) {
		status = result.exec_error == -ENOENT ? EXIT_NOT_FOUND
			 : result.exec_error	      ? EXIT_NOT_EXECUTABLE
						      : EXIT_FAILED;
		goto out;
	}
	err = write_files(result.recording, path, &written);
	if (!o->quiet) /* the standard output of a command is the command's */
		print_summary(result.recording, &written, command ? stderr : stdout);
	if (result.command_runs)
		log_info("the command goes on: pid %u", result.command_pid);
	status = err ? EXIT_FAILED : result.command_status;
out:
	written_done(&written);
	recording_free(result.recording);
	target_done(&session.target);
	buf_done(&why);
	return status;
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
	struct record_options o = {.frequency = 99,
				   .max_depth = HP_MAX_FRAMES,
				   .heap_interval = 524288,
				   .memory = MEMORY_DEFAULT,
				   .table_mb = FEEDER_MAX_BYTES >> 20};
	int status = EXIT_USAGE, n_args;
	char **args;

	if (opt_parse(&cmd->cli, &o, argc, argv, &args, &n_args))
		goto out;
	log_set_level(o.quiet	      ? LOG_WARN
		      : o.verbose > 1 ? LOG_TRACE
		      : o.verbose     ? LOG_DEBUG
				      : LOG_INFO);
	libbpf_set_print(print_libbpf);
	status = record(&o, n_args ? args : NULL);
out:
	opt_values_done(&cmd->cli, &o);
	return status;
}

const struct cmd cmd_record = {
	.cli =
		{
			.name = "record",
			.summary = "record this host, or a part of it, and write profiles",
			.args = "[-- COMMAND [ARG...]]",
			.about = "Records until -d seconds have passed, the command has ended, or "
				 "Ctrl-C. "
				 "Without a target it records the whole host; a command is "
				 "recorded with "
				 "everything it starts.\n\n"
				 "At the end it prints what took the time, what was lost and what "
				 "it cost, "
				 "and writes the profiles (pprof files), summary.json and "
				 "report.html, a "
				 "page to look at them, into a folder.",
			.opts = record_table,
			.stop_at_args = true,
		},
	.run = run,
};
