// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/recording.h"

#include <inttypes.h>
#include <stdlib.h>

#include "model/growth.h"
#include "model/leaks.h"
#include "model/ledger.h"
#include "model/locks.h"
#include "model/profile.h"
#include "util/bytes.h"
#include "util/clock.h"

#define TICKS_WORTH_A_WORD 90.0 /* percent: below, something holds the timer back */
#define TICKS_TO_JUDGE_BY  500

struct recording *recording_new(void)
{
	return mem_zalloc(sizeof(struct recording));
}

static void kind_done(struct recording_kind *kind)
{
	free(kind->why);
	free(kind->note);
	vec_done(&kind->lost);
	vec_done(&kind->truncated);
	profile_free(kind->profile);
}

void recording_free(struct recording *r)
{
	struct recording_kind *kind;

	if (!r)
		return;
	vec_each(kind, &r->kinds)
		kind_done(kind);
	vec_done(&r->kinds);
	free(r->kernel);
	free(r->arch);
	free(r->target_json);
	free(r->target_text);
	ledger_free(r->ledger);
	growth_free(r->growth);
	leaks_free(r->leaks);
	locks_free(r->locks);
	free(r);
}

struct recording_kind *recording_add_kind(struct recording *r, const char *name, const char *file)
{
	struct recording_kind kind = {.name = name, .file = file};

	vec_push(&r->kinds, kind);
	return &r->kinds.at[r->kinds.n - 1];
}

void recording_forget_unasked(struct recording *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->kinds.n; i++) {
		if (r->kinds.at[i].asked)
			r->kinds.at[kept++] = r->kinds.at[i];
		else
			kind_done(&r->kinds.at[i]);
	}
	r->kinds.n = kept;
}

uint64_t recording_lost(const struct recording_kind *kind)
{
	const struct recording_count *c;
	uint64_t n = 0;

	vec_each(c, &kind->lost)
		n += c->n;
	return n;
}

uint64_t recording_truncated(const struct recording_kind *kind)
{
	const struct recording_count *c;
	uint64_t n = 0;

	vec_each(c, &kind->truncated)
		n += c->n;
	return n;
}

bool recording_balance(const struct recording_kind *kind)
{
	return kind->attempted == kind->delivered + recording_lost(kind);
}

double recording_percent(const struct recording *r)
{
	const struct recording_overhead *o = &r->overhead;
	double host = (double)r->duration_ns * r->n_cpus;

	return host > 0 ? 100.0 * (double)(o->agent_cpu_ns + o->bpf_ns + o->trap_ns) / host : 0;
}

/* " (3: the ring buffer was full, 1: no memory)", of those that happened. */
static void reasons_print(const struct recording_count *counts, size_t n, struct buf *out)
{
	const char *before = " (";

	for (size_t i = 0; i < n; i++) {
		if (!counts[i].n)
			continue;
		buf_printf(out, "%s%" PRIu64 ": %s", before, counts[i].n, counts[i].what);
		if (counts[i].remedy)
			buf_printf(out, "; %s", counts[i].remedy);
		before = ", ";
	}
	if (*before == ',')
		buf_putc(out, ')');
}

void recording_loss_line(const struct recording_kind *kind, struct buf *out)
{
	uint64_t lost = recording_lost(kind), truncated = recording_truncated(kind);

	if (!kind->ok) {
		buf_printf(out, "%s: unavailable: %s", kind->name,
			   kind->why ? kind->why : "no reason given");
		return;
	}
	buf_printf(out,
		   "%s: %" PRIu64 " samples attempted, %" PRIu64 " delivered, %" PRIu64 " lost",
		   kind->name, kind->attempted, kind->delivered, lost);
	reasons_print(kind->lost.at, kind->lost.n, out);
	if (!recording_balance(kind))
		buf_printf(out, ", %" PRId64 " unaccounted for",
			   (int64_t)(kind->attempted - kind->delivered - lost));
	buf_printf(out, "; stacks: %" PRIu64 " complete, %" PRIu64 " cut short", kind->complete,
		   truncated);
	reasons_print(kind->truncated.at, kind->truncated.n, out);
	if (kind->note)
		buf_printf(out, "; %s", kind->note);
	/* Busy time is known in the kernel's own ticks: too coarse for short recordings. */
	if (kind->ticks_expected >= TICKS_TO_JUDGE_BY) {
		double percent = 100.0 * (double)kind->ticks_seen / (double)kind->ticks_expected;

		if (percent < TICKS_WORTH_A_WORD)
			buf_printf(out, "; the timer came %.1f %% of the times it should have",
				   percent);
	}
}

static void time_print(uint64_t ns, struct buf *out)
{
	if (ns >= NSEC_PER_SEC)
		buf_printf(out, "%.2f s", (double)ns / (double)NSEC_PER_SEC);
	else
		buf_printf(out, "%.1f ms", (double)ns / (double)NSEC_PER_MSEC);
}

void recording_overhead_line(const struct recording *r, struct buf *out)
{
	const struct recording_overhead *o = &r->overhead;

	buf_printf(out, "overhead: %.2f %% of %" PRIu32 " CPU%s: agent ", recording_percent(r),
		   r->n_cpus, r->n_cpus == 1 ? "" : "s");
	time_print(o->agent_cpu_ns, out);
	if (o->bpf_known) {
		buf_puts(out, ", BPF ");
		time_print(o->bpf_ns, out);
		buf_printf(out, " in %" PRIu64 " runs", o->bpf_runs);
	} else {
		buf_puts(out, ", BPF not measured");
	}
	if (o->traps) {
		buf_printf(out, ", %" PRIu64 " traps costing ", o->traps);
		time_print(o->trap_ns, out);
	}
	if (o->analysis_cpu_ns) {
		buf_puts(out, ", names afterwards ");
		time_print(o->analysis_cpu_ns, out);
	}
	if (r->tables.cap_bytes)
		buf_printf(out, ", unwind tables %.1f of at most %.0f MiB",
			   (double)r->tables.bytes / BYTES_PER_MIB,
			   (double)r->tables.cap_bytes / BYTES_PER_MIB);
	if (o->rss_bytes)
		buf_printf(out, ", RSS %.1f MiB", (double)o->rss_bytes / BYTES_PER_MIB);
}

void recording_downloads_line(const struct recording *r, struct buf *out)
{
	const struct recording_downloads *d = &r->downloads;

	buf_printf(out,
		   "debuginfod: %" PRIu64 " debug file%s fetched (%.1f MiB), %" PRIu64
		   " in its cache, %" PRIu64 " not there",
		   d->fetched, d->fetched == 1 ? "" : "s", (double)d->bytes / BYTES_PER_MIB,
		   d->cached, d->absent);
	if (d->why)
		buf_printf(out, "; the rest was not asked for: %s", d->why);
}

static void windows_begin(const struct recording_windows *w, struct buf *out)
{
	buf_printf(out,
		   "probed for %.1f %% of the time, in %" PRIu64
		   " windows at random, to stay below --max-overhead: ",
		   100 * w->share, w->n);
}

static void windows_speed(const struct recording_windows *w, struct buf *out)
{
	if (w->speed < 1)
		buf_printf(out,
			   "while probed it ran at %.0f +- %.0f %% of its speed, which is in the "
			   "estimate; ",
			   100 * w->speed, 100 * w->speed_doubt);
}

void recording_windows_line(const struct recording_windows *w, struct buf *out)
{
	windows_begin(w, out);
	buf_printf(out, "allocated %.1f MiB +- %.1f MiB (a standard error), %.0f objects +- %.0f; ",
		   w->sum[RECORDING_BYTES] / BYTES_PER_MIB,
		   w->error[RECORDING_BYTES] / BYTES_PER_MIB, w->sum[RECORDING_OBJECTS],
		   w->error[RECORDING_OBJECTS]);
	windows_speed(w, out);
	buf_puts(out, w->frees_missed ? "frees were seen in the windows only: what is in use is an "
					"upper bound, and nothing is called a leak"
				      : "frees were seen all the time");
}

void recording_lock_windows_line(const struct recording_windows *w, struct buf *out)
{
	windows_begin(w, out);
	buf_printf(out, "%.0f acquisitions +- %.0f (a standard error), held %.3f s +- %.3f s; ",
		   w->sum[RECORDING_ACQUISITIONS], w->error[RECORDING_ACQUISITIONS],
		   w->sum[RECORDING_HOLD] / 1e9, w->error[RECORDING_HOLD] / 1e9);
	windows_speed(w, out);
	buf_printf(
		out,
		"what was held for longer than a window, the shortest %.0f ms, is not in it, and "
		"the orders of locks are those of the windows",
		(double)w->shortest_ns / 1e6);
}
