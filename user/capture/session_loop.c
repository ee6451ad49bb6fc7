// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/session_loop.h"

#include <signal.h>
#include <string.h>

#include "capture/accounts.h"
#include "capture/probed.h"
#include "capture/ring.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/loop.h"

#define RING_READ_NS (100 * NSEC_PER_MSEC)

static void on_tick(void *arg)
{
	struct session *s = arg;

	meter_tick(&s->meter, &s->probes);
	ring_read(s->ring);
}

static void on_look(void *arg)
{
	struct session *s = arg;

	probed_look(s->allocating);
	probed_look(s->locking);
}

static void on_end(void *arg)
{
	struct session *s = arg;

	loop_stop(s->loop);
}

static void on_signal(void *arg, int signal)
{
	struct session *s = arg;

	/* From a terminal the command has got it too; else we pass it on. */
	if (s->command.pid && signal == SIGTERM)
		kill(s->command.pid, signal);
	loop_stop(s->loop);
}

static void on_command_end(void *arg)
{
	struct session *s = arg;

	command_reap(&s->command);
	loop_remove(s->loop, s->command.pidfd);
	loop_stop(s->loop);
}

static void on_second(void *arg)
{
	struct session *s = arg;
	struct session_progress now = {.elapsed_ns = clock_mono_ns() - s->baseline.start_ns};
	uint64_t bpf_ns, runs;
	struct hp_stats sum;

	for (uint32_t kind = 0; kind < HP_KINDS; kind++) {
		if (!probes_of_kind(&s->probes, kind) ||
		    accounts_read(probes_map(&s->probes, "hp_stats"), kind, &sum))
			continue;
		now.samples += sum.delivered;
		for (uint32_t i = 0; i < HP_LOSSES; i++)
			now.lost += sum.lost[i];
	}
	meter_read(&s->meter, &s->probes, &bpf_ns, &runs);
	now.percent = 100.0 * (double)(clock_cpu_ns() - s->baseline.cpu_ns + bpf_ns) /
		      ((double)now.elapsed_ns * (double)s->recording->n_cpus);
	s->options->progress(s->options->progress_arg, &now);
}

int session_watch(struct session *s)
{
	const struct session_options *o = s->options;
	sigset_t signals;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	err = loop_new(&s->loop);
	if (!err)
		err = loop_signals(s->loop, &signals, on_signal, s);
	if (!err)
		err = loop_timer(s->loop, RING_READ_NS, 0, on_tick, s);
	if (!err && (o->kinds & 1u << HP_KIND_HEAP || o->use_locks))
		err = loop_timer(s->loop, PROBED_LOOK_NS, 0, on_look, s);
	if (!err && o->progress)
		err = loop_timer(s->loop, NSEC_PER_SEC, 0, on_second, s);
	if (err)
		log_error("cannot set up the event loop: %s", strerror(-err));
	return err;
}

int session_watch_ring(struct session *s)
{
	int err = loop_add(s->loop, ring_fd(s->ring), ring_read, s->ring);

	if (err)
		log_error("cannot watch the ring buffer: %s", strerror(-err));
	return err;
}

int session_start_command(struct session *s)
{
	char **argv = s->options->target.command;
	int err = argv ? command_start(&s->command, argv) : 0;

	if (!err && argv)
		err = loop_add(s->loop, s->command.pidfd, on_command_end, s);
	if (err)
		log_error("cannot start `%s`: %s", argv[0], strerror(-err));
	return err;
}

int session_run(struct session *s, struct session_result *result)
{
	const struct session_options *o = s->options;
	int err = s->command.pid ? command_go(&s->command) : 0;

	if (err) {
		log_error("cannot run `%s`: %s", o->target.command[0], strerror(-err));
		result->exec_error = err;
		return err;
	}
	if (o->duration_ns) {
		err = loop_timer(s->loop, o->duration_ns, 1, on_end, s);
		if (err)
			return err;
	}
	return loop_run(s->loop);
}
