// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/recording_json.h"

#include "model/recording.h"
#include "out/growth_json.h"
#include "out/json_text.h"
#include "util/clock.h"

#define SCHEMA	   1
#define MOST_GROWN 100 /* processes told apart */

static json_t *counts_json(const struct recording_count *counts, size_t n)
{
	json_t *to = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(to, counts[i].name, json_count(counts[i].n));
	return to;
}

/* What to do about those that happened; NULL when there is nothing. */
static json_t *remedies_json(const struct recording_count *counts, size_t n)
{
	json_t *to = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!counts[i].n || !counts[i].remedy)
			continue;
		if (!to)
			to = json_object();
		json_object_set_new(to, counts[i].name, json_string(counts[i].remedy));
	}
	return to;
}

static json_t *kind_json(const struct recording_kind *kind)
{
	json_t *to = json_object(), *stacks = json_object(), *ticks = json_object();
	json_t *remedies = remedies_json(kind->truncated.at, kind->truncated.n);

	json_object_set_new(stacks, "complete", json_count(kind->complete));
	json_object_set_new(stacks, "truncated",
			    counts_json(kind->truncated.at, kind->truncated.n));
	if (remedies)
		json_object_set_new(stacks, "remedies", remedies);
	json_object_set_new(ticks, "expected", json_count(kind->ticks_expected));
	json_object_set_new(ticks, "seen", json_count(kind->ticks_seen));
	json_object_set_new(to, "status", json_string(kind->ok ? "ok" : "unavailable"));
	json_object_set_new(to, "why", json_text(kind->why));
	json_object_set_new(to, "source", json_text(kind->source));
	json_object_set_new(to, "period", json_count(kind->period));
	json_object_set_new(to, "attempted", json_count(kind->attempted));
	json_object_set_new(to, "delivered", json_count(kind->delivered));
	json_object_set_new(to, "lost", counts_json(kind->lost.at, kind->lost.n));
	json_object_set_new(to, "stacks", stacks);
	json_object_set_new(to, "ticks", ticks);
	return to;
}

static json_t *tables_json(const struct recording_tables *t)
{
	json_t *to = json_object();

	json_object_set_new(to, "binaries", json_count(t->binaries));
	json_object_set_new(to, "bytes", json_count(t->bytes));
	json_object_set_new(to, "cap_bytes", json_count(t->cap_bytes));
	json_object_set_new(to, "built", json_count(t->built));
	json_object_set_new(to, "shared", json_count(t->shared));
	json_object_set_new(to, "without", json_count(t->without));
	json_object_set_new(to, "failed", json_count(t->failed));
	json_object_set_new(to, "evicted", json_count(t->evicted));
	return to;
}

static json_t *symbols_json(const struct recording_symbols *symbols)
{
	json_t *to = json_object();

	json_object_set_new(to, "read", json_count(symbols->read));
	json_object_set_new(to, "shared", json_count(symbols->shared));
	return to;
}

static json_t *overhead_json(const struct recording *r)
{
	const struct recording_overhead *o = &r->overhead;
	json_t *to = json_object();

	json_object_set_new(to, "agent_cpu_ns", json_count(o->agent_cpu_ns));
	json_object_set_new(to, "analysis_cpu_ns", json_count(o->analysis_cpu_ns));
	json_object_set_new(to, "bpf_ns", o->bpf_known ? json_count(o->bpf_ns) : json_null());
	json_object_set_new(to, "traps", json_count(o->traps));
	json_object_set_new(to, "trap_ns", json_count(o->trap_ns));
	json_object_set_new(to, "unwind_tables", tables_json(&r->tables));
	json_object_set_new(to, "symbol_files", symbols_json(&r->symbols));
	json_object_set_new(to, "percent_of_host", json_real(recording_percent(r)));
	json_object_set_new(to, "rss_bytes", json_count(o->rss_bytes));
	json_object_set_new(to, "ring_records", json_count(o->ring_records));
	json_object_set_new(to, "ring_bytes", json_count(o->ring_bytes));
	return to;
}

static json_t *downloads_json(const struct recording_downloads *d)
{
	json_t *to = json_object();

	json_object_set_new(to, "asked", json_count(d->asked));
	json_object_set_new(to, "fetched", json_count(d->fetched));
	json_object_set_new(to, "cached", json_count(d->cached));
	json_object_set_new(to, "absent", json_count(d->absent));
	json_object_set_new(to, "bytes", json_count(d->bytes));
	json_object_set_new(to, "why", d->why ? json_text(d->why) : json_null());
	return to;
}

static json_t *any_windows_json(const struct recording_windows *w)
{
	json_t *to = json_object();

	json_object_set_new(to, "windows", json_count(w->n));
	json_object_set_new(to, "share", json_real(w->share));
	json_object_set_new(to, "speed", json_real(w->speed));
	return to;
}

static json_t *lock_windows_json(const struct recording_windows *w)
{
	json_t *to = any_windows_json(w);

	json_object_set_new(to, "acquisitions", json_real(w->sum[RECORDING_ACQUISITIONS]));
	json_object_set_new(to, "acquisitions_error", json_real(w->error[RECORDING_ACQUISITIONS]));
	json_object_set_new(to, "hold_ns", json_real(w->sum[RECORDING_HOLD]));
	json_object_set_new(to, "hold_ns_error", json_real(w->error[RECORDING_HOLD]));
	json_object_set_new(to, "shortest_window_ns", json_count(w->shortest_ns));
	return to;
}

static json_t *windows_json(const struct recording_windows *w)
{
	json_t *to = any_windows_json(w);

	json_object_set_new(to, "alloc_bytes", json_real(w->sum[RECORDING_BYTES]));
	json_object_set_new(to, "alloc_bytes_error", json_real(w->error[RECORDING_BYTES]));
	json_object_set_new(to, "alloc_objects", json_real(w->sum[RECORDING_OBJECTS]));
	json_object_set_new(to, "alloc_objects_error", json_real(w->error[RECORDING_OBJECTS]));
	json_object_set_new(to, "frees_missed", json_boolean(w->frees_missed));
	return to;
}

int recording_json_write(const struct recording *r, const char *version, FILE *to)
{
	json_t *top = json_object(), *kinds = json_object(), *target = NULL;
	const struct recording_kind *kind;
	char start[32];
	int err;

	clock_rfc3339(r->start_real_ns, start, sizeof(start));
	if (r->target_json)
		target = json_loads(r->target_json, 0, NULL);
	vec_each(kind, &r->kinds)
		json_object_set_new(kinds, kind->name, kind_json(kind));
	json_object_set_new(top, "schema", json_integer(SCHEMA));
	json_object_set_new(top, "hostprof", json_text(version));
	json_object_set_new(top, "kernel", json_text(r->kernel));
	json_object_set_new(top, "arch", json_text(r->arch));
	json_object_set_new(top, "start", json_text(start));
	json_object_set_new(top, "duration_ns", json_count(r->duration_ns));
	json_object_set_new(top, "target", target ? target : json_object());
	json_object_set_new(top, "kinds", kinds);
	if (r->windows.n)
		json_object_set_new(top, "heap", windows_json(&r->windows));
	if (r->lock_windows.n)
		json_object_set_new(top, "lock", lock_windows_json(&r->lock_windows));
	if (r->growth)
		json_object_set_new(top, "growth", growth_json(r->growth, MOST_GROWN));
	json_object_set_new(top, "overhead", overhead_json(r));
	if (r->ledger)
		json_object_set_new(
			top, "ledger",
			json_pack("{s:o}", "threads_lost", json_count(r->ledgers_lost)));
	if (r->downloads.wanted)
		json_object_set_new(top, "debuginfod", downloads_json(&r->downloads));
	err = json_print(top, to);
	json_decref(top);
	return err;
}
