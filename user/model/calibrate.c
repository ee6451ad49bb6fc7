// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/calibrate.h"

#include <string.h>

#include "model/growth.h"
#include "model/ledger.h"
#include "model/profile.h"

enum { COUNT, AMOUNT, VALUES }; /* waits, ns; pages, bytes */

/* One reason of one process; of what has no reasons, one process. */
struct group {
	uint32_t pid, reason;
	const char *comm;      /* borrowed */
	int64_t want[VALUES];  /* what is known exactly */
	int64_t have[VALUES];  /* the samples' */
	int64_t given[VALUES]; /* so far, of what is wanted */
	uint32_t largest;      /* sample, or PROFILE_NONE */
};

struct groups {
	const struct ledger *ledger; /* NULL: no reasons */
	VEC(struct group) list;
	struct hash_index by_key;
};

static bool same_group(const void *owner, uint32_t index, const void *key)
{
	const struct groups *groups = owner;
	const struct group *a = &groups->list.at[index], *b = key;

	return a->pid == b->pid && a->reason == b->reason;
}

static uint64_t group_hash(const struct groups *groups, const struct group *key)
{
	return hash_index_words(&groups->by_key, key->pid, key->reason);
}

static uint32_t group_find(const struct groups *groups, const struct group *key)
{
	return hash_index_find(&groups->by_key, group_hash(groups, key), same_group, groups, key);
}

/* Two processes that had one number are one group. */
static void add_wanted(struct groups *groups, const struct group *want)
{
	uint32_t found = group_find(groups, want);

	if (found == HASH_NONE) {
		found = (uint32_t)groups->list.n;
		hash_index_add(&groups->by_key, group_hash(groups, want), found);
		vec_push(&groups->list, *want);
		groups->list.at[found].largest = PROFILE_NONE;
		return;
	}
	for (int v = 0; v < VALUES; v++)
		groups->list.at[found].want[v] += want->want[v];
}

static uint32_t reason_find(const struct ledger *ledger, const char *name)
{
	uint32_t i = 0;

	while (i < ledger->n_reasons && strcmp(ledger->reasons[i].name, name))
		i++;
	return i;
}

static struct group *group_of_sample(const struct groups *groups, const struct profile *p,
				     const struct profile_sample *sample, uint32_t pid_key,
				     uint32_t reason_key)
{
	const struct profile_label *pid = profile_label(p, sample->label_set, pid_key);
	const struct profile_label *reason = profile_label(p, sample->label_set, reason_key);
	struct group key = {0};
	uint32_t found;

	if (!pid || (groups->ledger && !reason))
		return NULL;
	key.pid = (uint32_t)pid->num;
	if (groups->ledger)
		key.reason = reason_find(groups->ledger, profile_str(p, reason->str));
	found = group_find(groups, &key);
	return found == HASH_NONE ? NULL : &groups->list.at[found];
}

static int64_t scaled(int64_t value, int64_t want, int64_t have)
{
	return have ? (int64_t)((__int128)value * want / have) : value;
}

/* Each sample its share, rounded down; the largest takes what that leaves. */
static void share_out(struct groups *groups, struct profile *p)
{
	uint32_t pid = profile_string(p, "pid"), reason = profile_string(p, "reason");
	struct profile_sample *sample;
	struct group *group;

	vec_each(sample, &p->samples) {
		group = group_of_sample(groups, p, sample, pid, reason);
		if (!group)
			continue;
		for (int v = 0; v < VALUES; v++)
			group->have[v] += sample->values[v];
		if (group->largest == PROFILE_NONE ||
		    p->samples.at[group->largest].values[AMOUNT] < sample->values[AMOUNT])
			group->largest = (uint32_t)(sample - p->samples.at);
	}
	vec_each(sample, &p->samples) {
		group = group_of_sample(groups, p, sample, pid, reason);
		if (!group)
			continue;
		for (int v = 0; v < VALUES; v++) {
			sample->values[v] =
				scaled(sample->values[v], group->want[v], group->have[v]);
			group->given[v] += sample->values[v];
		}
	}
	vec_each(group, &groups->list) {
		if (group->largest == PROFILE_NONE)
			continue;
		for (int v = 0; v < VALUES; v++)
			p->samples.at[group->largest].values[v] += group->want[v] - group->given[v];
	}
}

uint32_t calibrate_no_stack(struct profile *p)
{
	uint32_t location = profile_add_name(p, PROFILE_NONE, profile_string(p, PROFILE_NO_STACK));

	return profile_add_stack(p, &location, 1);
}

static void add_unsampled(const struct groups *groups, struct profile *p)
{
	uint32_t stack = PROFILE_NONE;
	const struct group *group;

	vec_each(group, &groups->list) {
		struct profile_label labels[] = {
			{.key = profile_string(p, "pid"), .num = group->pid},
			{.key = profile_string(p, "comm"), .str = profile_string(p, group->comm)},
			{0},
		};
		uint32_t n = 2;

		if (group->largest != PROFILE_NONE || !group->want[AMOUNT])
			continue;
		if (groups->ledger)
			labels[n++] = (struct profile_label){
				.key = profile_string(p, "reason"),
				.str = profile_string(p,
						      groups->ledger->reasons[group->reason].name),
			};
		if (stack == PROFILE_NONE)
			stack = calibrate_no_stack(p);
		profile_add_sample(p, stack, profile_add_labels(p, labels, n), group->want);
	}
}

static void calibrate(struct groups *groups, struct profile *p)
{
	share_out(groups, p);
	add_unsampled(groups, p);
	vec_done(&groups->list);
	hash_index_done(&groups->by_key);
}

void calibrate_waits(const struct ledger *ledger, struct profile *profile)
{
	struct groups groups = {.ledger = ledger};
	const struct ledger_process *process;

	vec_each(process, &ledger->processes) {
		for (uint32_t reason = 0; process->pid && reason < ledger->n_reasons; reason++) {
			struct group want = {
				.pid = process->pid,
				.reason = reason,
				.comm = ledger_str(ledger, process->comm),
				.want = {(int64_t)process->times.waits[reason],
					 (int64_t)process->times.blocked[reason]},
			};

			if (process->times.blocked[reason])
				add_wanted(&groups, &want);
		}
	}
	calibrate(&groups, profile);
}

void calibrate_growth(const struct growth *growth, struct profile *profile)
{
	struct groups groups = {0};
	const struct growth_process *process;

	vec_each(process, &growth->list) {
		struct group want = {
			.pid = process->pid,
			.comm = process->comm,
			.want = {(int64_t)process->pages,
				 (int64_t)(process->pages * growth->page_size)},
		};

		if (process->pages)
			add_wanted(&groups, &want);
	}
	calibrate(&groups, profile);
}

void calibrate_groups(struct profile *p, const uint32_t *groups, struct calibrate_sum *sums,
		      size_t n)
{
	uint32_t last = p->n_types - 1;

	for (size_t i = 0; i < n; i++)
		sums[i].largest = PROFILE_NONE;
	for (size_t i = 0; i < p->samples.n; i++) {
		const int64_t *values = p->samples.at[i].values;
		struct calibrate_sum *sum = groups[i] < n ? &sums[groups[i]] : NULL;

		if (!sum)
			continue;
		sum->have_count = profile_sum(sum->have_count, values[0]);
		sum->have_amount = profile_sum(sum->have_amount, values[last]);
		if (sum->largest == PROFILE_NONE ||
		    p->samples.at[sum->largest].values[last] < values[last])
			sum->largest = (uint32_t)i;
	}
	for (size_t i = 0; i < p->samples.n; i++) {
		int64_t *values = p->samples.at[i].values;
		struct calibrate_sum *sum = groups[i] < n ? &sums[groups[i]] : NULL;

		if (!sum || !sum->amount)
			continue;
		values[0] = scaled(values[0], sum->count, sum->have_count);
		values[last] = scaled(values[last], sum->amount, sum->have_amount);
		sum->given_count += values[0];
		sum->given_amount += values[last];
	}
	for (size_t i = 0; i < n; i++) {
		if (!sums[i].amount || sums[i].largest == PROFILE_NONE)
			continue;
		p->samples.at[sums[i].largest].values[0] += sums[i].count - sums[i].given_count;
		p->samples.at[sums[i].largest].values[last] +=
			sums[i].amount - sums[i].given_amount;
	}
}
