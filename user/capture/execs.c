// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/execs.h"

static bool same_process(const void *owner, uint32_t index, const void *key)
{
	const struct execs *execs = owner;
	const struct hp_exec *a = &execs->list.at[index], *b = key;

	return a->tgid == b->tgid && a->start == b->start;
}

static uint64_t process_hash(const struct execs *execs, const struct hp_exec *exec)
{
	return hash_index_words(&execs->by_process, exec->tgid, exec->start);
}

static uint32_t find(const struct execs *execs, const struct hp_exec *key)
{
	return hash_index_find(&execs->by_process, process_hash(execs, key), same_process, execs,
			       key);
}

void execs_add(struct execs *execs, const struct hp_exec *exec)
{
	uint32_t found = find(execs, exec);

	if (found != HASH_NONE) {
		execs->list.at[found] = *exec;
	} else if (execs->list.n < EXECS_MAX) {
		hash_index_add(&execs->by_process, process_hash(execs, exec),
			       (uint32_t)execs->list.n);
		vec_push(&execs->list, *exec);
	}
}

bool execs_after(const struct execs *execs, const struct hp_live *live)
{
	struct hp_exec key = {.tgid = live->sample.tgid, .start = live->sample.start};
	uint32_t found = find(execs, &key);

	return found != HASH_NONE && execs->list.at[found].time > live->time;
}

void execs_done(struct execs *execs)
{
	vec_done(&execs->list);
	hash_index_done(&execs->by_process);
}
