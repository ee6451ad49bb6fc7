// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/opt.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "util/mem.h"
#include "util/nearest.h"
#include "util/opt_row.h"

struct parse {
	const struct opt_command *command;
	char *values;
	bool said; /* the mistake has been printed */
	bool help, usage;
	int next;    /* of argp's state, after the last option that was taken */
	char **args; /* what is left */
	int n_args;
};

static int complain(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int complain(struct parse *p, const char *fmt, ...)
{
	struct buf line = {0};
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	buf_printf(&line, "hostprof %s: %s (see hostprof %s --help)\n", p->command->name,
		   text ? text : "wrong usage", p->command->name);
	for (size_t i = 0; i + 1 < line.len; i++) /* words from outside must not break the line */
		if (iscntrl((unsigned char)line.data[i]))
			line.data[i] = '?';
	fputs(buf_str(&line), stderr);
	free(text);
	buf_done(&line);
	p->said = true;
	return -EINVAL;
}

/* The option as its user knows it: "-F", or "--min-wait" where there is no letter. */
static const char *row_flag(const struct opt *row, char *out, size_t size)
{
	if (row->key)
		snprintf(out, size, "-%c", row->key);
	else
		snprintf(out, size, "--%s", row->name);
	return out;
}

#define FLAG_SIZE 64

/* Says that `text` does not suit the row, and what would. */
static int complain_value(struct parse *p, const struct opt *row, const char *text, const char *why,
			  const char *give)
{
	char flag[FLAG_SIZE];

	return complain(p, "%s %s %s: give %s", row_flag(row, flag, sizeof(flag)), text, why, give);
}

/* `over`: it does not even fit the 64 bits of a row without a highest value. */
static int complain_range(struct parse *p, const struct opt *row, const char *text, bool over)
{
	struct buf range = {0};
	int err;

	if (!over || row->max)
		opt_row_range(row, &range);
	err = complain_value(p, row, text, "is out of range",
			     range.len ? range.data : "a smaller number");
	buf_done(&range);
	return err;
}

/* Decimal digits only; a number too big for 64 bits becomes the biggest, which *ret_over says. */
static bool read_digits(const char *text, size_t n, uint64_t *ret_value, bool *ret_over)
{
	uint64_t value = 0;
	bool over = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		over |= __builtin_mul_overflow(value, 10u, &value);
		over |= __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value);
	}
	if (!n)
		return false;
	*ret_value = over ? UINT64_MAX : value;
	*ret_over = over;
	return true;
}

static int take_number(struct parse *p, const struct opt *row, const char *text, size_t n,
		       uint64_t *ret_value)
{
	char word[FLAG_SIZE];
	uint64_t value;
	bool over;

	snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : sizeof(word)), text);
	if (!read_digits(text, n, &value, &over)) {
		/* A negative number is a number, only too small. */
		if (text[0] == '-' && read_digits(text + 1, n - 1, &value, &over))
			return complain_range(p, row, word, false);
		return complain_value(p, row, word, "is not a number", "a whole number like 10");
	}
	if (over || value < row->min || value > opt_row_max(row))
		return complain_range(p, row, word, over);
	*ret_value = value;
	return 0;
}

/* Decimal seconds to nanoseconds, by hand: strtod() would take inf, nan, 0x1 and 1e3 as well. */
static int take_seconds(struct parse *p, const struct opt *row, const char *text,
			uint64_t *ret_value)
{
	size_t whole = strcspn(text, "."), fraction, i;
	const char *rest = text[whole] ? text + whole + 1 : "";
	uint64_t ns = 0, value = 0, unit = NSEC_PER_SEC;
	bool over = false, bad;

	if (text[0] == '-' && (isdigit((unsigned char)text[1]) || text[1] == '.'))
		return complain_range(p, row, text, false);
	fraction = strlen(rest);
	bad = whole ? !read_digits(text, whole, &value, &over) : !fraction;
	for (i = 0; i < fraction && !bad; i++) {
		bad = !isdigit((unsigned char)rest[i]);
		unit /= 10; /* digits below a nanosecond count for nothing */
		ns += (uint64_t)(rest[i] - '0') * unit;
	}
	if (bad)
		return complain_value(p, row, text, "is not a number of seconds",
				      "a number like 10 or 0.5");
	over |= __builtin_mul_overflow(value, NSEC_PER_SEC, &value);
	over |= __builtin_add_overflow(value, ns, &value);
	if (over || value < row->min || value > opt_row_max(row))
		return complain_range(p, row, text, over);
	*ret_value = value;
	return 0;
}

static int take_choice(struct parse *p, const struct opt *row, const char *text, size_t n,
		       unsigned int *ret_index)
{
	struct buf all = {0};
	const char *word;
	unsigned int i;
	char *bad;
	size_t len;

	for (i = 0; (word = opt_row_choice(row->choices, i, &len)); i++) {
		if (len == n && !memcmp(word, text, n)) {
			*ret_index = i;
			return 0;
		}
	}
	bad = mem_printf("%.*s", (int)n, text);
	buf_puts(&all, "one of ");
	opt_row_choices(row->choices, ", ", &all);
	complain_value(p, row, bad, "is not known", all.data);
	buf_done(&all);
	free(bad);
	return -EINVAL;
}

/* A comma list of names or numbers, behind what earlier uses of the option gave. */
static int take_list(struct parse *p, const struct opt *row, const char *text, void *at)
{
	const char *item = text, *end;
	char flag[FLAG_SIZE];
	unsigned int index;
	uint64_t value;
	size_t n;
	int err;

	do {
		end = strchrnul(item, ',');
		n = (size_t)(end - item);
		if (!n)
			return complain(p, "%s %s has an empty item: give a list like %s",
					row_flag(row, flag, sizeof(flag)), text,
					row->type == OPT_NUMBERS ? "1,2,3" : "a,b,c");
		if (row->type == OPT_NUMBERS) {
			struct opt_numbers *numbers = at;

			err = take_number(p, row, item, n, &value);
			if (err)
				return err;
			vec_push(&numbers->list, value);
		} else {
			struct opt_names *names = at;

			err = row->choices ? take_choice(p, row, item, n, &index) : 0;
			if (err)
				return err;
			vec_push(&names->list, mem_printf("%.*s", (int)n, item));
		}
		item = end + 1;
	} while (*end);
	return 0;
}

static int take_value(struct parse *p, const struct opt *row, const char *text)
{
	void *at = p->values + row->offset;
	char flag[FLAG_SIZE];

	if (text && !*text)
		return complain(p, "%s has an empty argument: give %s",
				row_flag(row, flag, sizeof(flag)), opt_row_arg(row));
	switch (row->type) {
	case OPT_FLAG: *(bool *)at = true; return 0;
	case OPT_COUNT: ++*(unsigned int *)at; return 0;
	case OPT_UINT: return take_number(p, row, text, strlen(text), at);
	case OPT_SECONDS: return take_seconds(p, row, text, at);
	case OPT_STRING: *(const char **)at = text; return 0;
	case OPT_NAMES:
	case OPT_NUMBERS: return take_list(p, row, text, at);
	case OPT_CHOICE: return take_choice(p, row, text, strlen(text), at);
	case OPT_END: break;
	}
	return -EINVAL;
}

/* What is wrong with a long option (without its dashes) that getopt refused. */
static int diagnose_long(struct parse *p, const char *word)
{
	size_t n = strcspn(word, "=");
	const struct opt *row, *found = NULL;
	struct nearest near;
	char *name;

	name = mem_printf("%.*s", (int)n, word);
	nearest_init(&near, name);
	for (row = p->command->opts; row->type != OPT_END; row++) {
		nearest_try(&near, row->name);
		if (strncmp(row->name, name, n))
			continue;
		if (found && strlen(found->name) != n) {
			complain(p, "--%s could be --%s or --%s: give more of it", name,
				 found->name, row->name);
			goto out;
		}
		if (!found || strlen(row->name) == n)
			found = row;
	}
	if (found && opt_row_arg(found))
		complain(p, "--%s needs an argument: give --%s=%s", found->name, found->name,
			 opt_row_arg(found));
	else if (found || !strcmp(name, "help") || !strcmp(name, "usage"))
		complain(p, "--%s takes no argument: give it alone", found ? found->name : name);
	else if (near.best)
		complain(p, "unknown option --%s: did you mean --%s?", name, near.best);
	else
		complain(p, "unknown option --%s", name);
out:
	free(name);
	return -EINVAL;
}

/* The same for a word of short options, "-qF". */
static int diagnose_short(struct parse *p, const char *word)
{
	const struct opt *row;
	const char *letter;

	for (letter = word + 1; *letter; letter++) {
		for (row = p->command->opts; row->type != OPT_END; row++)
			if (row->key == *letter)
				break;
		if (row->type == OPT_END && *letter != OPT_KEY_HELP)
			return complain(p, "unknown option -%c in '%s'", *letter, word);
		if (row->type != OPT_END && opt_row_arg(row))
			return complain(p, "-%c needs an argument: give -%c %s", *letter, *letter,
					opt_row_arg(row));
	}
	return complain(p, "'%s' is not understood", word);
}

/*
 * getopt refused a word, and argp does not hand on which: it is the one before `next` when that
 * word was used up, else (in the middle of a cluster of letters) the one at `next`.
 */
static int diagnose(struct parse *p, const struct argp_state *state)
{
	const char *word = state->argv[state->next - 1];

	if (state->next <= p->next || word[0] != '-' || !word[1])
		word = state->next < state->argc ? state->argv[state->next] : word;
	return strncmp(word, "--", 2) ? diagnose_short(p, word) : diagnose_long(p, word + 2);
}

static error_t parse_key(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	const struct opt *row;

	switch (key) {
	case OPT_KEY_HELP: p->help = true; break;
	case OPT_KEY_USAGE: p->usage = true; break;
	case ARGP_KEY_ARGS:
		p->args = state->argv + state->next;
		p->n_args = state->argc - state->next;
		return 0;
	case ARGP_KEY_ERROR:
		if (!p->said)
			diagnose(p, state);
		return 0;
	default:
		for (row = p->command->opts; row->type != OPT_END; row++)
			if (key == opt_row_key(p->command, row))
				break;
		if (row->type == OPT_END)
			return ARGP_ERR_UNKNOWN;
		if (take_value(p, row, arg))
			return EINVAL;
	}
	p->next = state->next;
	/* What follows --help may be wrong: help is what its user wants all the same. */
	if (p->help || p->usage)
		state->next = state->argc;
	return 0;
}

/* Does not return: whoever asked for help wants nothing else. */
static void finish_help(const struct parse *p)
{
	int err = opt_help(p->command, p->usage);

	if (err)
		fprintf(stderr, "hostprof %s: cannot print the help: %s\n", p->command->name,
			strerror(-err));
	exit(err ? 1 : 0);
}

int opt_parse(const struct opt_command *command, void *values, int argc, char **argv,
	      char ***ret_args, int *ret_n_args)
{
	/* Errors are ours, in one line; so is help, which argp would tie to its own -?. */
	unsigned int flags = ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP;
	struct argp_option *rows = opt_rows_new(command);
	const struct argp argp = {.options = rows, .parser = parse_key};
	struct parse p = {.command = command, .values = values, .args = argv + argc, .next = 1};
	error_t err;

	if (command->stop_at_args)
		flags |= ARGP_IN_ORDER;
	err = argp_parse(&argp, argc, argv, flags, NULL, &p);
	opt_rows_free(rows);
	if (!err && (p.help || p.usage))
		finish_help(&p);
	if (err) {
		if (!p.said)
			complain(&p, "cannot read the options: %s", strerror(err));
		return -EINVAL;
	}
	*ret_args = p.args;
	*ret_n_args = p.n_args;
	return 0;
}

void opt_values_done(const struct opt_command *command, void *values)
{
	const struct opt *row;
	char **name;

	for (row = command->opts; row->type != OPT_END; row++) {
		void *at = (char *)values + row->offset;

		if (row->type == OPT_NUMBERS) {
			vec_done(&((struct opt_numbers *)at)->list);
		} else if (row->type == OPT_NAMES) {
			struct opt_names *names = at;

			vec_each(name, &names->list)
				free(*name);
			vec_done(&names->list);
		}
	}
}
