// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_list.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/list_build.h"
#include "model/profile.h"
#include "model/rank.h"
#include "out/label.h"
#include "out/out.h"
#include "util/log.h"
#include "util/nearest.h"

#define MAX_SUGGESTED 3 /* functions named when none is like the pattern */

static void say_pattern_wrong(const char *why)
{
	log_error("cannot use the pattern of --list: %s: write a POSIX extended regular expression",
		  why);
}

int report_list_check(const char *pattern)
{
	char text[128];
	regex_t re;
	int err = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
	char *why;

	if (!err) {
		regfree(&re);
		return 0;
	}
	regerror(err, &re, text, sizeof(text));
	why = mem_printf("'%s': %s", pattern, text);
	say_pattern_wrong(why);
	free(why);
	return -EINVAL;
}

/* "turn" of "app::turn<int>(unsigned)": what people type. */
static void try_short(struct nearest *n, struct intern *words, const char *name)
{
	size_t end = strcspn(name, "(<"), start = end;

	while (start && name[start - 1] != ':' && name[start - 1] != ' ' && name[start - 1] != '.')
		start--;
	if (end > start)
		nearest_try(n, intern_str(words, intern_addn(words, name + start, end - start)));
}

static void say_no_match(const struct report_list *list, const struct profile *p,
			 const struct out_options *show)
{
	struct rank *rank = rank_new(p, RANK_FUNCTION, show->value);
	struct intern words = {0};
	const struct rank_row *row;
	struct buf hint = {0};
	struct nearest n;

	nearest_init(&n, list->pattern);
	vec_each(row, &rank->rows) {
		if (!row->named)
			continue;
		nearest_try(&n, row->label);
		try_short(&n, &words, row->label);
	}
	if (n.best) {
		buf_puts(&hint, ": did you mean '");
		label_fit(&hint, n.best, 0);
		buf_putc(&hint, '\'');
	}
	for (size_t i = 0; !n.best && i < rank->rows.n && i < MAX_SUGGESTED; i++) {
		buf_puts(&hint, i ? ", '" : ": the largest are '");
		label_fit(&hint, rank->rows.at[i].label, 60);
		buf_putc(&hint, '\'');
	}
	log_error("no function of %s matches '%s'%s", list->path, list->pattern, buf_str(&hint));
	buf_done(&hint);
	intern_done(&words);
	rank_free(rank);
}

static void add_part(struct list_builder *b, const struct listing_function *f)
{
	struct list_part part = {.self = f->self, .cumulative = f->cumulative, .kernel = f->kernel};
	char *unnamed = mem_printf("%s, code without names", f->module);
	struct intern *texts = &b->list->texts;
	struct buf why = {0};

	part.name = intern_add(texts, *f->name ? f->name : unnamed);
	part.module = intern_add(texts, f->module);
	part.file = intern_add(texts, f->file);
	if (list_source_add(b, f, &part, &why))
		list_code_add(b, f, &part, buf_str(&why));
	vec_push(&b->list->parts, part);
	buf_done(&why);
	free(unnamed);
}

int report_list_write(struct report_list *list, const struct profile *p,
		      const struct out_options *show, FILE *to)
{
	struct list out = {.p = p, .pattern = list->pattern, .value = show->value};
	struct list_builder b = {.p = p,
				 .source_path = list->source_path,
				 .list = &out,
				 .code_mapping = PROFILE_NONE};
	struct listing *listing;
	struct buf why = {0};
	int err = listing_new(p, list->pattern, show->value, &listing, &why);

	if (err) {
		say_pattern_wrong(buf_str(&why));
		buf_done(&why);
		return err;
	}
	listing_sort(listing, show->cumulative);
	b.listing = listing;
	out.total = listing->total;
	out.found = listing->functions.n;
	for (size_t i = 0; i < out.found && (!show->rows || i < show->rows); i++)
		add_part(&b, &listing->functions.at[i]);
	list->found += out.found;
	if (!out.found)
		say_no_match(list, p, show);
	else
		err = list->json ? list_json_write(&out, to) : list_text_write(&out, show, to);
	list_builder_done(&b);
	list_done(&out);
	listing_free(listing);
	return err;
}
