/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_OPT_ROW_H
#define HOSTPROF_UTIL_OPT_ROW_H
/*
 * What opt.c (parsing) and opt_doc.c (help, man page, completion) both need to know of one row of
 * an option table. Private to the two.
 */
#include <stdbool.h>
#include <stddef.h>
#include "util/buf.h"
#include "util/opt.h"

/* What the argument is called: the row's own word, else one that suits its type; NULL: none. */
const char *opt_row_arg(const struct opt *row);

/* The word numbered `i` of "text|tree|json", not NUL-terminated; NULL past the last. */
const char *opt_row_choice(const char *choices, unsigned int i, size_t *ret_n);
void opt_row_choices(const char *choices, const char *between, struct buf *out);

/* "99", or for OPT_SECONDS the shortest decimal: "0.5". */
void opt_row_number(const struct opt *row, uint64_t value, struct buf *out);
/* "1 to 9999", "at least 1"; nothing when any number will do. */
void opt_row_range(const struct opt *row, struct buf *out);
/* The highest value accepted: a max of 0 means that there is none. */
uint64_t opt_row_max(const struct opt *row);

/* argp's keys: the short letter where there is one, else a number above all letters. */
enum { OPT_KEY_HELP = 'h', OPT_KEY_USAGE = 0x1000, OPT_KEY_ROW = 0x1001 };
int opt_row_key(const struct opt_command *command, const struct opt *row);

/* The table as argp wants it, with --help and --usage behind. */
struct argp_option;
struct argp_option *opt_rows_new(const struct opt_command *command);
void opt_rows_free(struct argp_option *rows);

/* Prints --help to stdout (`short_usage`: the usage lines alone); 0 or -errno of the writing. */
int opt_help(const struct opt_command *command, bool short_usage);

#endif
