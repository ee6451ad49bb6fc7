// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is the stack walk right? Runs a command (or joins a process), takes perf samples with registers
 * and a copy of the stack, unwinds each by libdw and by our walk, and compares frame by frame.
 *
 *   instant [--seconds N] [--hz HZ] [--percent P] [--details N] (-p PID | -- COMMAND [ARG...])
 *
 * Status 0: no sample differs and at least P percent (95) are equal; 1: not so; 2: wrong usage or
 * nothing measured.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "binaries.h"
#include "compare.h"
#include "maps.h"
#include "oracle.h"
#include "sampler.h"
#include "util/mem.h"
#include "walker.h"

#define ROUND_MS 20 /* the mappings are read once a round and process */

struct options {
	unsigned int seconds, hz, details;
	double percent;
	pid_t pid;
	char **command; /* or NULL */
};

struct process {
	pid_t pid;
	uint64_t round; /* in which its mappings were read */
	struct maps maps;
	struct walker_space *space;
	struct oracle *oracle;
};

struct instant {
	struct binaries binaries;
	VEC(struct process) processes;
	struct compare compare;
	uint64_t round;
	uint64_t ended;	   /* samples of processes whose mappings could not be read any more */
	uint64_t not_code; /* samples outside all code: the mappings had changed since */
};

static struct process *find_process(struct instant *in, pid_t pid)
{
	struct process *p;

	vec_each(p, &in->processes) {
		if (p->pid == pid)
			return p;
	}
	vec_push(&in->processes, ((struct process){.pid = pid}));
	return &in->processes.at[in->processes.n - 1];
}

/* Both unwinders get the same view of the process; when it is old, it is for both. */
static bool look_at(struct instant *in, struct process *p)
{
	if (p->round == in->round)
		return p->oracle && p->space;
	p->round = in->round;
	if (maps_read(&p->maps, p->pid, &in->binaries))
		return p->oracle && p->space; /* unchanged, or gone: the last view */
	walker_space_free(p->space);
	oracle_free(p->oracle);
	p->space = walker_space_new(&p->maps, &in->binaries);
	p->oracle = oracle_new(&p->maps, &in->binaries);
	return p->oracle && p->space;
}

static void take(const struct sample *sample, void *arg)
{
	static struct oracle_stack theirs;
	static struct walk ours;
	struct instant *in = arg;
	struct process *p = find_process(in, sample->pid);

	if (!look_at(in, p)) {
		in->ended++;
		return;
	}
	if (maps_place(&p->maps, sample->registers[SAMPLE_RIP]).file == PLACE_NONE) {
		in->not_code++;
		return;
	}
	walker_run(p->space, sample, &ours);
	oracle_run(p->oracle, sample, &theirs);
	compare_add(&in->compare, &ours, &theirs, sample, &p->maps, &in->binaries);
}

/* Stopped until the other end of `ret_go` is closed. */
static pid_t start_command(char **command, int *ret_go)
{
	int go[2];
	pid_t pid;
	char c;

	if (pipe(go))
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		close(go[1]);
		if (read(go[0], &c, 1) < 0)
			_exit(126);
		close(go[0]);
		setpgid(0, 0);
		execvp(command[0], command);
		fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	close(go[0]);
	*ret_go = go[1];
	return pid;
}

static void watch(struct instant *in, struct sampler *sampler, const struct options *o)
{
	struct timespec now;
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + o->seconds;
	do {
		poll(NULL, 0, ROUND_MS);
		in->round++;
		sampler_drain(sampler, take, in);
		if (o->command) {
			siginfo_t info = {0};

			if (!waitid(P_PID, (id_t)o->pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
			    info.si_pid)
				break;
		} else if (kill(o->pid, 0)) {
			break;
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end);
	in->round++;
	sampler_drain(sampler, take, in);
}

static void instant_done(struct instant *in)
{
	struct process *p;

	vec_each(p, &in->processes) {
		walker_space_free(p->space);
		oracle_free(p->oracle);
		maps_done(&p->maps);
	}
	vec_done(&in->processes);
	binaries_done(&in->binaries);
}

static int run(struct options *o)
{
	struct instant in = {.compare = {.details = o->details}};
	struct sampler sampler;
	int go = -1, err = binaries_init(&in.binaries);
	bool right;

	if (!err && o->command)
		o->pid = start_command(o->command, &go);
	if (!err && o->pid < 0)
		err = -errno;
	if (!err)
		err = sampler_init(&sampler, o->pid, o->hz, o->command);
	if (err) {
		fprintf(stderr, "cannot sample process %d: %s\n", o->pid, strerror(-err));
		return 2;
	}
	if (go >= 0)
		close(go);
	watch(&in, &sampler, o);
	if (o->command) {
		kill(-o->pid, SIGKILL);
		waitpid(o->pid, NULL, 0);
	}
	right = compare_finish(&in.compare, o->percent);
	printf("%8" PRIu64 "  not compared: the process had ended\n", in.ended);
	printf("%8" PRIu64 "  not compared: outside of the mappings seen\n", in.not_code);
	printf("%8" PRIu64 "  lost by the ring, %" PRIu64 " without user registers\n", sampler.lost,
	       sampler.without);
	err = !in.compare.samples ? 2 : !right;
	sampler_done(&sampler);
	instant_done(&in);
	return err;
}

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {{"seconds", required_argument, NULL, 's'},
					      {"hz", required_argument, NULL, 'F'},
					      {"percent", required_argument, NULL, 'P'},
					      {"details", required_argument, NULL, 'n'},
					      {"pid", required_argument, NULL, 'p'},
					      {0}};
	int c;

	while ((c = getopt_long(argc, argv, "+s:F:P:n:p:", longs, NULL)) != -1) {
		switch (c) {
		case 's': o->seconds = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'F': o->hz = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'P': o->percent = strtod(optarg, NULL); break;
		case 'n': o->details = (unsigned int)strtoul(optarg, NULL, 10); break;
		case 'p': o->pid = atoi(optarg); break;
		default: return false;
		}
	}
	if (optind < argc)
		o->command = argv + optind;
	return !o->pid != !o->command;
}

int main(int argc, char **argv)
{
	struct options o = {.seconds = 5, .hz = 499, .percent = 95, .details = 3};

	if (!parse(argc, argv, &o)) {
		fprintf(stderr,
			"usage: %s [--seconds N] [--hz HZ] [--percent P] [--details N] "
			"(-p PID | -- COMMAND [ARG...])\n",
			argv[0]);
		return 2;
	}
	return run(&o);
}
