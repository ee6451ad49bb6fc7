// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/growth.h"

#include <stdlib.h>
#include <string.h>

#include "util/mem.h"

struct growth *growth_new(uint64_t page_size)
{
	struct growth *growth = mem_zalloc(sizeof(*growth));

	growth->page_size = page_size;
	return growth;
}

void growth_free(struct growth *growth)
{
	if (!growth)
		return;
	vec_done(&growth->list);
	hash_index_done(&growth->by_process);
	free(growth);
}

static bool same_process(const void *owner, uint32_t index, const void *key)
{
	const struct growth *growth = owner;
	const struct growth_process *a = &growth->list.at[index], *b = key;

	return a->pid == b->pid && a->start == b->start;
}

size_t growth_add(struct growth *growth, uint32_t pid, uint64_t start, uint64_t pages,
		  uint64_t times, const char *comm)
{
	struct growth_process key = {.pid = pid, .start = start, .rss_before = -1, .rss_after = -1};
	uint64_t hash = hash_index_words(&growth->by_process, pid, start);
	uint32_t found = hash_index_find(&growth->by_process, hash, same_process, growth, &key);
	struct growth_process *process;

	if (found == HASH_NONE) {
		found = (uint32_t)growth->list.n;
		hash_index_add(&growth->by_process, hash, found);
		vec_push(&growth->list, key);
	}
	process = &growth->list.at[found];
	process->pages += pages;
	process->times += times;
	if (comm[0])
		growth_name(growth, found, comm);
	return found;
}

void growth_name(struct growth *growth, size_t index, const char *comm)
{
	struct growth_process *process = &growth->list.at[index];

	memset(process->comm, 0, sizeof(process->comm));
	memcpy(process->comm, comm, strnlen(comm, GROWTH_COMM_LEN));
}

uint64_t growth_total(const struct growth *growth)
{
	const struct growth_process *process;
	uint64_t sum = 0;

	vec_each(process, &growth->list)
		sum += process->pages;
	return sum;
}

static int64_t change_of(const struct growth_process *process)
{
	return process->rss_after - (process->rss_before > 0 ? process->rss_before : 0);
}

int64_t growth_resident(const struct growth *growth)
{
	const struct growth_process *process;
	int64_t sum = 0;

	vec_each(process, &growth->list)
		if (process->rss_after >= 0)
			sum += change_of(process);
	return sum;
}

void growth_sum_from(const struct growth *growth, size_t from, struct growth_sum *ret_sum)
{
	struct growth_sum sum = growth->others;

	for (size_t i = from; i < growth->list.n; i++) {
		const struct growth_process *process = &growth->list.at[i];
		uint64_t given = process->pages * growth->page_size, kept;
		int64_t change = change_of(process);

		sum.n++;
		sum.given += given;
		if (process->rss_after < 0) {
			sum.ended += given;
			continue;
		}
		kept = change <= 0 ? 0 : (uint64_t)change < given ? (uint64_t)change : given;
		sum.kept += kept;
		sum.back += given - kept;
		sum.change += change;
	}
	*ret_sum = sum;
}

static int compare_pages(const void *a, const void *b)
{
	const struct growth_process *x = a, *y = b;

	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

void growth_sort(struct growth *growth)
{
	if (growth->list.n)
		qsort(growth->list.at, growth->list.n, sizeof(*growth->list.at), compare_pages);
}
