/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_SESSION_H
#define HOSTPROF_CAPTURE_SESSION_H
/*
 * One recording from start to end: the way into capture/. It loads the probes, runs until the
 * duration, the command's end or a signal, unloads everything, names the addresses, and hands over
 * a struct recording with a symbolized profile for each kind. What cannot run is said in the log
 * and in the recording, and the rest goes on.
 */
#include <stdbool.h>
#include <stdint.h>
#include "capture/target.h"
#include "model/recording.h"
#include "sym/symbolize.h"

struct session_progress {
	uint64_t elapsed_ns, samples, lost;
	double percent; /* of the host's CPU time, for us */
};

struct session_options {
	uint32_t kinds;		/* bits 1u << enum hp_kind_id */
	uint64_t frequency;	/* Hz */
	uint64_t duration_ns;	/* 0: until something else ends it */
	uint64_t min_wait_ns;	/* waits that are shorter are not in the profiles */
	uint64_t heap_interval; /* bytes a sample of an allocation */
	uint64_t max_percent;	/* of the host's CPU time, for us; 0: no limit */
	uint64_t leak_age_ns;	/* 0: half of the recording */
	uint32_t max_depth;
	uint64_t max_table_bytes; /* of unwind tables in the kernel */
	bool use_locks;		  /* probe each use of a lock too */
	bool per_thread, no_kernel, no_user;
	struct symbolizer_options symbols;
	struct target target;
	void (*begun)(void); /* called once it samples; NULL: never */
	/* Called once a second; NULL: never. */
	void (*progress)(void *arg, const struct session_progress *now);
	void *progress_arg;
};

struct session_result {
	struct recording *recording; /* the caller's; NULL when nothing was recorded */
	int command_status;	     /* its exit status, 128 + signal, or 0 */
	bool command_runs;	     /* it had not ended when the recording did */
	uint32_t command_pid;
	int exec_error; /* why the command could not be run: a negative errno */
};

/* 0, or -errno after the reason was logged. The options' target is checked and opened here. */
int session_record(struct session_options *options, struct session_result *ret_result);

#endif
