/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_JSON_TEXT_H
#define HOSTPROF_OUT_JSON_TEXT_H
/* What jansson lacks for our JSON: texts of any bytes, counts beyond its integers, printing. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

json_t *json_text(const char *s);    /* NULL is "" ; bytes that are not UTF-8 are replaced */
json_t *json_count(uint64_t n);	     /* stops at INT64_MAX */
int json_print(json_t *j, FILE *to); /* indented, with a newline at the end; 0 or -EIO */

#endif
