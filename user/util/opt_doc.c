// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/opt_row.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/mem.h"
#include "util/roff.h"

const char *opt_row_arg(const struct opt *row)
{
	if (row->type == OPT_FLAG || row->type == OPT_COUNT)
		return NULL;
	if (row->arg)
		return row->arg;
	switch (row->type) {
	case OPT_UINT: return "NUMBER";
	case OPT_SECONDS: return "SECONDS";
	case OPT_NAMES:
	case OPT_NUMBERS: return "LIST";
	case OPT_CHOICE: return "WORD";
	default: return "TEXT";
	}
}

const char *opt_row_choice(const char *choices, unsigned int i, size_t *ret_n)
{
	const char *word = choices;

	for (; word && i; i--) {
		word = strchr(word, '|');
		word = word ? word + 1 : NULL;
	}
	if (word)
		*ret_n = strcspn(word, "|");
	return word;
}

void opt_row_choices(const char *choices, const char *between, struct buf *out)
{
	const char *word;
	unsigned int i;
	size_t n;

	for (i = 0; (word = opt_row_choice(choices, i, &n)); i++) {
		buf_puts(out, i ? between : "");
		buf_add(out, word, n);
	}
}

uint64_t opt_row_max(const struct opt *row)
{
	return row->max ? row->max : UINT64_MAX;
}

void opt_row_number(const struct opt *row, uint64_t value, struct buf *out)
{
	uint64_t fraction = value % NSEC_PER_SEC;

	if (row->type != OPT_SECONDS) {
		buf_printf(out, "%" PRIu64, value);
		return;
	}
	buf_printf(out, "%" PRIu64, value / (uint64_t)NSEC_PER_SEC);
	if (!fraction)
		return;
	buf_printf(out, ".%09" PRIu64, fraction);
	while (out->data[out->len - 1] == '0')
		out->data[--out->len] = '\0';
}

void opt_row_range(const struct opt *row, struct buf *out)
{
	if (!row->min && opt_row_max(row) == UINT64_MAX)
		return;
	if (opt_row_max(row) == UINT64_MAX)
		buf_puts(out, "at least ");
	opt_row_number(row, row->min, out);
	if (opt_row_max(row) != UINT64_MAX) {
		buf_puts(out, " to ");
		opt_row_number(row, row->max, out);
	}
}

/* The row's sentence; the words of a choice are added, so that tables need not repeat them. */
static char *row_help(const struct opt *row)
{
	struct buf help = {0};

	buf_puts(&help, row->help);
	if (row->choices) {
		buf_puts(&help, ": ");
		opt_row_choices(row->choices, ", ", &help);
	}
	return help.data;
}

int opt_row_key(const struct opt_command *command, const struct opt *row)
{
	return row->key ? row->key : OPT_KEY_ROW + (int)(row - command->opts);
}

struct argp_option *opt_rows_new(const struct opt_command *command)
{
	const struct opt *row;
	struct argp_option *rows, *to;
	int n = 0;

	while (command->opts[n].type != OPT_END)
		n++;
	to = rows = mem_array((size_t)n + 3, sizeof(*rows));
	for (row = command->opts; row->type != OPT_END; row++, to++) {
		to->name = row->name;
		to->key = opt_row_key(command, row);
		to->arg = opt_row_arg(row);
		to->doc = row_help(row);
		to->group = (int)(row - command->opts) + 1; /* keeps the order of the table */
	}
	*to++ = (struct argp_option){
		.name = "help",
		.key = OPT_KEY_HELP,
		.doc = mem_strdup("print this and exit"),
		.group = n + 1,
	};
	*to++ = (struct argp_option){
		.name = "usage",
		.key = OPT_KEY_USAGE,
		.doc = mem_strdup("print the usage alone and exit"),
		.group = n + 2,
	};
	return rows;
}

void opt_rows_free(struct argp_option *rows)
{
	struct argp_option *row;

	for (row = rows; row && row->name; row++)
		free((char *)row->doc);
	free(rows);
}

int opt_help(const struct opt_command *command, bool short_usage)
{
	struct argp_option *rows = opt_rows_new(command);
	char *name = mem_printf("hostprof %s", command->name);
	/* argp shows what is before \v above the options, the rest below them. */
	char *doc = mem_printf("%s\v%s", command->summary, command->about ? command->about : "");
	const struct argp argp = {.options = rows,
				  .args_doc =
					  command->args && *command->args ? command->args : NULL,
				  .doc = doc};

	/* No note that arguments of long options hold for the short ones: argp's filter for such
	 * notes is not asked outside of argp_parse(). */
	setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
	argp_help(&argp, stdout, short_usage ? ARGP_HELP_USAGE : ARGP_HELP_STD_HELP, name);
	opt_rows_free(rows);
	free(doc);
	free(name);
	return fflush(stdout) || ferror(stdout) ? -EIO : 0;
}

static void man_row(const struct opt *row, struct buf *out)
{
	const char *arg = opt_row_arg(row);
	struct buf help = {0};
	char *text = row_help(row);

	buf_puts(&help, text);
	free(text);
	if (row->type == OPT_UINT || row->type == OPT_SECONDS || row->type == OPT_NUMBERS) {
		size_t before = help.len;

		buf_puts(&help, "; ");
		opt_row_range(row, &help);
		if (help.len == before + 2)
			help.data[help.len = before] = '\0';
	}
	buf_puts(out, ".TP\n");
	if (row->key)
		buf_printf(out, "\\fB\\-%c\\fR, ", row->key);
	buf_puts(out, "\\fB\\-\\-");
	roff_text(out, row->name);
	buf_puts(out, "\\fR");
	if (arg) {
		buf_puts(out, "=\\fI");
		roff_text(out, arg);
		buf_puts(out, "\\fR");
	}
	buf_putc(out, '\n');
	roff_line(out, help.data);
	buf_done(&help);
}

void opt_man(const struct opt_command *command, struct buf *out)
{
	const struct opt *row;

	buf_puts(out, ".SS \"hostprof ");
	roff_text(out, command->name);
	buf_puts(out, " [\\fIOPTION\\fB...]");
	if (command->args && *command->args) {
		buf_putc(out, ' ');
		roff_text(out, command->args);
	}
	buf_puts(out, "\"\n");
	roff_line(out, command->summary);
	roff_paragraphs(out, command->about ? command->about : "");
	for (row = command->opts; row->type != OPT_END; row++)
		man_row(row, out);
	buf_puts(out, ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nprint the options and exit\n");
	buf_puts(out, ".TP\n\\fB\\-\\-usage\\fR\nprint the usage alone and exit\n");
}

/* "-F|--frequency": the pattern that matches the row's option in a case of the shell. */
static void completion_pattern(const struct opt *row, struct buf *out)
{
	buf_putc(out, '\t');
	if (row->key)
		buf_printf(out, "-%c|", row->key);
	buf_printf(out, "--%s) ", row->name);
}

static void completion_row(const struct opt *row, struct buf *out)
{
	const char *arg = opt_row_arg(row);

	if (!arg)
		return;
	completion_pattern(row, out);
	if (row->choices) {
		buf_puts(out, row->type == OPT_NAMES ? "_hostprof_list \"" : "_hostprof_words \"");
		opt_row_choices(row->choices, " ", out);
		buf_puts(out, "\"; ");
	} else if (!strcmp(arg, "DIR") || !strcmp(arg, "FILE") || !strcmp(arg, "PATH")) {
		buf_printf(out, "_hostprof_%s; ", strcmp(arg, "DIR") ? "files" : "dirs");
	} else if (row->type == OPT_NUMBERS && !strcmp(row->name, "pid")) {
		buf_puts(out, "_hostprof_pids; ");
	}
	buf_puts(out, "return ;;\n");
}

void opt_completion(const struct opt_command *command, struct buf *out)
{
	const char *args = command->args ? command->args : "";
	const struct opt *row;

	buf_printf(out, "_hostprof_%s()\n{\n\tcase $prev in\n", command->name);
	for (row = command->opts; row->type != OPT_END; row++)
		completion_row(row, out);
	buf_puts(out, "\tesac\n\tcase $cur in\n\t-*) _hostprof_words \"");
	for (row = command->opts; row->type != OPT_END; row++) {
		if (row->key)
			buf_printf(out, "-%c ", row->key);
		buf_printf(out, "--%s ", row->name);
	}
	buf_puts(out, "-h --help --usage\" ;;\n");
	if (strstr(args, "COMMAND"))
		buf_puts(out, "\t*) _hostprof_commands ;;\n");
	else if (strstr(args, "FILE") || strstr(args, "DIR"))
		buf_puts(out, "\t*) _hostprof_files ;;\n");
	buf_puts(out, "\tesac\n}\n");
}
