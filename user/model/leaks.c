// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/leaks.h"

#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/mem.h"

#define FIRST_SLICE_NS (250 * NSEC_PER_MSEC)
#define QUARTERS       4
#define CHANCE	       3.0  /* standard deviations that are no chance */
#define LEAST_STEP     0.08 /* of what is in use at the end, from one quarter to the next */

const char *const leaks_age_names[LEAKS_AGES] = {"<1s", "<10s", "<1min", "<10min", "<1h", ">=1h"};

static const uint64_t age_limits[LEAKS_AGES] = {
	NSEC_PER_SEC,	    10 * NSEC_PER_SEC,	 60 * NSEC_PER_SEC,
	600 * NSEC_PER_SEC, 3600 * NSEC_PER_SEC, UINT64_MAX,
};

struct leaks *leaks_new(uint64_t start)
{
	struct leaks *leaks = mem_zalloc(sizeof(*leaks));

	leaks->start = leaks->end = start;
	leaks->slice = FIRST_SLICE_NS;
	return leaks;
}

void leaks_free(struct leaks *leaks)
{
	struct leak_site *site;

	if (!leaks)
		return;
	vec_each(site, &leaks->sites)
		free(site->text);
	vec_done(&leaks->sites);
	hash_index_done(&leaks->by_site);
	free(leaks);
}

static bool same_site(const void *owner, uint32_t index, const void *key)
{
	const struct leaks *leaks = owner;
	const struct leak_site *a = &leaks->sites.at[index], *b = key;

	return a->pid == b->pid && a->start == b->start && a->stack == b->stack;
}

struct leak_site *leaks_site(struct leaks *leaks, uint32_t pid, uint64_t start, uint64_t stack)
{
	struct leak_site key = {.pid = pid, .start = start, .stack = stack};
	uint64_t hash = hash_index_words(&leaks->by_site, pid, start, stack);
	uint32_t found = hash_index_find(&leaks->by_site, hash, same_site, leaks, &key);

	if (found == HASH_NONE) {
		if (leaks->sites.n >= LEAKS_MAX_SITES) {
			leaks->dropped++;
			return NULL;
		}
		found = (uint32_t)leaks->sites.n;
		hash_index_add(&leaks->by_site, hash, found);
		vec_push(&leaks->sites, key);
	}
	return &leaks->sites.at[found];
}

/* Two slices become one. */
static void lengthen(struct leaks *leaks)
{
	struct leak_site *site;

	leaks->slice *= 2;
	vec_each(site, &leaks->sites) {
		for (int i = 0; i < LEAKS_SLICES / 2; i++) {
			site->change[i] = site->change[2 * i] + site->change[2 * i + 1];
			site->left[i] = site->left[2 * i] + site->left[2 * i + 1];
		}
		memset(site->change + LEAKS_SLICES / 2, 0, sizeof(site->change) / 2);
		memset(site->left + LEAKS_SLICES / 2, 0, sizeof(site->left) / 2);
	}
}

static uint32_t slice_of(const struct leaks *leaks, uint64_t when)
{
	return when > leaks->start ? (uint32_t)((when - leaks->start) / leaks->slice) : 0;
}

void leaks_change(struct leaks *leaks, struct leak_site *site, uint64_t when, double bytes)
{
	while (when > leaks->start && (when - leaks->start) / leaks->slice >= LEAKS_SLICES)
		lengthen(leaks);
	if (when > leaks->end)
		leaks->end = when;
	site->change[slice_of(leaks, when)] += bytes;
}

void leaks_left(struct leaks *leaks, struct leak_site *site, uint64_t born, double objects,
		double bytes)
{
	uint64_t age = leaks->end > born ? leaks->end - born : 0;
	uint32_t slice = slice_of(leaks, born);
	int i = 0;

	while (age >= age_limits[i] && i < LEAKS_AGES - 1)
		i++;
	site->ages[i] += bytes;
	site->left[slice < LEAKS_SLICES ? slice : LEAKS_SLICES - 1] += (float)bytes;
	site->samples_left++;
	site->objects_left += objects;
	site->bytes_left += bytes;
	if (age >= leaks->age)
		site->old_bytes += bytes;
}

/* The least in use in each quarter of the slices. */
static void floors_of(const struct leak_site *site, uint32_t slices, double *floors)
{
	double in_use = 0;
	uint32_t last = QUARTERS;

	for (uint32_t i = 0; i < slices; i++) {
		uint32_t quarter = i * QUARTERS / slices;

		/* Where a quarter begins: what it was given by the one before. */
		if (quarter != last)
			floors[quarter] = in_use;
		last = quarter;
		in_use += site->change[i];
		if (in_use < floors[quarter])
			floors[quarter] = in_use;
	}
}

/*
 * Is the rise since the first quarter more than chance? What is in use is known from samples: those
 * allocated since and still there, less those from before that were freed. In a cache whose entries
 * are replaced both are as many, but for their scatter, which is the root of their sum.
 */
static bool is_significant(const struct leak_site *site, uint32_t slices)
{
	double before = 0, survivors = 0, came, gone, rise, each;

	for (uint32_t i = 0; i * QUARTERS / slices < 1; i++) {
		before += site->change[i];
		survivors += (double)site->left[i];
	}
	each = site->bytes_left / (double)site->samples_left;
	came = site->bytes_left - survivors;
	gone = before > survivors ? before - survivors : 0;
	rise = came - gone;
	return rise > 0 && rise * rise >= CHANCE * CHANCE * (came + gone) * each;
}

static void judge(const struct leaks *leaks, struct leak_site *site)
{
	uint32_t slices = slice_of(leaks, leaks->end) + 1;
	double floors[QUARTERS] = {0}, minutes, step;

	if (slices > LEAKS_SLICES)
		slices = LEAKS_SLICES;
	if (leaks->at_most || slices < 2 * QUARTERS || site->samples_left < LEAKS_FEWEST)
		return;
	floors_of(site, slices, floors);
	minutes = (double)leaks->slice * slices / 2 / (60 * (double)NSEC_PER_SEC);
	step = LEAST_STEP * site->bytes_left;
	site->bytes_a_minute = (floors[3] - floors[1]) / minutes;
	site->grows = floors[2] - floors[1] >= step && floors[3] - floors[2] >= step &&
		      site->bytes_left - floors[3] >= step / 2 && is_significant(site, slices);
	site->leaks = site->grows && site->old_bytes > 0;
}

static int compare_sites(const void *a, const void *b)
{
	const struct leak_site *x = a, *y = b;

	if (x->leaks != y->leaks)
		return x->leaks ? -1 : 1;
	if (x->old_bytes != y->old_bytes)
		return x->old_bytes < y->old_bytes ? 1 : -1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

void leaks_judge(struct leaks *leaks)
{
	struct leak_site *site;

	vec_each(site, &leaks->sites)
		judge(leaks, site);
	if (leaks->sites.n)
		qsort(leaks->sites.at, leaks->sites.n, sizeof(*leaks->sites.at), compare_sites);
}
