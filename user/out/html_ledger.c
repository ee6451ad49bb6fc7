// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/html_ledger.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include "model/ledger_rank.h"
#include "out/json_text.h"

/* Numbers in JSON are doubles to the page. */
#define MOST_EXACT ((uint64_t)1 << 53)

struct rows {
	const struct ledger *ledger;
	const struct ledger_rank *rank;
	size_t n; /* shown */
	struct buf *out;
};

static void put_json(struct buf *out, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

	buf_puts(out, text ? text : "null");
	free(text);
	json_decref(j);
}

static void put_number(struct buf *out, uint64_t n)
{
	buf_printf(out, "%" PRIu64, n > MOST_EXACT ? MOST_EXACT : n);
}

#define put_column(rows, name, expression)                                                         \
	do {                                                                                       \
		buf_printf((rows)->out, ",\"%s\":[", name);                                        \
		for (size_t i = 0; i < (rows)->n; i++) {                                           \
			const struct ledger_row *row = &(rows)->rank->rows.at[i];                  \
                                                                                                   \
			if (i)                                                                     \
				buf_putc((rows)->out, ',');                                        \
			put_number((rows)->out, (expression));                                     \
		}                                                                                  \
		buf_putc((rows)->out, ']');                                                        \
	} while (0)

static bool has_reason(const struct rows *rows, uint32_t reason)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->rank->rows.at[i].times->blocked[reason])
			return true;
	return false;
}

/* Waits that are quiet here but not everywhere: see model/ledger_rank. */
static uint64_t silent(const struct ledger *ledger, const struct ledger_row *row)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < ledger->n_reasons; i++)
		if (!ledger_reason_quiet(&ledger->reasons[i]))
			sum += row->quiet->blocked[i];
	return sum;
}

static void put_times(const struct rows *rows)
{
	put_column(rows, "wall", row->times->wall);
	put_column(rows, "cpu", row->times->on_cpu);
	put_column(rows, "runq", row->times->runq);
	put_column(rows, "silent", silent(rows->ledger, row));
	for (uint32_t r = 0; r < rows->ledger->n_reasons; r++) {
		char name[16];

		snprintf(name, sizeof(name), "b%" PRIu32, r);
		if (has_reason(rows, r))
			put_column(rows, name, row->times->blocked[r]);
	}
}

/* place: by process, 1 more than its row, or 0. */
static void put_processes(const struct rows *rows, uint32_t *place)
{
	const struct ledger *ledger = rows->ledger;

	for (size_t i = 0; i < rows->n; i++)
		place[rows->rank->rows.at[i].index] = (uint32_t)i + 1;
	buf_printf(rows->out, ",\"processes\":{\"all\":%zu", rows->rank->rows.n);
	put_column(rows, "pid", ledger->processes.at[row->index].pid);
	put_column(rows, "comm", ledger->processes.at[row->index].comm);
	/* 1 more than the container, 0: none */
	put_column(rows, "container", (uint32_t)(ledger->processes.at[row->index].container + 1));
	put_column(rows, "threads", row->threads);
	put_times(rows);
	buf_putc(rows->out, '}');
}

static void put_threads(const struct rows *rows, const uint32_t *place)
{
	const struct ledger *ledger = rows->ledger;

	buf_puts(rows->out, ",\"threads\":{\"all\":");
	put_number(rows->out, rows->rank->rows.n + ledger->threads_folded);
	put_column(rows, "process", place[ledger->threads.at[row->index].process]);
	put_column(rows, "tid", ledger->threads.at[row->index].tid);
	put_column(rows, "name", ledger->threads.at[row->index].thread);
	put_times(rows);
	buf_putc(rows->out, '}');
}

static json_t *reasons_json(const struct ledger *ledger)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < ledger->n_reasons; i++) {
		const struct ledger_reason *reason = &ledger->reasons[i];
		json_t *to = json_object();

		json_object_set_new(to, "name", json_text(reason->name));
		json_object_set_new(to, "what", json_text(reason->what));
		json_object_set_new(to, "idle", json_boolean(reason->idle));
		json_object_set_new(to, "quiet", json_boolean(ledger_reason_quiet(reason)));
		json_array_append_new(list, to);
	}
	return list;
}

static json_t *strings_json(const struct ledger *ledger)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < intern_count(&ledger->strings); i++)
		json_array_append_new(list, json_text(ledger_str(ledger, i)));
	return list;
}

static json_t *containers_json(const struct ledger *ledger)
{
	const struct ledger_container *c;
	json_t *list = json_array();

	vec_each(c, &ledger->containers) {
		json_t *to = json_array();

		json_array_append_new(to, json_integer(c->name));
		json_array_append_new(to, json_count(c->throttled));
		json_array_append_new(to, json_count(c->throttles));
		json_array_append_new(to, json_count(c->memory_limit));
		json_array_append_new(
			to, json_count(c->memory_after ? c->memory_after : c->memory_before));
		json_array_append_new(list, to);
	}
	return list;
}

static void put_host(const struct ledger *ledger, struct buf *out)
{
	const struct ledger_times *host = &ledger->host;

	buf_puts(out, ",\"host\":{\"wall\":");
	put_number(out, host->wall);
	buf_puts(out, ",\"cpu\":");
	put_number(out, host->on_cpu);
	buf_puts(out, ",\"runq\":");
	put_number(out, host->runq);
	for (uint32_t i = 0; i < ledger->n_reasons; i++) {
		buf_printf(out, ",\"b%" PRIu32 "\":", i);
		put_number(out, host->blocked[i]);
	}
	buf_putc(out, '}');
}

void html_ledger(const struct ledger *ledger, struct buf *out)
{
	struct ledger_rank *processes = ledger_rank_new(ledger, RANK_PROCESS, NULL);
	struct ledger_rank *threads = ledger_rank_new(ledger, RANK_THREAD, NULL);
	uint32_t *place = mem_array(ledger->processes.n, sizeof(*place));
	struct rows rows = {
		.ledger = ledger, .rank = processes, .n = processes->rows.n, .out = out};

	buf_puts(out, "{\"duration_ns\":");
	put_number(out, ledger->duration);
	buf_puts(out, ",\"steal_ns\":");
	put_number(out, ledger->steal);
	buf_puts(out, ",\"heals\":");
	put_number(out, ledger->heals);
	buf_puts(out, ",\"reasons\":");
	put_json(out, reasons_json(ledger));
	buf_puts(out, ",\"strings\":");
	put_json(out, strings_json(ledger));
	buf_puts(out, ",\"containers\":");
	put_json(out, containers_json(ledger));
	put_host(ledger, out);
	if (rows.n > HTML_LEDGER_PROCESSES)
		rows.n = HTML_LEDGER_PROCESSES;
	put_processes(&rows, place);
	rows.rank = threads;
	rows.n = threads->rows.n < HTML_LEDGER_THREADS ? threads->rows.n : HTML_LEDGER_THREADS;
	put_threads(&rows, place);
	buf_putc(out, '}');
	free(place);
	ledger_rank_free(processes);
	ledger_rank_free(threads);
}
