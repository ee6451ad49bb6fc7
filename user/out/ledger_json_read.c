// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outermost object and its arrays are read here, byte by byte; what stands in them, a row each,
 * by jansson, which gets no more than one row at a time.
 */
#include "out/ledger_json.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "model/ledger.h"

#define SCHEMA	1
#define CHUNK	65536
#define NO_CHAR (-1)
#define LATER	"other" /* the reason that takes those we do not know */

struct reader {
	int fd, err;
	struct buf *why;
	struct ledger *ledger;
	uint64_t total; /* bytes read from the file */
	size_t row;	/* bytes of the value being read */
	size_t at, n;
	int64_t schema;
	char chunk[CHUNK];
};

static int fail(struct reader *r, int err, const char *why)
{
	if (!r->err) {
		buf_puts(r->why, why);
		r->err = err;
	}
	return r->err;
}

/* --- bytes --- */

static bool refill(struct reader *r)
{
	ssize_t n;

	if (r->err)
		return false;
	do {
		n = read(r->fd, r->chunk, sizeof(r->chunk));
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		int err = -errno;

		fail(r, err, strerror(-err));
		return false;
	}
	r->at = 0;
	r->n = (size_t)n;
	r->total += r->n;
	if (r->total > LEDGER_JSON_MAX_FILE)
		fail(r, -EFBIG, "it is larger than hostprof's ledgers get");
	return r->n && !r->err;
}

static int peek(struct reader *r)
{
	if (r->at == r->n && !refill(r))
		return NO_CHAR;
	return (unsigned char)r->chunk[r->at];
}

/* The next character that is no space, or NO_CHAR at the end. */
static int peek_mark(struct reader *r)
{
	int c;

	while ((c = peek(r)) == ' ' || c == '\n' || c == '\t' || c == '\r')
		r->at++;
	return c;
}

static int expect(struct reader *r, int mark)
{
	if (peek_mark(r) != mark)
		return fail(r, -EBADMSG, "it is not the JSON of a ledger, or cut off");
	r->at++;
	return 0;
}

/* One byte a call: jansson must not take what stands behind its value. */
static size_t feed(void *to, size_t size, void *arg)
{
	struct reader *r = arg;
	int c = size ? peek(r) : NO_CHAR;

	if (c == NO_CHAR)
		return 0;
	if (++r->row > LEDGER_JSON_MAX_ROW) {
		fail(r, -EFBIG, "a row of it is longer than hostprof's get");
		return 0;
	}
	*(char *)to = (char)c;
	r->at++;
	return 1;
}

/* An object, array or text; NULL and r->err else. */
static json_t *read_value(struct reader *r)
{
	json_t *j = NULL;
	int c = peek_mark(r);

	r->row = 0;
	if (c == '{' || c == '[' || c == '"')
		j = json_load_callback(feed, r, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, NULL);
	if (!j)
		fail(r, -EBADMSG, "it is not the JSON of a ledger, or cut off");
	return j;
}

/* A number, true, false, null: anything but a count is 0. */
static int64_t read_word(struct reader *r)
{
	bool is_count = true;
	size_t length = 0;
	int64_t n = 0;
	int c;

	for (; (c = peek(r)) != NO_CHAR && !strchr(",]} \n\r\t", c); r->at++, length++)
		if (c < '0' || c > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, c - '0', &n))
			is_count = false;
	if (!length)
		fail(r, -EBADMSG, "it is not the JSON of a ledger, or cut off");
	return is_count ? n : 0;
}

/* Is there another element? Takes the comma. */
static bool another(struct reader *r)
{
	if (r->err || peek_mark(r) != ',')
		return false;
	r->at++;
	return true;
}

/* --- rows --- */

static int64_t number(struct reader *r, const json_t *row, const char *key)
{
	const json_t *j = json_object_get(row, key);

	if (j && !json_is_integer(j))
		fail(r, -EBADMSG, "a count in it is no whole number");
	return json_integer_value(j);
}

static uint64_t count(struct reader *r, const json_t *row, const char *key)
{
	int64_t n = number(r, row, key);

	if (n < 0)
		fail(r, -EBADMSG, "a count in it is below zero");
	return n < 0 ? 0 : (uint64_t)n;
}

/* Of keys that need not be there. */
static uint64_t optional(struct reader *r, const json_t *row, const char *key)
{
	return json_object_get(row, key) ? count(r, row, key) : 0;
}

static uint32_t small(struct reader *r, const json_t *row, const char *key)
{
	uint64_t n = count(r, row, key);

	if (n >= UINT32_MAX)
		fail(r, -EBADMSG, "an id in it is too large");
	return (uint32_t)n;
}

static const char *text(const json_t *row, const char *key)
{
	const char *s = json_string_value(json_object_get(row, key));

	return s ? s : "";
}

static uint32_t string(struct reader *r, const json_t *row, const char *key)
{
	struct intern *strings = &r->ledger->strings;
	uint32_t id = intern_find(strings, text(row, key));

	if (id != HASH_NONE)
		return id;
	if (intern_count(strings) >= LEDGER_MAX_STRINGS)
		fail(r, -EFBIG, "it has more names than hostprof's ledgers get");
	return r->err ? 0 : intern_add(strings, text(row, key));
}

static uint32_t reason_find(const struct ledger *ledger, const char *name)
{
	for (uint32_t i = 0; i < ledger->n_reasons; i++)
		if (!strcmp(ledger->reasons[i].name, name))
			return i;
	return LEDGER_NONE;
}

static void reasons_take(struct reader *r, json_t *from, uint64_t *to)
{
	uint32_t late = reason_find(r->ledger, LATER);
	const char *name;
	json_t *value;

	json_object_foreach(from, name, value)
	{
		uint32_t i = reason_find(r->ledger, name);
		uint64_t n = count(r, from, name);

		if (i == LEDGER_NONE)
			i = late;
		if (i != LEDGER_NONE && __builtin_add_overflow(to[i], n, &to[i]))
			to[i] = UINT64_MAX;
	}
}

static struct ledger_times times(struct reader *r, const json_t *row)
{
	struct ledger_times t = {
		.wall = count(r, row, "wall_ns"),
		.on_cpu = count(r, row, "on_cpu_ns"),
		.runq = count(r, row, "runq_ns"),
		.residual = number(r, row, "residual_ns"),
		.switches = count(r, row, "switches"),
	};

	reasons_take(r, json_object_get(row, "blocked_ns"), t.blocked);
	reasons_take(r, json_object_get(row, "waits"), t.waits);
	return t;
}

static void take_thread(struct reader *r, const json_t *row)
{
	struct ledger_thread t = {
		.pid = small(r, row, "pid"),
		.tid = small(r, row, "tid"),
		.comm = string(r, row, "comm"),
		.thread = string(r, row, "thread"),
		.process = small(r, row, "process"),
		.start = count(r, row, "start_ns"),
		.kernel = json_is_true(json_object_get(row, "kernel")),
		.before = json_is_true(json_object_get(row, "before")),
		.ended = json_is_true(json_object_get(row, "ended")),
		.times = times(r, row),
	};

	if (r->ledger->threads.n >= 2 * LEDGER_MAX_THREADS)
		fail(r, -EFBIG, "it has more threads than hostprof's ledgers get");
	else
		vec_push(&r->ledger->threads, t);
}

/* The container of a process, made by the first that is in it. */
static uint32_t container(struct reader *r, const json_t *row)
{
	return json_object_get(row, "cgroup_id")
		       ? ledger_container(r->ledger, count(r, row, "cgroup_id"),
					  text(row, "container"))
		       : LEDGER_NONE;
}

static void take_process(struct reader *r, const json_t *row)
{
	struct ledger_process p = {
		.pid = small(r, row, "pid"),
		.comm = string(r, row, "comm"),
		.container = container(r, row),
		.start = count(r, row, "start_ns"),
		.kernel = json_is_true(json_object_get(row, "kernel")),
		.threads = count(r, row, "threads"),
		.heals = count(r, row, "heals"),
		.times = times(r, row),
	};

	if (r->ledger->processes.n > 2 * LEDGER_MAX_PROCESSES + LEDGER_MAX_UNNAMED)
		fail(r, -EFBIG, "it has more processes than hostprof's ledgers get");
	else
		vec_push(&r->ledger->processes, p);
}

static void take_container(struct reader *r, const json_t *row)
{
	uint32_t index = container(r, row);
	struct ledger_container *c;

	if (index == LEDGER_NONE) {
		fail(r, -EBADMSG, "a container in it has no id, or one too many");
		return;
	}
	ledger_identify(r->ledger, index, text(row, "container_id"));
	c = &r->ledger->containers.at[index];
	c->throttled = count(r, row, "throttled_ns");
	c->throttles = count(r, row, "throttles");
	c->memory_limit = optional(r, row, "memory_limit_bytes");
	c->memory_before = optional(r, row, "memory_before_bytes");
	c->memory_after = optional(r, row, "memory_after_bytes");
	c->processes = count(r, row, "processes");
	c->times = times(r, row);
}

static void take_host(struct reader *r, const json_t *row)
{
	r->ledger->host = times(r, row);
	r->ledger->steal = count(r, row, "steal_ns");
	r->ledger->heals = count(r, row, "heals");
	r->ledger->threads_folded = count(r, row, "threads_folded");
}

/* --- the whole --- */

static void read_rows(struct reader *r, void (*take)(struct reader *r, const json_t *row))
{
	if (expect(r, '['))
		return;
	if (peek_mark(r) == ']') {
		r->at++;
		return;
	}
	do {
		json_t *row = read_value(r);

		if (json_is_object(row))
			take(r, row);
		else
			fail(r, -EBADMSG, "a row of it is no object");
		json_decref(row);
	} while (another(r));
	expect(r, ']');
}

static void read_member(struct reader *r, const char *key)
{
	int c = peek_mark(r);
	json_t *other;

	if (!strcmp(key, "threads"))
		read_rows(r, take_thread);
	else if (!strcmp(key, "processes"))
		read_rows(r, take_process);
	else if (!strcmp(key, "containers"))
		read_rows(r, take_container);
	else if (c != '{' && c != '[' && c != '"') {
		int64_t n = read_word(r);

		if (!strcmp(key, "schema"))
			r->schema = n;
		else if (!strcmp(key, "duration_ns"))
			r->ledger->duration = (uint64_t)n;
	} else {
		other = read_value(r);
		if (!strcmp(key, "host"))
			take_host(r, other);
		json_decref(other);
	}
}

static void read_top(struct reader *r)
{
	if (expect(r, '{'))
		return;
	do {
		json_t *key = read_value(r);

		if (!json_is_string(key))
			fail(r, -EBADMSG, "it is not the JSON of a ledger");
		else if (!expect(r, ':'))
			read_member(r, json_string_value(key));
		json_decref(key);
	} while (another(r));
	if (!expect(r, '}') && peek_mark(r) != NO_CHAR)
		fail(r, -EBADMSG, "something stands behind its end");
}

static void check(struct reader *r)
{
	const struct ledger_thread *t;

	if (!r->err && r->schema != SCHEMA)
		fail(r, -EBADMSG, "it is no ledger of a version that is known here");
	if (r->err)
		return;
	vec_each(t, &r->ledger->threads)
		if (t->process >= r->ledger->processes.n)
			fail(r, -EBADMSG, "a thread in it is in no process");
}

int ledger_json_read(int fd, const struct ledger_reason *reasons, uint32_t n_reasons,
		     struct ledger **ret_ledger, struct buf *why)
{
	struct reader *r = mem_zalloc(sizeof(*r));
	int err;

	r->fd = fd;
	r->why = why;
	r->ledger = ledger_new(reasons, n_reasons);
	read_top(r);
	check(r);
	err = r->err;
	if (err)
		ledger_free(r->ledger);
	else
		*ret_ledger = r->ledger;
	free(r);
	return err;
}
