// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/ledger_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "model/ledger.h"
#include "out/json_text.h"

#define SCHEMA 1

struct writer {
	const struct ledger *ledger;
	FILE *to;
	struct buf row;
};

static void put_text(struct buf *out, const char *key, const char *s)
{
	json_t *j = json_text(s);
	char *text = json_dumps(j, JSON_ENCODE_ANY);

	buf_printf(out, "\"%s\":%s,", key, text ? text : "\"\"");
	free(text);
	json_decref(j);
}

/* As json_count(): readers have signed integers. */
static void put_count(struct buf *out, const char *key, uint64_t n)
{
	buf_printf(out, "\"%s\":%" PRIu64 ",", key, n > INT64_MAX ? INT64_MAX : n);
}

/* Takes the last comma away. */
static void close_object(struct buf *out)
{
	if (out->len && out->data[out->len - 1] == ',')
		out->data[--out->len] = '\0';
	buf_putc(out, '}');
}

static void put_times(struct buf *out, const struct ledger *ledger, const struct ledger_times *t)
{
	put_count(out, "wall_ns", t->wall);
	put_count(out, "on_cpu_ns", t->on_cpu);
	put_count(out, "runq_ns", t->runq);
	buf_puts(out, "\"blocked_ns\":{");
	for (uint32_t i = 0; i < ledger->n_reasons; i++)
		put_count(out, ledger->reasons[i].name, t->blocked[i]);
	close_object(out);
	buf_printf(out, ",\"residual_ns\":%" PRId64 ",", t->residual);
	put_count(out, "switches", t->switches);
	buf_puts(out, "\"waits\":{");
	for (uint32_t i = 0; i < ledger->n_reasons; i++)
		if (t->waits[i])
			put_count(out, ledger->reasons[i].name, t->waits[i]);
	close_object(out);
	buf_putc(out, ',');
}

static void put_flag(struct buf *out, const char *key, bool is)
{
	if (is)
		buf_printf(out, "\"%s\":true,", key);
}

static const char *container_name(const struct ledger *ledger, uint32_t container)
{
	return container == LEDGER_NONE ? ""
					: ledger_str(ledger, ledger->containers.at[container].name);
}

static void put_thread(struct buf *out, const struct ledger *ledger, const struct ledger_thread *t)
{
	uint32_t container = ledger->processes.at[t->process].container;

	put_count(out, "pid", t->pid);
	put_count(out, "tid", t->tid);
	put_text(out, "comm", ledger_str(ledger, t->comm));
	put_text(out, "thread", ledger_str(ledger, t->thread));
	put_text(out, "container", container_name(ledger, container));
	put_times(out, ledger, &t->times);
	put_count(out, "process", t->process);
	put_count(out, "start_ns", t->start);
	put_flag(out, "kernel", t->kernel);
	put_flag(out, "before", t->before);
	put_flag(out, "ended", t->ended);
}

static void put_process(struct buf *out, const struct ledger *ledger,
			const struct ledger_process *p)
{
	put_count(out, "pid", p->pid);
	put_text(out, "comm", ledger_str(ledger, p->comm));
	put_text(out, "container", container_name(ledger, p->container));
	put_count(out, "threads", p->threads);
	put_times(out, ledger, &p->times);
	put_count(out, "heals", p->heals);
	put_count(out, "start_ns", p->start);
	if (p->container != LEDGER_NONE)
		put_count(out, "cgroup_id", ledger->containers.at[p->container].id);
	put_flag(out, "kernel", p->kernel);
}

static void put_container(struct buf *out, const struct ledger *ledger,
			  const struct ledger_container *c)
{
	put_text(out, "container", ledger_str(ledger, c->name));
	put_count(out, "processes", c->processes);
	put_times(out, ledger, &c->times);
	put_count(out, "throttled_ns", c->throttled);
	put_count(out, "throttles", c->throttles);
	put_count(out, "cgroup_id", c->id);
	if (c->full_id)
		put_text(out, "container_id", ledger_str(ledger, c->full_id));
	if (c->memory_limit)
		put_count(out, "memory_limit_bytes", c->memory_limit);
	if (c->memory_before)
		put_count(out, "memory_before_bytes", c->memory_before);
	if (c->memory_after)
		put_count(out, "memory_after_bytes", c->memory_after);
}

/* One line, begun with an open brace. */
static void row_end(struct writer *w, bool last)
{
	close_object(&w->row);
	fprintf(w->to, "  %s%s\n", buf_str(&w->row), last ? "" : ",");
	buf_clear(&w->row);
}

#define put_rows(w, key, rows, put)                                                                \
	do {                                                                                       \
		fprintf((w)->to, " \"%s\": [\n", key);                                             \
		for (size_t i = 0; i < (rows)->n; i++) {                                           \
			buf_putc(&(w)->row, '{');                                                  \
			put(&(w)->row, (w)->ledger, &(rows)->at[i]);                               \
			row_end(w, i + 1 == (rows)->n);                                            \
		}                                                                                  \
		fputs(" ],\n", (w)->to);                                                           \
	} while (0)

static void put_host(struct writer *w)
{
	const struct ledger *ledger = w->ledger;

	put_times(&w->row, ledger, &ledger->host);
	put_count(&w->row, "steal_ns", ledger->steal);
	put_count(&w->row, "heals", ledger->heals);
	put_count(&w->row, "threads_folded", ledger->threads_folded);
	close_object(&w->row);
	fprintf(w->to, " \"host\": {%s\n}\n", buf_str(&w->row));
}

int ledger_json_write(const struct ledger *ledger, FILE *to)
{
	struct writer w = {.ledger = ledger, .to = to};
	uint64_t duration = ledger->duration > INT64_MAX ? INT64_MAX : ledger->duration;

	fprintf(to, "{\n \"schema\": %d,\n \"duration_ns\": %" PRIu64 ",\n", SCHEMA, duration);
	put_rows(&w, "threads", &ledger->threads, put_thread);
	put_rows(&w, "processes", &ledger->processes, put_process);
	put_rows(&w, "containers", &ledger->containers, put_container);
	put_host(&w);
	buf_done(&w.row);
	return ferror(to) ? (errno ? -errno : -EIO) : 0;
}
