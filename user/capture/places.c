// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/places.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "proc/cgroups.h"
#include "proc/memlimit.h"
#include "proc/throttle.h"
#include "util/cgroupfs.h"
#include "util/clock.h"
#include "util/intern.h"
#include "util/procfs.h"

#define PLACES_MAX     (1u << 20) /* cgroups of one recording; of later ones the process is asked */
#define SEEN_NAMES_MAX 10	  /* shown when nothing matched */

#define ROOT_ID 1 /* of the cgroup2 tree's root, where all are on v1 hosts */

enum state { UNSEEN, PENDING, SETTLED };

struct entry {
	struct place place;
	enum state state;
	struct hp_cgroup_key key;
	uint16_t asked; /* the kernel side's own verdict, by its id */
	uint64_t seen_ns;
	struct throttle throttle; /* on its first sight */
	struct memlimit memory;	  /* the same */
	char *unified, *legacy;	  /* paths, kept while it is pending; NULL: none */
};

/* What is known of a process's cgroups. */
struct answer {
	uint64_t first_ns; /* 0: not asked yet */
	bool settled, wanted;
};

struct places {
	const struct place_filter *filter; /* borrowed */
	struct containers *containers;	   /* NULL: nothing can be read */
	struct cgroup_trees trees;
	int map;
	VEC(struct entry) entries; /* by number */
	VEC(uint32_t) pending;
	uint32_t emptied_at;	    /* the number that was told then */
	struct intern paths;	    /* of processes that were asked for: both, one a line */
	VEC(struct answer) answers; /* by the number in paths */
	/* Of the process that was asked for last. */
	struct place asked;
	uint32_t asked_tgid;
	uint64_t asked_ns;
};

bool place_filter_is_empty(const struct place_filter *filter)
{
	return !filter->containers.n && !filter->pods.n && !filter->namespaces.n &&
	       !filter->services.n;
}

void place_filter_done(struct place_filter *filter)
{
	vec_done(&filter->containers);
	vec_done(&filter->pods);
	vec_done(&filter->namespaces);
	vec_done(&filter->services);
}

struct places *places_new(const struct place_filter *filter)
{
	struct places *places = mem_zalloc(sizeof(*places));
	const char *root = procfs_host_root();

	places->filter = filter;
	places->containers = containers_new(root ? root : "/");
	cgroup_trees_find(&places->trees);
	places->map = -1;
	return places;
}

static void forget_paths(struct entry *entry)
{
	free(entry->unified);
	free(entry->legacy);
	entry->unified = entry->legacy = NULL;
}

void places_free(struct places *places)
{
	struct entry *entry;

	if (!places)
		return;
	vec_each(entry, &places->entries)
		forget_paths(entry);
	vec_done(&places->entries);
	vec_done(&places->pending);
	vec_done(&places->answers);
	intern_done(&places->paths);
	cgroup_trees_done(&places->trees);
	containers_free(places->containers);
	free(places);
}

void places_set_map(struct places *places, int map)
{
	places->map = map;
}

/* --- who is asked for --- */

static bool any_text(const char *const *patterns, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (*text && !fnmatch(patterns[i], text, 0))
			return true;
	return !n;
}

static bool is_wanted(const struct place_filter *f, const struct container *it)
{
	bool called = !f->containers.n, service = !f->services.n;

	for (size_t i = 0; i < f->containers.n && !called; i++)
		called = container_is_called(it, f->containers.at[i]);
	for (size_t i = 0; i < f->services.n && !service; i++)
		service = container_is_service(it, f->services.at[i]);
	return called && service && any_text(f->pods.at, f->pods.n, it->pod) &&
	       any_text(f->namespaces.at, f->namespaces.n, it->namespace);
}

static void tell_verdict(const struct places *places, uint32_t number, const struct entry *entry)
{
	struct hp_cgroup verdict = {
		.number = number,
		.verdict = entry->place.wanted ? HP_VERDICT_YES : HP_VERDICT_NO,
		.asked = entry->asked,
	};

	/* It may have made room for others: then it is told, and judged, again. */
	if (places->map >= 0 && !place_filter_is_empty(places->filter))
		bpf_map_update_elem(places->map, &entry->key, &verdict, BPF_EXIST);
}

/* --- first sight --- */

static void find(struct places *places, const char *unified, const char *legacy,
		 struct place *ret_place)
{
	static const struct container nothing = {"", "", "", "", "", "", "", "", false};

	ret_place->container = nothing;
	if (places->containers)
		containers_find(places->containers, unified, legacy, &ret_place->container);
	ret_place->wanted = is_wanted(places->filter, &ret_place->container);
}

/* Looks once; true when that was the last time. */
static bool look(struct places *places, uint32_t number, bool now)
{
	struct entry *entry = &places->entries.at[number];

	find(places, entry->unified, entry->legacy, &entry->place);
	if (entry->place.container.pending && !now &&
	    clock_mono_ns() - entry->seen_ns < PLACES_WAIT_NS)
		return false;
	entry->state = SETTLED;
	if (*entry->place.container.cgroup)
		throttle_read(&places->trees, entry->place.container.cgroup, &entry->throttle);
	if (*entry->place.container.name)
		memlimit_read(&places->trees, entry->place.container.cgroup, &entry->memory);
	forget_paths(entry);
	tell_verdict(places, number, entry);
	return true;
}

/* Forgets which cgroups were told: they are told again, by new numbers, and judged again. */
static void empty_map(struct places *places, uint32_t number)
{
	struct hp_cgroup_key key;

	while (places->map >= 0 && !bpf_map_get_next_key(places->map, NULL, &key))
		if (bpf_map_delete_elem(places->map, &key))
			break;
	places->emptied_at = number;
}

/* Names, leaf first, each with its NUL. */
static char *path_of(const char *names, size_t len)
{
	struct buf path = {0};
	char *clean;

	if (!len)
		return mem_strdup("/");
	for (size_t end = names[len - 1] ? 0 : len; end;) {
		size_t start = --end; /* on the NUL */

		while (start && names[start - 1])
			start--;
		buf_putc(&path, '/');
		buf_add(&path, names + start, end - start);
		end = start;
	}
	clean = cgroup_path_clean(buf_str(&path), path.len);
	buf_done(&path);
	return clean;
}

void places_add(struct places *places, const struct hp_cgroup_seen *seen, size_t size)
{
	static const struct entry unseen;
	struct entry *entry;

	if (size < sizeof(*seen) || seen->number >= PLACES_MAX ||
	    seen->unified_len > sizeof(seen->unified) || seen->legacy_len > sizeof(seen->legacy))
		return;
	while (places->entries.n <= seen->number)
		vec_push(&places->entries, unseen);
	entry = &places->entries.at[seen->number];
	if (entry->state != UNSEEN)
		return;
	entry->state = PENDING;
	entry->key = seen->key;
	entry->asked = seen->asked;
	entry->place.id = seen->key.unified > ROOT_ID ? seen->key.unified : seen->key.legacy;
	entry->seen_ns = clock_mono_ns();
	entry->unified = path_of(seen->unified, seen->unified_len);
	entry->legacy = seen->has_legacy ? path_of(seen->legacy, seen->legacy_len) : NULL;
	if (!look(places, seen->number, false))
		vec_push(&places->pending, seen->number);
	if (seen->number > places->emptied_at &&
	    seen->number - places->emptied_at > HP_CGROUPS_MAX / 4 * 3)
		empty_map(places, seen->number);
}

bool places_settle(struct places *places, bool now)
{
	size_t kept = 0, n = places->pending.n;

	for (size_t i = 0; i < n; i++)
		if (!look(places, places->pending.at[i], now))
			places->pending.at[kept++] = places->pending.at[i];
	places->pending.n = kept;
	return kept < n;
}

/* --- questions --- */

bool places_know(const struct places *places, uint32_t number)
{
	if (!number || number >= PLACES_MAX)
		return true; /* the process is asked, which is done at once */
	return number < places->entries.n && places->entries.at[number].state == SETTLED;
}

static const struct place *ask_process(struct places *places, uint32_t tgid)
{
	uint64_t now = clock_mono_ns();
	struct cgroups cgroups;

	if (places->asked_tgid == tgid && now - places->asked_ns < PLACES_WAIT_NS)
		return &places->asked;
	if (cgroups_read(&cgroups, (pid_t)tgid))
		cgroups = (struct cgroups){0};
	find(places, cgroups.unified, cgroups.legacy, &places->asked);
	cgroups_done(&cgroups);
	places->asked_tgid = tgid;
	places->asked_ns = now;
	return &places->asked;
}

const struct place *places_get(struct places *places, uint32_t number, uint32_t tgid)
{
	if (number && number < places->entries.n && places->entries.at[number].state != UNSEEN)
		return &places->entries.at[number].place;
	return ask_process(places, tgid);
}

static struct answer *answer_of(struct places *places, const struct cgroups *cgroups)
{
	static const struct answer unasked;
	char *text = mem_printf("%s\n%s", cgroups->unified ? cgroups->unified : "",
				cgroups->legacy ? cgroups->legacy : "");
	uint32_t id = intern_count(&places->paths) < PLACES_MAX ? intern_add(&places->paths, text)
								: intern_find(&places->paths, text);

	free(text);
	if (id == HASH_NONE)
		return NULL;
	while (places->answers.n <= id)
		vec_push(&places->answers, unasked);
	return &places->answers.at[id];
}

bool places_want(struct places *places, uint32_t tgid)
{
	uint64_t now = clock_mono_ns();
	struct cgroups cgroups;
	struct answer *answer;
	struct place place;
	bool wanted = false;

	if (place_filter_is_empty(places->filter))
		return true;
	if (cgroups_read(&cgroups, (pid_t)tgid))
		return false;
	answer = answer_of(places, &cgroups);
	if (answer && !answer->settled) {
		answer->first_ns = answer->first_ns ? answer->first_ns : now;
		find(places, cgroups.unified, cgroups.legacy, &place);
		answer->wanted = place.wanted;
		answer->settled =
			!place.container.pending || now - answer->first_ns > PLACES_WAIT_NS;
	}
	if (answer)
		wanted = answer->wanted;
	cgroups_done(&cgroups);
	return wanted;
}

void places_throttled(const struct places *places, uint64_t id, struct throttle *ret_throttle)
{
	const struct entry *entry;
	struct throttle now;

	*ret_throttle = (struct throttle){0};
	vec_each(entry, &places->entries) {
		if (entry->state != SETTLED || entry->place.id != id)
			continue;
		if (!throttle_read(&places->trees, entry->place.container.cgroup, &now) &&
		    now.ns >= entry->throttle.ns && now.times >= entry->throttle.times) {
			ret_throttle->ns = now.ns - entry->throttle.ns;
			ret_throttle->times = now.times - entry->throttle.times;
		}
		return;
	}
}

static void fill_memory(const struct places *places, const struct entry *entry,
			struct place_memory *to)
{
	struct memlimit now = {0};

	memlimit_read(&places->trees, entry->place.container.cgroup, &now);
	*to = (struct place_memory){.container = &entry->place.container,
				    .limit = now.limit ? now.limit : entry->memory.limit,
				    .before = entry->memory.used,
				    .after = now.used};
}

void places_memory(const struct places *places, uint64_t id, struct place_memory *ret_memory)
{
	const struct entry *entry;

	*ret_memory = (struct place_memory){0};
	vec_each(entry, &places->entries) {
		if (entry->state != SETTLED || entry->place.id != id)
			continue;
		if (*entry->place.container.name)
			fill_memory(places, entry, ret_memory);
		return;
	}
}

/* How much of the limit is used. */
static double fullness(const struct place_memory *memory)
{
	return (double)(memory->after ? memory->after : memory->before) / (double)memory->limit;
}

size_t places_fullest(const struct places *places, struct place_memory *ret_memories, size_t max)
{
	const struct entry *entry;
	size_t n = 0;

	vec_each(entry, &places->entries) {
		struct place_memory this;
		size_t at;

		if (entry->state != SETTLED || !entry->place.wanted || !entry->memory.limit ||
		    !*entry->place.container.id)
			continue;
		fill_memory(places, entry, &this);
		for (at = n; at && fullness(&ret_memories[at - 1]) < fullness(&this); at--)
			if (at < max)
				ret_memories[at] = ret_memories[at - 1];
		if (at == max)
			continue;
		ret_memories[at] = this;
		n += n < max;
	}
	return n;
}

static bool shown_before(const struct places *places, const struct entry *entry)
{
	for (const struct entry *e = places->entries.at; e < entry; e++)
		if (!strcmp(e->place.container.name ? e->place.container.name : "",
			    entry->place.container.name))
			return true;
	return false;
}

bool places_any_wanted(const struct places *places, struct buf *seen)
{
	const struct entry *entry;
	unsigned int n = 0;

	if (place_filter_is_empty(places->filter))
		return true;
	vec_each(entry, &places->entries) {
		if (entry->state == UNSEEN)
			continue;
		if (entry->place.wanted)
			return true;
		if (!*entry->place.container.name || n == SEEN_NAMES_MAX ||
		    shown_before(places, entry))
			continue;
		buf_printf(seen, "%s%s", n++ ? ", " : "", entry->place.container.name);
	}
	return false;
}
