/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_OPT_H
#define HOSTPROF_UTIL_OPT_H
/*
 * A table of typed options: one row gives the parsing, the range check, the --help text, the man
 * page entry and the shell completion. Rows write into the command's own options struct at
 * `offset`; what is not given keeps the value the command put there. argp does the parsing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "util/buf.h"
#include "util/vec.h"

enum opt_type {
	OPT_END = 0, /* the row that ends a table */
	OPT_FLAG,    /* bool */
	OPT_COUNT,   /* unsigned: +1 each time it is given */
	OPT_UINT,    /* uint64_t in [min, max] */
	OPT_SECONDS, /* uint64_t nanoseconds in [min, max], given as decimal seconds ("0.5") */
	OPT_STRING,  /* const char *, pointing into argv; must not be empty */
	OPT_NAMES,   /* struct opt_names: comma list; may be repeated */
	OPT_NUMBERS, /* struct opt_numbers: comma list, each in [min, max]; may be repeated */
	OPT_CHOICE,  /* unsigned: index of the word in `choices` (words split by '|') */
};

struct opt_names {
	VEC(char *) list;
};

struct opt_numbers {
	VEC(uint64_t) list;
};

struct opt {
	enum opt_type type;
	const char *name;    /* long name, without dashes */
	char key;	     /* short option, or 0 */
	const char *arg;     /* what the argument is called in help: "SECONDS"; NULL for flags */
	const char *help;    /* one sentence, lower case, no full stop */
	size_t offset;	     /* in the options struct */
	uint64_t min, max;   /* inclusive; a max of 0 means none */
	const char *choices; /* OPT_CHOICE: "text|tree|json"; OPT_NAMES: the words allowed, or NULL.
			      * The help texts add them to `help`. */
};

struct opt_command {
	const char *name;	/* "record"; argp shows "hostprof record" */
	const char *summary;	/* one line, for the list of commands */
	const char *args;	/* "[-- COMMAND [ARG...]]", or "" */
	const char *about;	/* paragraphs for --help and the man page */
	const struct opt *opts; /* ends with OPT_END */
	bool stop_at_args;	/* the first word that is no option ends them (a command follows) */
};

/*
 * Parses argv (argv[0] is the command's name) into *values. What is left, in order, is put in
 * *ret_args (an array inside argv) and *ret_n_args. 0, or -EINVAL when the usage was wrong, which
 * has then been said on stderr in one line with what to do. --help and --usage print and exit 0.
 */
int opt_parse(const struct opt_command *command, void *values, int argc, char **argv,
	      char ***ret_args, int *ret_n_args);
void opt_values_done(const struct opt_command *command, void *values); /* frees the lists */

/* roff text of one command's section of the man page; bash completion words of one command. */
void opt_man(const struct opt_command *command, struct buf *out);
void opt_completion(const struct opt_command *command, struct buf *out);

#endif
