// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/ledger.h"

#include <string.h>

#include "model/profile.h"

/* What tells processes apart. Without a pid: comm and container. */
struct process_key {
	uint32_t pid, comm, container;
	uint64_t start;
};

struct ledger *ledger_new(const struct ledger_reason *reasons, uint32_t n_reasons)
{
	struct ledger *ledger = mem_zalloc(sizeof(*ledger));

	ledger->reasons = reasons;
	ledger->n_reasons = n_reasons < LEDGER_MAX_REASONS ? n_reasons : LEDGER_MAX_REASONS;
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	intern_done(&ledger->strings);
	vec_done(&ledger->threads);
	vec_done(&ledger->processes);
	vec_done(&ledger->containers);
	hash_index_done(&ledger->by_process);
	hash_index_done(&ledger->by_container);
	free(ledger);
}

static void add(uint64_t *to, uint64_t n)
{
	if (__builtin_add_overflow(*to, n, to))
		*to = UINT64_MAX;
}

void ledger_sum(struct ledger_times *to, const struct ledger_times *from)
{
	add(&to->wall, from->wall);
	add(&to->on_cpu, from->on_cpu);
	add(&to->runq, from->runq);
	for (uint32_t i = 0; i < LEDGER_MAX_REASONS; i++) {
		add(&to->blocked[i], from->blocked[i]);
		add(&to->waits[i], from->waits[i]);
	}
	to->residual = profile_sum(to->residual, from->residual);
	add(&to->switches, from->switches);
}

/* Takes away what is known to be inside. */
static void times_take(struct ledger_times *from, const struct ledger_times *part)
{
	from->wall -= part->wall;
	from->on_cpu -= part->on_cpu;
	from->runq -= part->runq;
	for (uint32_t i = 0; i < LEDGER_MAX_REASONS; i++) {
		from->blocked[i] -= part->blocked[i];
		from->waits[i] -= part->waits[i];
	}
	from->residual -= part->residual;
	from->switches -= part->switches;
}

static uint32_t string_add(struct ledger *ledger, const char *s)
{
	uint32_t id;

	if (intern_count(&ledger->strings) < LEDGER_MAX_STRINGS)
		return intern_add(&ledger->strings, s);
	id = intern_find(&ledger->strings, s);
	return id == HASH_NONE ? 0 : id;
}

/* --- containers --- */

static bool same_container(const void *owner, uint32_t id, const void *key)
{
	const struct ledger *ledger = owner;

	return ledger->containers.at[id].id == *(const uint64_t *)key;
}

uint32_t ledger_container(struct ledger *ledger, uint64_t id, const char *name)
{
	uint64_t hash = hash_index_words(&ledger->by_container, id);
	uint32_t index = hash_index_find(&ledger->by_container, hash, same_container, ledger, &id);
	struct ledger_container container = {.id = id};

	if (index != HASH_NONE)
		return index;
	if (ledger->containers.n >= LEDGER_MAX_CONTAINERS)
		return LEDGER_NONE;
	container.name = string_add(ledger, name);
	index = (uint32_t)ledger->containers.n;
	vec_push(&ledger->containers, container);
	hash_index_add(&ledger->by_container, hash, index);
	return index;
}

void ledger_identify(struct ledger *ledger, uint32_t container, const char *full_id)
{
	struct ledger_container *c = &ledger->containers.at[container];

	if (!c->full_id && *full_id)
		c->full_id = string_add(ledger, full_id);
}

static void container_move(struct ledger *ledger, struct ledger_process *process, uint32_t to)
{
	if (process->container == to)
		return;
	if (process->container != LEDGER_NONE) {
		struct ledger_container *old = &ledger->containers.at[process->container];

		times_take(&old->times, &process->times);
		old->processes--;
	}
	process->container = to;
	if (to != LEDGER_NONE) {
		struct ledger_container *container = &ledger->containers.at[to];

		ledger_sum(&container->times, &process->times);
		container->processes++;
	}
}

/* --- processes --- */

static bool same_process(const void *owner, uint32_t id, const void *key)
{
	const struct ledger_process *p = &((const struct ledger *)owner)->processes.at[id];
	const struct process_key *k = key;

	if (p->pid != k->pid)
		return false;
	return p->pid ? p->start == k->start : p->comm == k->comm && p->container == k->container;
}

static uint64_t key_hash(const struct ledger *ledger, const struct process_key *key)
{
	return key->pid ? hash_index_words(&ledger->by_process, key->pid, key->start)
			: hash_index_words(&ledger->by_process, key->comm, key->container);
}

static uint32_t process_find(const struct ledger *ledger, const struct process_key *key)
{
	return hash_index_find(&ledger->by_process, key_hash(ledger, key), same_process, ledger,
			       key);
}

static uint32_t process_new(struct ledger *ledger, const struct process_key *key, bool kernel)
{
	uint32_t index = (uint32_t)ledger->processes.n;
	struct ledger_process process = {
		.pid = key->pid,
		.comm = key->comm,
		.container = LEDGER_NONE,
		.start = key->start,
		.kernel = kernel,
	};

	vec_push(&ledger->processes, process);
	container_move(ledger, &ledger->processes.at[index], key->container);
	hash_index_add(&ledger->by_process, key_hash(ledger, key), index);
	return index;
}

/* The row of processes for which there is no room: its key never changes. */
static uint32_t process_unnamed(struct ledger *ledger, struct process_key key, bool kernel)
{
	uint32_t index;

	key.pid = 0;
	key.start = 0;
	index = process_find(ledger, &key);
	if (index == HASH_NONE && ledger->n_unnamed >= LEDGER_MAX_UNNAMED) {
		key.comm = 0;
		key.container = LEDGER_NONE;
		index = process_find(ledger, &key);
	}
	if (index != HASH_NONE)
		return index;
	ledger->n_unnamed++;
	return process_new(ledger, &key, kernel);
}

static uint32_t process_of(struct ledger *ledger, const struct ledger_entry *entry)
{
	struct process_key key = {
		.pid = entry->pid,
		.comm = string_add(ledger, entry->comm),
		.container = entry->container,
		.start = entry->process_start,
	};
	size_t limit = LEDGER_MAX_PROCESSES * (entry->ended ? 1 : 2);
	uint32_t index = key.pid ? process_find(ledger, &key) : HASH_NONE;
	struct ledger_process *process;

	if (index == HASH_NONE) {
		if (!key.pid || ledger->processes.n - ledger->n_unnamed >= limit)
			return process_unnamed(ledger, key, entry->kernel);
		return process_new(ledger, &key, entry->kernel);
	}
	process = &ledger->processes.at[index];
	if (key.comm)
		process->comm = key.comm;
	if (entry->container != LEDGER_NONE)
		container_move(ledger, process, entry->container);
	return index;
}

/* --- threads --- */

static void thread_add(struct ledger *ledger, const struct ledger_entry *entry, uint32_t process)
{
	size_t limit = LEDGER_MAX_THREADS * (entry->ended ? 1 : 2);
	struct ledger_thread thread = {
		.pid = entry->pid,
		.tid = entry->tid,
		.process = process,
		.start = entry->thread_start,
		.kernel = entry->kernel,
		.before = entry->before,
		.ended = entry->ended,
		.times = entry->times,
	};

	if (ledger->threads.n >= limit) {
		ledger->threads_folded++;
		return;
	}
	thread.comm = string_add(ledger, entry->comm);
	thread.thread = string_add(ledger, entry->thread);
	vec_push(&ledger->threads, thread);
}

void ledger_add(struct ledger *ledger, const struct ledger_entry *entry)
{
	uint32_t index = process_of(ledger, entry);
	struct ledger_process *process = &ledger->processes.at[index];

	process->kernel = process->kernel && entry->kernel;
	process->threads++;
	add(&process->heals, entry->heals);
	add(&ledger->heals, entry->heals);
	ledger_sum(&process->times, &entry->times);
	if (process->container != LEDGER_NONE)
		ledger_sum(&ledger->containers.at[process->container].times, &entry->times);
	ledger_sum(&ledger->host, &entry->times);
	thread_add(ledger, entry, index);
}

/* --- reading --- */

int64_t ledger_rest(const struct ledger *ledger, const struct ledger_times *times)
{
	uint64_t rest = times->wall - times->on_cpu - times->runq;

	for (uint32_t i = 0; i < ledger->n_reasons; i++)
		rest -= times->blocked[i];
	return (int64_t)rest;
}

uint64_t ledger_blocked(const struct ledger *ledger, const struct ledger_times *times, bool idle)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < ledger->n_reasons; i++)
		if (ledger->reasons[i].idle == idle)
			add(&sum, times->blocked[i]);
	return sum;
}
