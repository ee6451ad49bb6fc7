// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/out.h"

#include <string.h>

#include "out/folded.h"
#include "out/json.h"
#include "out/pprof.h"
#include "out/text.h"
#include "out/tree.h"

static int write_pprof(const struct profile *p, const struct out_options *o, FILE *to)
{
	(void)o; /* the file holds every value */
	return pprof_write(p, to);
}

static const struct out_format formats[] = {
	{.name = "text", .write = text_write, .many = true},
	{.name = "tree", .write = tree_write, .many = true},
	{.name = "json", .write = json_write},
	{.name = "folded", .write = folded_write, .default_value = folded_default_value},
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
