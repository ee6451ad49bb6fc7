// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/frame.h"

#include <inttypes.h>
#include <string.h>

#define KERNEL_PREFIX "[kernel"

static const char *mapping_file(const struct profile *p, uint32_t location)
{
	uint32_t mapping = p->locations.at[location].mapping;

	return mapping == PROFILE_NONE ? "" : profile_str(p, p->mappings.at[mapping].file);
}

const char *frame_module(const struct profile *p, uint32_t location)
{
	const char *file = mapping_file(p, location);
	const char *slash;

	/* "[anon:a/b]" is a name, not a path. */
	slash = *file == '[' ? NULL : strrchr(file, '/');
	if (slash && slash[1])
		return slash + 1;
	return *file ? file : FRAME_UNKNOWN;
}

bool frame_is_kernel(const struct profile *p, uint32_t location)
{
	return !strncmp(mapping_file(p, location), KERNEL_PREFIX, strlen(KERNEL_PREFIX));
}

static const struct profile_function *function_of(const struct profile *p, uint32_t location,
						  uint32_t i)
{
	const struct profile_location *l = &p->locations.at[location];

	return i < l->n_lines ? &p->functions.at[p->lines.at[l->first_line + i].function] : NULL;
}

const char *frame_function(const struct profile *p, uint32_t location, uint32_t i)
{
	const struct profile_function *f = function_of(p, location, i);

	if (!f)
		return "";
	return profile_str(p, f->name ? f->name : f->system_name);
}

void frame_name(const struct profile *p, uint32_t location, uint32_t i, struct buf *out)
{
	const char *name = frame_function(p, location, i);

	if (*name)
		buf_puts(out, name);
	else
		buf_printf(out, "%s+0x%" PRIx64, frame_module(p, location),
			   p->locations.at[location].address);
}

static bool same_frame(const void *owner, uint32_t id, const void *key)
{
	const struct frame_set *set = owner;
	const struct frame *a = &set->at.at[id], *b = key;

	return a->name == b->name && a->module == b->module && a->file == b->file &&
	       a->line == b->line;
}

static uint32_t add_frame(struct frame_set *set, const struct frame *f)
{
	uint64_t hash =
		hash_index_words(&set->index, f->name, f->module, f->file, (uint64_t)f->line);
	uint32_t id = hash_index_find(&set->index, hash, same_frame, set, f);

	if (id == HASH_NONE) {
		vec_push(&set->at, *f);
		id = (uint32_t)set->at.n - 1;
		hash_index_add(&set->index, hash, id);
	}
	return id;
}

static uint32_t number_frame(struct frame_set *set, const struct profile *p, uint32_t location,
			     uint32_t i, enum frame_by by, struct buf *name)
{
	const struct profile_location *l = &p->locations.at[location];
	struct frame f = {.kernel = frame_is_kernel(p, location)};

	f.module = intern_add(&set->text, frame_module(p, location));
	if (by == FRAME_MODULE) {
		f.name = f.module;
		return add_frame(set, &f);
	}
	buf_clear(name);
	frame_name(p, location, i, name);
	f.name = intern_add(&set->text, buf_str(name));
	f.named = *frame_function(p, location, i);
	if (by == FRAME_LINE && f.named) {
		f.file = intern_add(&set->text, profile_str(p, function_of(p, location, i)->file));
		f.line = p->lines.at[l->first_line + i].line;
	}
	return add_frame(set, &f);
}

void frame_set_init(struct frame_set *set, const struct profile *p, enum frame_by by)
{
	uint32_t n_locations = (uint32_t)p->locations.n;
	uint32_t n = 0;
	struct buf name = {0};

	*set = (struct frame_set){0};
	set->first = mem_array(n_locations + 1, sizeof(*set->first));
	for (uint32_t l = 0; l < n_locations; l++) {
		set->first[l] = n;
		n += by == FRAME_MODULE ? 1 : frame_count(p, l);
	}
	set->first[n_locations] = n;
	set->number = mem_array(n, sizeof(*set->number));
	for (uint32_t l = 0; l < n_locations; l++)
		for (uint32_t i = set->first[l]; i < set->first[l + 1]; i++)
			set->number[i] = number_frame(set, p, l, i - set->first[l], by, &name);
	buf_done(&name);
}

void frame_set_done(struct frame_set *set)
{
	intern_done(&set->text);
	vec_done(&set->at);
	hash_index_done(&set->index);
	free(set->first);
	free(set->number);
}
