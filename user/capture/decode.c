// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/decode.h"

#include <string.h>

#include "capture/spaces.h"
#include "capture/stacks.h"
#include "model/profile.h"
#include "sym/binaries.h"
#include "unwind/feeder.h"
#include "util/buf.h"
#include "util/clock.h"

/* More samples than this do not wait: their stacks are lost, or our table is full. */
#define WAITING_MAX 4096

/* What of a sample becomes labels. Compared as bytes: keep it without padding. */
struct labels_key {
	uint64_t start;
	uint32_t tgid, tid;
	char comm[HP_COMM_LEN], thread[HP_COMM_LEN];
};

struct stack_key {
	uint64_t kernel, user;
};

/* What is made of one kind's samples. */
struct sink {
	struct profile *profile;
	struct spaces spaces;
	VEC(struct stack_key) stack_keys; /* parallel to stack_ids */
	VEC(uint32_t) stack_ids;	  /* in the profile */
	struct hash_index by_stack;
	VEC(struct labels_key) label_keys; /* parallel to label_ids */
	VEC(uint32_t) label_ids;
	struct hash_index by_labels;
	struct decode_counts counts;
};

struct decode {
	struct binaries *binaries;     /* borrowed */
	struct symbolizer *symbolizer; /* borrowed */
	struct feeder *feeder;	       /* borrowed; NULL: none */
	bool per_thread;
	struct stacks stacks;
	uint64_t stacks_received;
	VEC(struct hp_sample) waiting;
	uint32_t binary_of[HP_SPACE_LAST + 1]; /* the id on the wire -> index in binaries */
	struct sink *sinks[HP_KINDS];
};

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

struct decode *decode_new(struct binaries *binaries, struct symbolizer *symbolizer, uint32_t kinds,
			  bool per_thread)
{
	struct decode *decode = mem_zalloc(sizeof(*decode));

	decode->binaries = binaries;
	decode->symbolizer = symbolizer;
	decode->per_thread = per_thread;
	for (uint32_t i = 0; i <= HP_SPACE_LAST; i++)
		decode->binary_of[i] = BINARY_NONE;
	for (uint32_t kind = 0; kind < HP_KINDS; kind++) {
		struct sink *sink;

		if (!(kinds & 1u << kind))
			continue;
		sink = decode->sinks[kind] = mem_zalloc(sizeof(*sink));
		sink->profile = sink->spaces.profile = profile_new();
		add_types(sink->profile, kind);
	}
	return decode;
}

void decode_set_feeder(struct decode *decode, struct feeder *feeder)
{
	decode->feeder = feeder;
}

static void sink_free(struct sink *sink)
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

void decode_free(struct decode *decode)
{
	if (!decode)
		return;
	for (uint32_t kind = 0; kind < HP_KINDS; kind++)
		sink_free(decode->sinks[kind]);
	stacks_done(&decode->stacks);
	vec_done(&decode->waiting);
	free(decode);
}

static bool same_stack(const void *owner, uint32_t index, const void *key)
{
	const struct sink *sink = owner;

	return !memcmp(&sink->stack_keys.at[index], key, sizeof(struct stack_key));
}

static bool same_labels(const void *owner, uint32_t index, const void *key)
{
	const struct sink *sink = owner;

	return !memcmp(&sink->label_keys.at[index], key, sizeof(struct labels_key));
}

/* The locations of one of a sample's two stacks; none for id 0 or a stack that never came. */
static uint32_t stack_locations(struct decode *decode, struct sink *sink, uint64_t id, uint32_t *to)
{
	uint32_t index = id ? stacks_find(&decode->stacks, id) : HASH_NONE;

	if (index == HASH_NONE)
		return 0;
	return spaces_locations(&sink->spaces, &decode->stacks, &decode->stacks.list.at[index], to);
}

/* The kernel's frames are the leaf's side of the user's. */
static uint32_t sample_stack(struct decode *decode, struct sink *sink, const struct hp_sample *s)
{
	struct stack_key key = {.kernel = s->kernel_stack, .user = s->user_stack};
	uint64_t hash = hash_bytes(&key, sizeof(key), 0);
	uint32_t found = hash_index_find(&sink->by_stack, hash, same_stack, sink, &key);
	uint32_t locations[2 * HP_MAX_FRAMES], n;

	if (found != HASH_NONE)
		return sink->stack_ids.at[found];
	n = stack_locations(decode, sink, key.kernel, locations);
	n += stack_locations(decode, sink, key.user, locations + n);
	if (!n) /* readers of pprof files drop samples without a location */
		locations[n++] = spaces_unknown(&sink->spaces);
	hash_index_add(&sink->by_stack, hash, (uint32_t)sink->stack_ids.n);
	vec_push(&sink->stack_keys, key);
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

static uint32_t sample_labels(struct decode *decode, struct sink *sink, const struct hp_sample *s)
{
	struct labels_key key = {.start = s->start, .tgid = s->tgid};
	struct profile_label labels[4];
	struct profile *p = sink->profile;
	uint32_t found, n = 0;
	uint64_t hash;

	memcpy(key.comm, s->comm, sizeof(key.comm));
	if (decode->per_thread) {
		key.tid = s->tid;
		memcpy(key.thread, s->thread, sizeof(key.thread));
	}
	hash = hash_bytes(&key, sizeof(key), 0);
	found = hash_index_find(&sink->by_labels, hash, same_labels, sink, &key);
	if (found != HASH_NONE)
		return sink->label_ids.at[found];
	labels[n++] = number_label(p, "pid", s->tgid);
	labels[n++] = text_label(p, "comm", s->comm);
	if (decode->per_thread) {
		labels[n++] = number_label(p, "tid", s->tid);
		labels[n++] = text_label(p, "thread", s->thread);
	}
	hash_index_add(&sink->by_labels, hash, (uint32_t)sink->label_ids.n);
	vec_push(&sink->label_keys, key);
	vec_push(&sink->label_ids, profile_add_labels(p, labels, n));
	return sink->label_ids.at[sink->label_ids.n - 1];
}

static bool stack_known(const struct decode *decode, uint64_t id)
{
	return !id || stacks_find(&decode->stacks, id) != HASH_NONE;
}

static void take_sample(struct decode *decode, const struct hp_sample *sample)
{
	struct sink *sink = decode->sinks[sample->kind];
	int64_t values[PROFILE_MAX_VALUES] = {1, (int64_t)sample->value};

	profile_add_sample(sink->profile, sample_stack(decode, sink, sample),
			   sample_labels(decode, sink, sample), values);
	if (!sink->counts.samples++)
		sink->counts.first_ns = clock_mono_ns();
}

static void take_waiting(struct decode *decode, bool all)
{
	size_t kept = 0;

	for (size_t i = 0; i < decode->waiting.n; i++) {
		const struct hp_sample *sample = &decode->waiting.at[i];
		bool user = stack_known(decode, sample->user_stack);
		bool kernel = stack_known(decode, sample->kernel_stack);

		if (!all && !(user && kernel)) {
			decode->waiting.at[kept++] = *sample;
			continue;
		}
		decode->sinks[sample->kind]->counts.missing_stacks += !user + !kernel;
		take_sample(decode, sample);
	}
	decode->waiting.n = kept;
}

static void on_sample(struct decode *decode, const struct hp_sample *sample)
{
	if (sample->kind >= HP_KINDS || !decode->sinks[sample->kind])
		return;
	if (stack_known(decode, sample->user_stack) && stack_known(decode, sample->kernel_stack))
		take_sample(decode, sample);
	else
		vec_push(&decode->waiting, *sample);
	if (decode->waiting.n >= WAITING_MAX)
		take_waiting(decode, true);
}

static void on_stack(struct decode *decode, const struct hp_stack *stack, size_t size)
{
	if (stack->n > HP_MAX_FRAMES || stack->status >= HP_STACK_STATUSES ||
	    size < offsetof(struct hp_stack, frames) + stack->n * sizeof(stack->frames[0]))
		return;
	decode->stacks_received++;
	if (stack->start) /* with frames in anonymous memory */
		symbolizer_see_process(decode->symbolizer, (pid_t)stack->tgid, stack->start);
	if (!stacks_add(&decode->stacks, stack) && decode->waiting.n)
		take_waiting(decode, false);
}

/* The names stand leaf first, each with its NUL: "ls", "bin", "usr" is /usr/bin/ls. */
static void binary_path(const struct hp_binary *wire, size_t len, struct buf *path)
{
	size_t end = len;

	while (end) {
		size_t start = --end; /* on the NUL */

		while (start && wire->path[start - 1])
			start--;
		buf_putc(path, '/');
		buf_add(path, wire->path + start, end - start);
		end = start;
	}
}

static void feed(struct decode *decode, const struct hp_binary *wire, uint32_t binary)
{
	int fd = binaries_at(decode->binaries, binary)->fd;

	if (decode->feeder && fd >= 0)
		feeder_add(decode->feeder, &(struct feeder_job){.fd = fd,
								.space = wire->id,
								.key = &wire->key,
								.key_size = sizeof(wire->key)});
}

static void on_binary(struct decode *decode, const struct hp_binary *wire, size_t size)
{
	struct buf path = {0};
	uint32_t binary;
	size_t len;

	if (size < offsetof(struct hp_binary, path) || wire->id < HP_SPACE_FIRST ||
	    wire->id > HP_SPACE_LAST)
		return;
	len = size - offsetof(struct hp_binary, path);
	if (len > wire->path_len)
		len = wire->path_len;
	if (len && !wire->path[len - 1])
		binary_path(wire, len, &path);
	binary = binaries_add(decode->binaries, &(struct binary_seen){
							.dev_major = wire->key.dev >> 20,
							.dev_minor = wire->key.dev & 0xfffff,
							.inode = wire->key.inode,
							.tgid = (pid_t)wire->tgid,
							.vm_start = wire->vm_start,
							.vm_end = wire->vm_end,
							.path = buf_str(&path),
						});
	buf_done(&path);
	decode->binary_of[wire->id] = binary;
	feed(decode, wire, binary);
}

void decode_record(struct decode *decode, const void *record, size_t size)
{
	const uint16_t *type = record;

	if (size < sizeof(*type))
		return;
	if (*type == HP_EVENT_SAMPLE && size >= sizeof(struct hp_sample))
		on_sample(decode, record);
	else if (*type == HP_EVENT_STACK && size >= offsetof(struct hp_stack, frames))
		on_stack(decode, record, size);
	else if (*type == HP_EVENT_BINARY)
		on_binary(decode, record, size);
}

void decode_finish(struct decode *decode)
{
	take_waiting(decode, true);
}

int decode_symbolize(struct decode *decode)
{
	for (uint32_t kind = 0; kind < HP_KINDS; kind++) {
		struct sink *sink = decode->sinks[kind];
		int err;

		if (!sink)
			continue;
		spaces_resolve(&sink->spaces, decode->binary_of, HP_SPACE_LAST + 1);
		err = symbolizer_run(decode->symbolizer, sink->profile, sink->spaces.origins.at,
				     sink->spaces.origins.n);
		if (err)
			return err;
	}
	return 0;
}

struct profile *decode_take_profile(struct decode *decode, uint32_t kind)
{
	struct profile *p = decode->sinks[kind] ? decode->sinks[kind]->profile : NULL;

	if (p)
		decode->sinks[kind]->profile = NULL;
	return p;
}

const struct decode_counts *decode_counts(const struct decode *decode, uint32_t kind)
{
	return &decode->sinks[kind]->counts;
}

uint64_t decode_stacks_received(const struct decode *decode)
{
	return decode->stacks_received;
}
