// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/sink.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/reasons.h"
#include "capture/sizes.h"
#include "capture/trim.h"
#include "model/ledger.h"
#include "model/profile.h"
#include "proc/container.h"
#include "util/buf.h"
#include "util/mem.h"

#define LABEL_WAKER_STACK  "waker_stack"
#define LABEL_HOLDER_STACK "holder_stack"
/* 4 of the thread, 3 of the wait, 5 of the lock, 6 of the container */
#define LABELS_MAX 18

static void add_types(struct profile *p, uint32_t kind)
{
	switch (kind) {
#define HP_TYPE(type, unit) profile_add_type(p, type, unit);
#define HP_KIND(id, name, file, question, types)                                                   \
	case HP_KIND_##id:                                                                         \
		types;                                                                             \
		break;
#include "hostprof/kinds.def"
#undef HP_KIND
#undef HP_TYPE
	}
}

static const char *reason_name(uint32_t reason)
{
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);

	return reasons[reason < n ? reason : HP_REASON_OTHER].name;
}

struct sink *sink_new(uint32_t kind, bool per_thread)
{
	struct sink *sink = mem_zalloc(sizeof(*sink));

	sink->profile = sink->spaces.profile = profile_new();
	sink->kind = kind;
	sink->per_thread = per_thread;
	add_types(sink->profile, kind);
	return sink;
}

void sink_count_use(struct sink *sink)
{
	static const char *const types[][2] = {{"contentions", "count"},
					       {"acquisitions", "count"},
					       {"hold", "nanoseconds"},
					       {"delay", "nanoseconds"}};

	sink->profile->n_types = 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		profile_add_type(sink->profile, types[i][0], types[i][1]);
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	profile_free(sink->profile);
	spaces_done(&sink->spaces);
	vec_done(&sink->stack_keys);
	vec_done(&sink->stack_ids);
	hash_index_done(&sink->by_stack);
	vec_done(&sink->label_keys);
	vec_done(&sink->label_ids);
	hash_index_done(&sink->by_labels);
	free(sink);
}

static bool same_stack(const void *owner, uint32_t index, const void *key)
{
	const struct sink *sink = owner;

	return !memcmp(&sink->stack_keys.at[index], key, sizeof(struct sink_stack_key));
}

static bool same_labels(const void *owner, uint32_t index, const void *key)
{
	const struct sink *sink = owner;

	return !memcmp(&sink->label_keys.at[index], key, sizeof(struct sink_labels_key));
}

/* The locations of one of a sample's two stacks; none for id 0 or a stack that never came. */
static uint32_t stack_locations(struct sink *sink, const struct stacks *stacks, uint64_t id,
				uint32_t *to)
{
	uint32_t index = id ? stacks_find(stacks, id) : HASH_NONE;

	if (index == HASH_NONE)
		return 0;
	return spaces_locations(&sink->spaces, stacks, &stacks->list.at[index], to);
}

/* The kernel's frames are the leaf's side of the user's. */
static uint32_t stack_of(struct sink *sink, const struct stacks *stacks,
			 const struct sink_stack_key *key)
{
	uint64_t hash = hash_index_bytes(&sink->by_stack, key, sizeof(*key));
	uint32_t found = hash_index_find(&sink->by_stack, hash, same_stack, sink, key);
	uint32_t locations[2 * HP_MAX_FRAMES], n;

	if (found != HASH_NONE)
		return sink->stack_ids.at[found];
	n = stack_locations(sink, stacks, key->kernel, locations);
	n += stack_locations(sink, stacks, key->user, locations + n);
	if (!n) /* readers of pprof files drop samples without a location */
		locations[n++] = spaces_unknown(&sink->spaces);
	hash_index_add(&sink->by_stack, hash, (uint32_t)sink->stack_ids.n);
	vec_push(&sink->stack_keys, *key);
	vec_push(&sink->stack_ids, profile_add_stack(sink->profile, locations, n));
	return sink->stack_ids.at[sink->stack_ids.n - 1];
}

static struct profile_label text_label(struct profile *p, const char *key, const char *text)
{
	return (struct profile_label){.key = profile_string(p, key),
				      .str = intern_addn(&p->strings, text, HP_COMM_LEN)};
}

static struct profile_label number_label(struct profile *p, const char *key, int64_t number)
{
	return (struct profile_label){.key = profile_string(p, key), .num = number};
}

/* The waker's stack is the number of one of the profile's stacks until sink_finish(). */
static uint32_t wait_labels(struct sink *sink, const struct stacks *stacks,
			    const struct sink_labels_key *key, struct profile_label *labels)
{
	struct sink_stack_key waker = {.user = key->waker_stack};
	struct profile *p = sink->profile;
	uint32_t n = 0;

	labels[n++] = key->lock ? number_label(p, SINK_LABEL_REASON, key->lock - 1)
				: text_label(p, SINK_LABEL_REASON, reason_name(key->reason - 1));
	if (key->waker_tid)
		labels[n++] = text_label(p, "waker", key->waker);
	if (key->waker_stack)
		labels[n++] =
			number_label(p, LABEL_WAKER_STACK, (int64_t)stack_of(sink, stacks, &waker));
	return n;
}

static const char *state_name(uint32_t state)
{
	return state == SINK_ON_CPU ? "on-CPU"
	       : state == SINK_RUNQ ? "run queue"
				    : reason_name(state - SINK_BLOCKED);
}

static uint32_t lock_labels(struct sink *sink, const struct stacks *stacks,
			    const struct sink_labels_key *key, struct profile_label *labels)
{
	struct sink_stack_key stack = {.kernel = key->holder_kernel_stack,
				       .user = key->holder_stack};
	struct profile *p = sink->profile;
	struct buf holder = {0};
	uint32_t n = 0;

	labels[n++] = number_label(p, SINK_LABEL_LOCK, key->lock - 1);
	labels[n++] = number_label(p, SINK_LABEL_CLASS, key->lock - 1);
	if (!key->holder_tid)
		return n;
	buf_add(&holder, key->holder, strnlen(key->holder, HP_COMM_LEN));
	buf_printf(&holder, " (%u)", key->holder_tid);
	labels[n++] = (struct profile_label){.key = profile_string(p, "holder"),
					     .str = profile_string(p, buf_str(&holder))};
	buf_done(&holder);
	if (key->holder_state != SINK_UNKNOWN)
		labels[n++] = (struct profile_label){
			.key = profile_string(p, "holder_state"),
			.str = profile_string(p, state_name(key->holder_state)),
		};
	if (stack.user || stack.kernel)
		labels[n++] = number_label(p, LABEL_HOLDER_STACK,
					   (int64_t)stack_of(sink, stacks, &stack));
	return n;
}

/* Those of the container; what is unknown has no label. */
static uint32_t container_labels(struct profile *p, const struct container *it,
				 struct profile_label *labels)
{
	const struct {
		const char *key, *text;
	} all[] = {
		{"container", it->name}, {"container_id", it->id},     {"image", it->image},
		{"pod", it->pod},	 {"namespace", it->namespace}, {"cgroup", it->cgroup},
	};
	uint32_t n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (*all[i].text && strcmp(all[i].text, "/"))
			labels[n++] = (struct profile_label){
				.key = profile_string(p, all[i].key),
				.str = profile_string(p, all[i].text),
			};
	return n;
}

static uint32_t add_labels(struct sink *sink, const struct stacks *stacks,
			   const struct container *container, const struct sink_labels_key *key,
			   uint64_t hash)
{
	struct profile_label labels[LABELS_MAX];
	struct profile *p = sink->profile;
	uint32_t n = 0;

	labels[n++] = number_label(p, "pid", key->tgid);
	labels[n++] = text_label(p, "comm", key->comm);
	if (sink->per_thread) {
		labels[n++] = number_label(p, "tid", key->tid);
		labels[n++] = text_label(p, "thread", key->thread);
	}
	if (key->reason)
		n += wait_labels(sink, stacks, key, labels + n);
	if (key->lock)
		n += lock_labels(sink, stacks, key, labels + n);
	n += container_labels(p, container, labels + n);
	hash_index_add(&sink->by_labels, hash, (uint32_t)sink->label_ids.n);
	vec_push(&sink->label_keys, *key);
	vec_push(&sink->label_ids, profile_add_labels(p, labels, n));
	return sink->label_ids.at[sink->label_ids.n - 1];
}

static void lock_key(const struct stacks *stacks, const struct sink_part *part,
		     struct sink_labels_key *key)
{
	key->lock = part->lock + 1;
	key->holder_tid = part->holder_tid;
	if (!part->holder_tid)
		return;
	key->holder_state = part->state;
	memcpy(key->holder, part->holder, sizeof(key->holder));
	if (stacks_find(stacks, part->stack) != HASH_NONE)
		key->holder_stack = part->stack;
	if (stacks_find(stacks, part->kernel_stack) != HASH_NONE)
		key->holder_kernel_stack = part->kernel_stack;
}

/* `part`: NULL for what is no wait for a lock. */
static uint32_t labels_of(struct sink *sink, const struct stacks *stacks,
			  const struct hp_wait *wait, const struct sink_part *part,
			  const struct container *container)
{
	const struct hp_sample *s = &wait->sample;
	struct sink_labels_key key = {.start = s->start, .tgid = s->tgid, .cgroup = s->cgroup};
	uint32_t found;
	uint64_t hash;

	memcpy(key.comm, s->comm, sizeof(key.comm));
	if (sink->per_thread) {
		key.tid = s->tid;
		memcpy(key.thread, s->thread, sizeof(key.thread));
	}
	if (part)
		lock_key(stacks, part, &key);
	if (s->type == HP_EVENT_WAIT || s->type == HP_EVENT_LOCK) {
		key.reason = wait->reason + 1;
		key.waker_tid = wait->waker_tid != 0;
		memcpy(key.waker, wait->waker, sizeof(key.waker));
		if (stacks_find(stacks, wait->waker_stack) != HASH_NONE)
			key.waker_stack = wait->waker_stack;
	}
	hash = hash_index_bytes(&sink->by_labels, &key, sizeof(key));
	found = hash_index_find(&sink->by_labels, hash, same_labels, sink, &key);
	return found != HASH_NONE ? sink->label_ids.at[found]
				  : add_labels(sink, stacks, container, &key, hash);
}

/* ns x weight / HP_WEIGHT_ONE; the product of a long wait and a great weight has 128 bits. */
static int64_t weighted(uint64_t ns, uint32_t weight)
{
	return (int64_t)((unsigned __int128)ns * weight / HP_WEIGHT_ONE);
}

static void growth_values(struct sink *sink, const struct hp_sample *s, int64_t *values)
{
	uint64_t pages = s->value & ((1ull << HP_GROWTH_SHIFT) - 1);

	values[0] =
		sizes_stand_for(pages, s->value >> HP_GROWTH_SHIFT, (double)pages, &sink->carry[0]);
	values[1] = values[0] * sysconf(_SC_PAGESIZE);
}

/* Objects and bytes: allocated, then in use. */
static void heap_values(struct sink *sink, const struct hp_sample *s, int64_t *values)
{
	int first = s->type == HP_EVENT_LIVE ? 2 : 0;

	uint64_t size = s->value & HP_HEAP_SIZE;
	double weight = (double)HP_HEAP_WEIGHT(s->value);

	values[0] = values[1] = 0;
	values[first] = sizes_stand_for(size, sink->heap_interval, weight, &sink->carry[first]);
	values[first + 1] = sizes_stand_for(size, sink->heap_interval, weight * (double)size,
					    &sink->carry[first + 1]);
}

void sink_add(struct sink *sink, const struct stacks *stacks, const struct hp_wait *wait,
	      const struct container *container)
{
	const struct hp_sample *s = &wait->sample;
	struct sink_stack_key key = {.kernel = s->kernel_stack, .user = s->user_stack};
	int64_t values[PROFILE_MAX_VALUES] = {1, (int64_t)s->value};

	if (s->type == HP_EVENT_WAIT || s->type == HP_EVENT_LOCK) {
		values[0] = (wait->weight + HP_WEIGHT_ONE / 2) / HP_WEIGHT_ONE;
		values[1] = weighted(s->value, wait->weight);
	} else if (s->kind == HP_KIND_GROWTH) {
		growth_values(sink, s, values);
	} else if (s->kind == HP_KIND_HEAP) {
		heap_values(sink, s, values);
	}
	profile_add_sample(sink->profile, stack_of(sink, stacks, &key),
			   labels_of(sink, stacks, wait, NULL, container), values);
}

void sink_add_part(struct sink *sink, const struct stacks *stacks, const struct hp_wait *wait,
		   const struct sink_part *part, bool counted, const struct container *container)
{
	struct sink_stack_key key = {.kernel = wait->sample.kernel_stack,
				     .user = wait->sample.user_stack};
	int64_t values[PROFILE_MAX_VALUES] = {0};

	if (counted)
		values[0] = (wait->weight + HP_WEIGHT_ONE / 2) / HP_WEIGHT_ONE;
	values[sink->profile->n_types - 1] = weighted(part->ns, wait->weight);
	profile_add_sample(sink->profile, stack_of(sink, stacks, &key),
			   labels_of(sink, stacks, wait, part, container), values);
}

void sink_add_use(struct sink *sink, const struct stacks *stacks, const struct hp_sample *sample,
		  const struct sink_use *use, const struct container *container)
{
	struct hp_wait wait = {.sample = *sample, .reason = HP_REASON_LOCK};
	struct sink_stack_key key = {.user = sample->user_stack};
	struct sink_part part = {.lock = use->lock};
	int64_t values[PROFILE_MAX_VALUES] = {(int64_t)use->contentions, (int64_t)use->acquisitions,
					      (int64_t)use->hold, (int64_t)use->delay};

	wait.sample.type = HP_EVENT_LOCK;
	profile_add_sample(sink->profile, stack_of(sink, stacks, &key),
			   labels_of(sink, stacks, &wait, &part, container), values);
}

uint32_t sink_keep_stack(struct sink *sink, const struct stacks *stacks, uint64_t user_stack)
{
	return stack_of(sink, stacks, &(struct sink_stack_key){.user = user_stack});
}

/* "main;serve;write_reply": root first. A frame's innermost function stands for it. */
static void stack_text(const struct profile *p, uint32_t stack, struct buf *text)
{
	const struct profile_span *span = &p->stacks.at[stack];

	for (uint32_t i = span->n; i--;) {
		const struct profile_location *l = &p->locations.at[p->frames.at[span->first + i]];

		for (uint32_t line = l->n_lines; line--;) {
			const struct profile_line *at = &p->lines.at[l->first_line + line];

			buf_printf(text, "%s%s", text->len ? ";" : "",
				   profile_str(p, p->functions.at[at->function].name));
		}
		if (!l->n_lines)
			buf_printf(text, "%s0x%llx", text->len ? ";" : "",
				   (unsigned long long)l->address);
	}
}

void sink_text_of(const struct sink *sink, uint32_t number, struct buf *text)
{
	stack_text(sink->profile, number, text);
}

void sink_stack_text(struct sink *sink, const struct stacks *stacks, uint64_t user_stack,
		     struct buf *text)
{
	struct sink_stack_key key = {.user = user_stack};

	stack_text(sink->profile, stack_of(sink, stacks, &key), text);
}

void sink_finish(struct sink *sink)
{
	struct profile *p = sink->profile;
	uint32_t waker = profile_string(p, LABEL_WAKER_STACK);
	uint32_t holder = profile_string(p, LABEL_HOLDER_STACK);

	if (sink->kind == HP_KIND_OFFCPU || sink->kind == HP_KIND_LOCK)
		trim_switch(p);

	for (size_t i = 0; i < p->labels.n; i++) {
		struct profile_label *label = &p->labels.at[i];
		struct buf text = {0};
		uint32_t str;

		if ((label->key != waker && label->key != holder) || label->str)
			continue;
		stack_text(p, (uint32_t)label->num, &text);
		str = profile_string(p, buf_str(&text));
		p->labels.at[i].num = 0;
		p->labels.at[i].str = str;
		buf_done(&text);
	}
}
