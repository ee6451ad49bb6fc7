/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_MODEL_H
#define TESTS_UNIT_MODEL_H
/*
 * Small profiles in one line each, for tests. A stack is written leaf first: "leaf;mid;root".
 * A frame is "function", "module!function", "module!+1234" (no name, hexadecimal address), or
 * several of these joined by '<': functions inlined into the one behind. "k!" is the kernel.
 * Labels are "pid=7,comm=nginx": numbers where the value starts with a digit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/profile.h"
#include "util/buf.h"

static inline struct profile *model_new(const char *type1, const char *unit1, const char *type2,
					const char *unit2)
{
	struct profile *p = profile_new();

	assert_int_equal(profile_add_type(p, type1, unit1), 0);
	if (type2)
		assert_int_equal(profile_add_type(p, type2, unit2), 0);
	return p;
}

static inline struct profile *model_cpu(void)
{
	return model_new("samples", "count", "cpu", "nanoseconds");
}

static inline uint32_t model_mapping(struct profile *p, const char *module)
{
	struct profile_mapping m = {.has_functions = true};
	char path[128];

	if (!strcmp(module, "k"))
		snprintf(path, sizeof(path), "[kernel.kallsyms]");
	else
		snprintf(path, sizeof(path), "/usr/bin/%s", module);
	m.file = profile_string(p, path);
	return profile_add_mapping(p, &m);
}

static inline struct profile_line model_line(struct profile *p, const char *name)
{
	struct profile_function f = {.name = profile_string(p, name)};
	char file[128];

	snprintf(file, sizeof(file), "/src/%.100s.c", name);
	f.system_name = f.name;
	f.file = profile_string(p, file);
	return (struct profile_line){profile_add_function(p, &f), (int64_t)strlen(name)};
}

static inline uint32_t model_location(struct profile *p, char *text)
{
	char *bang = strchr(text, '!'), *save = NULL;
	char *names = bang ? bang + 1 : text;
	uint64_t address = hash_bytes(text, strlen(text), 0) & 0xffffff;
	struct profile_line lines[16];
	uint32_t mapping, location, n = 0;

	if (bang)
		*bang = '\0';
	mapping = bang && *text ? model_mapping(p, text) : PROFILE_NONE;
	if (*names == '+')
		return profile_add_location(p, mapping, strtoull(names + 1, NULL, 16));
	location = profile_add_location(p, mapping, address);
	if (p->locations.at[location].n_lines)
		return location;
	for (char *s = strtok_r(names, "<", &save); s && n < 16; s = strtok_r(NULL, "<", &save))
		lines[n++] = model_line(p, s);
	profile_set_lines(p, location, lines, n);
	return location;
}

static inline uint32_t model_stack(struct profile *p, const char *stack)
{
	char *copy = strdup(stack), *save = NULL;
	uint32_t locations[256], n = 0, id;

	for (char *s = strtok_r(copy, ";", &save); s && n < 256; s = strtok_r(NULL, ";", &save))
		locations[n++] = model_location(p, s);
	id = profile_add_stack(p, locations, n);
	free(copy);
	return id;
}

static inline uint32_t model_labels(struct profile *p, const char *labels)
{
	char *copy = strdup(labels), *save = NULL;
	struct profile_label list[16];
	uint32_t n = 0, id;

	for (char *s = strtok_r(copy, ",", &save); s && n < 16; s = strtok_r(NULL, ",", &save)) {
		char *value = strchr(s, '=');

		*value++ = '\0';
		list[n] = (struct profile_label){.key = profile_string(p, s)};
		if (isdigit((unsigned char)*value))
			list[n].num = strtoll(value, NULL, 10);
		else
			list[n].str = profile_string(p, value);
		n++;
	}
	id = profile_add_labels(p, list, n);
	free(copy);
	return id;
}

static inline void model_add(struct profile *p, const char *stack, const char *labels,
			     int64_t value1, int64_t value2)
{
	int64_t values[PROFILE_MAX_VALUES] = {value1, value2};

	profile_add_sample(p, model_stack(p, stack), model_labels(p, labels), values);
}

/* What a writer wrote, NUL-terminated; the caller frees it. */
struct model_output {
	char *text;
	size_t n;
	FILE *stream;
};

static inline void model_output_open(struct model_output *o)
{
	o->stream = open_memstream(&o->text, &o->n);
	assert_non_null(o->stream);
}

static inline char *model_output_close(struct model_output *o)
{
	assert_int_equal(fclose(o->stream), 0);
	return o->text;
}

#endif
