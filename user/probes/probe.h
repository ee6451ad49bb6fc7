/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROBES_PROBE_H
#define HOSTPROF_PROBES_PROBE_H
/*
 * A probe is one BPF object and the few things only it knows: whether this recording wants it,
 * how it is set up before loading, what it attaches to. probes.c does the rest for all of them.
 * Adding one: bpf/probes/NAME.bpf.c, user/probes/NAME.c, a line in include/hostprof/probes.def.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "hook/links.h"
#include "hook/uprobe.h"
#include "hostprof/config.h"
#include "hostprof/event.h"

struct hook_sites;
struct bpf_object;
struct bpf_object_skeleton;

/* What a recording asks of its probes. */
struct probe_request {
	struct hp_config config; /* shared part; a probe completes its own copy */
	uint32_t kinds;		 /* bits 1u << enum hp_kind_id */
	uint64_t frequency;	 /* Hz */
	uint32_t ring_bytes;
	uint64_t heap_interval; /* bytes a sample */
	bool filter_tasks;	/* for files: to attach to the target's processes is not enough */
	bool use_locks;		/* probes on each use of a lock */
	bool per_thread;	/* samples tell threads apart */
	bool follow;		/* children of the target processes belong to it */
	bool scan_all;		/* tell the files of all processes, not of the targets alone */
};

/* One probe of one recording. */
struct probe_run {
	const struct probe *probe;
	void *skeleton; /* of the probe's own type; every one starts with the next two */
	struct bpf_object_skeleton *object_skeleton;
	struct bpf_object *object;
	struct uprobe_types uprobes; /* that the kernel has; only for those with attach_file */
	struct links links;
	const char *source; /* "cpu-clock": what it samples by; static, or NULL */
	uint64_t period;    /* ns, or events, a sample */
	uint64_t trap_ns;   /* what each of its traps costs; 0: it has none */
	bool every_return;  /* of what it probes: for lack of sessions */
	void *own;	    /* the probe's own; may be NULL */
	uint32_t n_events;  /* timers running, for the ticks to expect; 0: no timer */
};

/* A file with something to probe that a process of the target has mapped. */
struct probe_file {
	uint32_t kind; /* of the profile it is for: HP_KIND_HEAP, HP_KIND_LOCK */
	uint32_t tgid;
	int fd;
	const struct hook_sites *sites;
	uint32_t number; /* of the file in this recording */
};

/* When some of its probes are to be attached, and what samples stand for meanwhile. */
struct probe_window {
	bool shut;	   /* nothing but this: what comes from now on is not looked at */
	bool takes, gives; /* the two sides of probes/points.h */
	uint32_t weight;
	uint64_t length_ns; /* of those that know when to end; 0: all the time from now on */
	void (*between)(void *arg); /* called now and then: with many processes it takes seconds */
	void *arg;
};

typedef void probe_record(void *arg, const void *record, size_t size);

struct probe {
	const char *name;
	/* Those that feed kinds are wanted with one of them, unless this says no (NULL: never). */
	bool (*wanted)(const struct probe_request *request);
	void *(*open)(void); /* the skeleton's __open */
	void (*destroy)(void *skeleton);
	void (*configure)(struct probe_run *run, const struct probe_request *request);
	/* Work to be done once, before any probe is attached; may be NULL. */
	int (*prepare)(struct probe_run *run, const struct probe_request *request);
	int (*attach)(struct probe_run *run, const struct probe_request *request); /* 0, -errno */
	/* May be called at any time while attached; may be NULL. 0 or -errno. */
	int (*attach_file)(struct probe_run *run, const struct probe_file *file);
	/* Of processes that have ended, or none; now and then, together with attach_file. */
	void (*forget_processes)(struct probe_run *run, const uint32_t *tgids, size_t n);
	/* May be called at any time while attached; NULL: it cannot. */
	void (*window)(struct probe_run *run, const struct probe_window *window);
	/* The end of the recording, still attached: hands on what the probe has kept, as records
	 * like those of the ring. May be NULL. 0 or -errno. */
	int (*finish)(struct probe_run *run, probe_record *record, void *arg);
	void (*done)(struct probe_run *run); /* frees what is its own; may be NULL */
};

#endif
