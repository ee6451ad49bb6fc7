/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SESSION_LOOP_H
#define HOSTPROF_CAPTURE_SESSION_LOOP_H
/*
 * What a recording does while it runs: the loop that reads the ring, looks for processes, shows
 * the progress, and ends with the time, a signal or the command. Private to capture/session*.c.
 */
#include <stdint.h>
#include "capture/command.h"
#include "capture/harvest.h"
#include "capture/meter.h"
#include "capture/session.h"
#include "probes/probes.h"

struct binaries;
struct books;
struct decode;
struct feeder;
struct grown;
struct loop;
struct places;
struct probed;
struct ring;

struct session {
	struct session_options *options;
	struct probe_request request;
	struct probes probes;
	struct command command;
	struct loop *loop;
	struct ring *ring;
	struct binaries *binaries;
	struct symbolizer *symbolizer;
	struct places *places;
	struct decode *decode;
	struct books *books;
	struct grown *grown;
	struct probed *allocating, *locking; /* NULL: not wanted */
	struct feeder *feeder;		     /* NULL: frame pointers only */
	struct recording *recording;
	struct meter meter; /* of our programs' cost */
	uint64_t called_ns; /* when session_record() was */
	struct harvest_baseline baseline;
};

/* The loop, with what it watches from the start. 0, or -errno after the reason was logged. */
int session_watch(struct session *session);
int session_watch_ring(struct session *session); /* once there is one; the same */
/* Starts the command, if there is one; it waits for session_run(). The same. */
int session_start_command(struct session *session);
/* Until something ends it. 0 or -errno. */
int session_run(struct session *session, struct session_result *result);

#endif
