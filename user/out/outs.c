// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/out.h"

#include <string.h>

#include "out/folded.h"
#include "out/html.h"
#include "out/json.h"
#include "out/pprof.h"
#include "out/speedscope.h"
#include "out/svg.h"
#include "out/text.h"
#include "out/tree.h"

static int write_pprof(const struct profile *p, const struct out_options *o, FILE *to)
{
	(void)o; /* the file holds every value */
	return pprof_write(p, to);
}

static int write_html_parts(const struct out_part *parts, size_t n, const struct out_options *o,
			    FILE *to)
{
	struct html_input in = {.parts = parts,
				.n_parts = n,
				.ledger = o->ledger,
				.growth = o->growth,
				.leaks = o->leaks,
				.locks = o->locks,
				.filter = o->filter,
				.version = o->version};

	return html_write(&in, to);
}

static int write_html(const struct profile *p, const struct out_options *o, FILE *to)
{
	struct out_part part = {.kind = "", .question = "", .profile = p, .value = o->value};

	return write_html_parts(&part, 1, o, to);
}

static int write_speedscope(const struct profile *p, const struct out_options *o, FILE *to)
{
	struct out_part part = {.kind = "", .question = "", .profile = p, .value = o->value};

	return speedscope_write(&part, 1, o, to);
}

static const struct out_format formats[] = {
	{.name = "text", .write = text_write, .many = true},
	{.name = "tree", .write = tree_write, .many = true},
	{.name = "json", .write = json_write},
	{.name = "folded", .write = folded_write, .default_value = folded_default_value},
	{.name = "html", .write = write_html, .write_parts = write_html_parts},
	{.name = "svg", .write = svg_write},
	{.name = "speedscope", .write = write_speedscope, .write_parts = speedscope_write},
	{.name = "pprof", .write = write_pprof, .binary = true},
};

const struct out_format *outs_at(unsigned int i)
{
	return i < sizeof(formats) / sizeof(formats[0]) ? &formats[i] : NULL;
}

const struct out_format *outs_find(const char *name)
{
	const struct out_format *f;

	for (unsigned int i = 0; (f = outs_at(i)); i++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}
