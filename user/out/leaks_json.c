// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/leaks_json.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/leaks.h"
#include "out/json_text.h"
#include "out/label.h"
#include "out/scale.h"
#include "util/clock.h"
#include "util/mem.h"

#define SCHEMA 1
#define INDENT 6 /* columns of a stack's frames */

static json_t *site_json(const struct leak_site *site)
{
	json_t *to = json_object(), *ages = json_object();

	for (int i = 0; i < LEAKS_AGES; i++)
		json_object_set_new(ages, leaks_age_names[i],
				    json_integer((json_int_t)site->ages[i]));
	json_object_set_new(to, "leak", json_boolean(site->leaks));
	json_object_set_new(to, "grows", json_boolean(site->grows));
	json_object_set_new(to, "pid", json_integer(site->pid));
	json_object_set_new(to, "comm", json_text(site->comm));
	json_object_set_new(to, "inuse_objects", json_integer((json_int_t)site->objects_left));
	json_object_set_new(to, "inuse_bytes", json_integer((json_int_t)site->bytes_left));
	json_object_set_new(to, "old_bytes", json_integer((json_int_t)site->old_bytes));
	json_object_set_new(to, "bytes_per_minute", json_integer((json_int_t)site->bytes_a_minute));
	json_object_set_new(to, "samples", json_integer((json_int_t)site->samples_left));
	json_object_set_new(to, "ages", ages);
	json_object_set_new(to, "stack", json_text(site->text ? site->text : ""));
	return to;
}

json_t *leaks_json(const struct leaks *leaks)
{
	json_t *top = json_object(), *sites = json_array();
	const struct leak_site *site;
	size_t n = 0;

	vec_each(site, &leaks->sites)
		if (site->samples_left && n++ < LEAKS_MOST)
			json_array_append_new(sites, site_json(site));
	json_object_set_new(top, "schema", json_integer(SCHEMA));
	json_object_set_new(top, "age_ns", json_integer((json_int_t)leaks->age));
	json_object_set_new(top, "duration_ns",
			    json_integer((json_int_t)(leaks->end - leaks->start)));
	json_object_set_new(top, "at_most", json_boolean(leaks->at_most));
	json_object_set_new(top, "n_stacks", json_integer((json_int_t)n));
	json_object_set_new(top, "stacks", sites);
	return top;
}

int leaks_json_write(const struct leaks *leaks, FILE *to)
{
	json_t *top = leaks_json(leaks);
	int err = json_print(top, to);

	json_decref(top);
	return err;
}

/* --- reading: the file can be anybody's --- */

static int64_t number_of(const json_t *object, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void bytes_print(int64_t bytes, struct buf *out)
{
	struct scale scale = scale_for("bytes", bytes);

	scale_value(&scale, bytes, out);
}

/* Leaf first, a line each. */
static void stack_print(const char *stack, struct buf *out)
{
	size_t end = strlen(stack);

	while (end) {
		struct buf name = {0};
		size_t at = end;

		while (at && stack[at - 1] != ';')
			at--;
		buf_add(&name, stack + at, end - at);
		label_pad(out, INDENT);
		label_clean(out, buf_str(&name));
		buf_putc(out, '\n');
		buf_done(&name);
		end = at ? at - 1 : 0;
	}
}

static void ages_print(const json_t *ages, struct buf *out)
{
	const char *before = "ages: ";

	for (int i = 0; i < LEAKS_AGES; i++) {
		int64_t bytes = number_of(ages, leaks_age_names[i]);

		if (!bytes)
			continue;
		buf_printf(out, "%s%s ", before, leaks_age_names[i]);
		bytes_print(bytes, out);
		before = ", ";
	}
}

static void site_print(const json_t *site, struct buf *out)
{
	const char *comm;

	buf_puts(out, json_is_true(json_object_get(site, "leak"))    ? "LEAK  "
		      : json_is_true(json_object_get(site, "grows")) ? "grows "
								     : "kept  ");
	bytes_print(number_of(site, "inuse_bytes"), out);
	buf_printf(out, " in %" PRId64 " objects, ", number_of(site, "inuse_objects"));
	bytes_print(number_of(site, "old_bytes"), out);
	buf_puts(out, " of it old");
	if (json_is_true(json_object_get(site, "grows"))) {
		buf_puts(out, ", ");
		bytes_print(number_of(site, "bytes_per_minute"), out);
		buf_puts(out, " more a minute");
	}
	buf_puts(out, "  ");
	comm = text_of(site, "comm");
	label_clean(out, *comm ? comm : LABEL_NO_NAME);
	buf_printf(out, " (%" PRId64 ")\n", number_of(site, "pid"));
	label_pad(out, INDENT);
	ages_print(json_object_get(site, "ages"), out);
	buf_putc(out, '\n');
	stack_print(text_of(site, "stack"), out);
}

int leaks_json_print(const char *text, size_t size, size_t rows, FILE *to)
{
	json_t *top = json_loadb(text, size, 0, NULL), *site;
	const json_t *sites = json_object_get(top, "stacks");
	struct buf out = {0};
	size_t i, leaks = 0;

	if (!json_is_array(sites) || number_of(top, "schema") != SCHEMA) {
		json_decref(top);
		return -EBADMSG;
	}
	json_array_foreach(sites, i, site) leaks += json_is_true(json_object_get(site, "leak"));
	buf_printf(&out,
		   "%zu stack%s leak%s; old is what was allocated more than %.1f s before "
		   "the end\n",
		   leaks, leaks == 1 ? "" : "s", leaks == 1 ? "s" : "",
		   (double)number_of(top, "age_ns") / NSEC_PER_SEC);
	if (json_is_true(json_object_get(top, "at_most")))
		buf_puts(&out,
			 "an upper bound: not all frees were seen, so nothing is called a leak\n");
	json_array_foreach(sites, i, site) if (!rows || i < rows) site_print(site, &out);
	fwrite(out.data, 1, out.len, to);
	buf_done(&out);
	json_decref(top);
	return ferror(to) ? (errno ? -errno : -EIO) : 0;
}

static void site_read(struct leaks *leaks, const json_t *from)
{
	struct leak_site site = {
		.pid = (uint32_t)number_of(from, "pid"),
		.text = mem_strdup(text_of(from, "stack")),
		.samples_left = (uint64_t)number_of(from, "samples"),
		.objects_left = (double)number_of(from, "inuse_objects"),
		.bytes_left = (double)number_of(from, "inuse_bytes"),
		.old_bytes = (double)number_of(from, "old_bytes"),
		.bytes_a_minute = (double)number_of(from, "bytes_per_minute"),
		.grows = json_is_true(json_object_get(from, "grows")),
		.leaks = json_is_true(json_object_get(from, "leak")),
	};
	const json_t *ages = json_object_get(from, "ages");
	const char *comm = text_of(from, "comm");

	memcpy(site.comm, comm, strnlen(comm, LEAKS_COMM_LEN));
	for (int i = 0; i < LEAKS_AGES; i++)
		site.ages[i] = (double)number_of(ages, leaks_age_names[i]);
	vec_push(&leaks->sites, site);
}

int leaks_json_read(const char *text, size_t size, struct leaks **ret_leaks)
{
	json_t *top = json_loadb(text, size, 0, NULL), *site;
	const json_t *sites = json_object_get(top, "stacks");
	struct leaks *leaks;
	size_t i;

	if (!json_is_array(sites) || number_of(top, "schema") != SCHEMA) {
		json_decref(top);
		return -EBADMSG;
	}
	leaks = leaks_new(0);
	leaks->age = (uint64_t)number_of(top, "age_ns");
	leaks->end = (uint64_t)number_of(top, "duration_ns");
	leaks->at_most = json_is_true(json_object_get(top, "at_most"));
	json_array_foreach(sites, i, site) if (i < LEAKS_MOST) site_read(leaks, site);
	json_decref(top);
	*ret_leaks = leaks;
	return 0;
}
