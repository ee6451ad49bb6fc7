/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_RECORDING_H
#define HOSTPROF_MODEL_RECORDING_H
/*
 * What one recording says of itself: of what, for how long, what each kind delivered and lost,
 * and what it all cost. The capture fills it; out/ writes it as summary.json, as the lines at the
 * end of a recording, and as the comments of each pprof file.
 *
 * For every kind: attempted == delivered + sum(lost), and every stack is complete or counted under
 * one reason in `truncated`. recording_balance() checks the first.
 */
#include <stdbool.h>
#include <stdint.h>
#include "util/buf.h"
#include "util/vec.h"

struct growth;
struct leaks;
struct ledger;
struct locks;
struct profile;

struct recording_count {
	const char *name; /* "ring_full": the JSON key; static */
	const char *what; /* "the ring buffer was full": for people; static */
	uint64_t n;
	const char *remedy; /* what to do about it; static, or NULL */
};

struct recording_kind {
	const char *name;   /* "cpu"; static */
	const char *file;   /* "cpu.pb.gz"; static */
	bool asked;	    /* false: not wanted; it has nothing to say */
	bool ok;	    /* false: unavailable, and `why` says why */
	char *why;	    /* owned; NULL when ok */
	char *note;	    /* said behind its numbers; owned; NULL: nothing */
	const char *source; /* "cpu-clock", "cycles"; static; NULL when the kind has none */
	uint64_t period;    /* as in the pprof file: ns (cpu-clock) or events a sample */
	uint64_t attempted, delivered;
	VEC(struct recording_count) lost;      /* all reasons, zero ones too */
	uint64_t complete;		       /* stacks; a sample has up to two, kernel and user */
	VEC(struct recording_count) truncated; /* all reasons, zero ones too */
	/* Timer ticks that the host's busy time should have given, and that came: fewer when the
	 * kernel throttled us. 0, 0 for kinds without a timer. */
	uint64_t ticks_expected, ticks_seen;
	struct profile *profile; /* owned; NULL when not ok */
};

struct recording_overhead {
	uint64_t
		agent_cpu_ns; /* of this process while recording, in the kernel and in user space */
	uint64_t analysis_cpu_ns; /* after the probes were gone: names for addresses */
	uint64_t bpf_ns, bpf_runs;
	bool bpf_known; /* the kernel's own statistics of BPF programs were available */
	uint64_t traps, trap_ns;
	uint64_t rss_bytes;
	uint64_t ring_records, ring_bytes; /* from the kernel */
};

/* The tables by which user stacks are walked: memory in the kernel while recording. */
struct recording_tables {
	uint64_t binaries, bytes, cap_bytes;
	uint64_t built, shared; /* made of a file; taken of another one with the same content */
	uint64_t without;	/* binaries that have no unwind information */
	uint64_t failed, evicted;
};

/* Where names of binaries' functions came from. */
struct recording_symbols {
	uint64_t read;	 /* binaries whose symbols were read, with their debug files */
	uint64_t shared; /* those of the same content as one that was read */
};

/* Debug files that were asked of servers for names and lines; none unless the user wants it. */
struct recording_downloads {
	bool wanted;
	uint64_t asked, fetched, cached, absent;
	uint64_t bytes;	 /* of those fetched */
	const char *why; /* why not all were asked for; static; NULL: nothing was wrong */
};

enum recording_sum { RECORDING_BYTES, RECORDING_OBJECTS, RECORDING_SUMS };
enum recording_lock_sum { RECORDING_ACQUISITIONS, RECORDING_HOLD }; /* ns */

/* Of probes that were attached in windows only, to cost less: what the heap's saw allocated, or
 * those on locks of their use, estimated,
 * and one standard deviation of it. */
struct recording_windows {
	uint64_t n;   /* 0: they were attached all the time, or not at all */
	double share; /* of the time */
	double scale; /* of all numbers of the profile: the last window stood for too much, or too
			 little */
	double speed_doubt;
	double speed; /* of what was probed, while it was, of its speed otherwise */
	double sum[RECORDING_SUMS], error[RECORDING_SUMS]; /* by one of the enums */
	uint64_t shortest_ns;				   /* window */
	bool frees_missed;				   /* what is in use is an upper bound */
};

struct recording {
	char *kernel, *arch; /* uname -r, -m; owned */
	uint64_t start_real_ns, duration_ns;
	uint32_t n_cpus;
	char *target_json; /* the target as one JSON object in text: {"pids":[1,2]}; owned */
	char *target_text; /* "the whole host", "pid 1, 2", "command 'make -j2' (pid 77)"; owned */
	VEC(struct recording_kind) kinds;
	struct recording_overhead overhead;
	struct recording_tables tables;
	struct recording_symbols symbols;
	struct ledger *ledger; /* owned; NULL: none */
	struct growth *growth; /* owned; NULL: none */
	struct leaks *leaks;   /* the same */
	struct recording_windows windows, lock_windows;
	struct locks *locks;   /* the same */
	uint64_t ledgers_lost; /* threads whose end the ring had no room for */
	uint64_t min_wait_ns;  /* shorter waits are in the ledger, and not in the profiles */
	struct recording_downloads downloads;
};

struct recording *recording_new(void);
void recording_free(struct recording *r);

struct recording_kind *recording_add_kind(struct recording *r, const char *name, const char *file);
/* Leaves only the kinds that were asked for: outputs have nothing to say of the others. */
void recording_forget_unasked(struct recording *r);
uint64_t recording_lost(const struct recording_kind *kind);
uint64_t recording_truncated(const struct recording_kind *kind);
bool recording_balance(const struct recording_kind *kind);
/* Percent of the host's CPU time (all CPUs for the whole duration). */
double recording_percent(const struct recording *r);

/* "cpu: 1980 samples attempted, 1980 delivered, 0 lost; stacks: ..."; no newline. */
void recording_loss_line(const struct recording_kind *kind, struct buf *out);
/* "overhead: 0.31 % of 2 CPUs: agent 18.2 ms, BPF 3.1 ms in 198 runs, RSS 21.5 MiB"; no newline. */
void recording_overhead_line(const struct recording *r, struct buf *out);
/* "debuginfod: 3 debug files fetched (12.1 MiB), 1 in its cache, 5 not there"; only if wanted. */
void recording_downloads_line(const struct recording *r, struct buf *out);
/* "probed for 23.1 % of the time, in 26 windows ...: allocated 622.1 MiB +- 37.5 MiB ..." */
void recording_windows_line(const struct recording_windows *w, struct buf *out);
/* The same of those on locks: "...: 812345 +- 9123 acquisitions (a standard error), held ..." */
void recording_lock_windows_line(const struct recording_windows *w, struct buf *out);

#endif
