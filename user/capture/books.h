/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_BOOKS_H
#define HOSTPROF_CAPTURE_BOOKS_H
/* From the accounts of threads on the wire to the ledger. */
#include "hostprof/ledger.h"

struct books;
struct ledger;
struct place;

struct books *books_new(void);
void books_free(struct books *books);
void books_add(struct books *books, const struct hp_ledger *wire, const struct place *place);

/* The ledger, now the caller's. */
struct ledger *books_take(struct books *books);

#endif
