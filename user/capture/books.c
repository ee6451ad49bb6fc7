// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/books.h"

#include <stdlib.h>
#include <string.h>

#include "capture/places.h"
#include "capture/reasons.h"
#include "model/ledger.h"
#include "util/mem.h"

struct books {
	struct ledger *ledger;
};

struct books *books_new(void)
{
	struct books *books = mem_zalloc(sizeof(*books));
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);

	books->ledger = ledger_new(reasons, n);
	return books;
}

void books_free(struct books *books)
{
	if (!books)
		return;
	ledger_free(books->ledger);
	free(books);
}

/* A name of fixed size on the wire, which may use all of it. */
static const char *wire_name(const char *name, char *to)
{
	memcpy(to, name, HP_COMM_LEN);
	to[HP_COMM_LEN] = '\0';
	return to;
}

void books_add(struct books *books, const struct hp_ledger *wire, const struct place *place)
{
	char comm[HP_COMM_LEN + 1], thread[HP_COMM_LEN + 1];
	struct ledger_entry entry = {
		.pid = wire->tgid,
		.tid = wire->tid,
		.process_start = wire->start,
		.thread_start = wire->thread_start,
		.heals = wire->heals,
		.comm = wire_name(wire->comm, comm),
		.thread = wire_name(wire->thread, thread),
		.kernel = wire->flags & HP_LEDGER_KERNEL,
		.before = wire->flags & HP_LEDGER_BEFORE,
		.ended = wire->flags & HP_LEDGER_ENDED,
		.container = LEDGER_NONE,
		.times =
			{
				.wall = wire->last - wire->first,
				.on_cpu = wire->on_cpu,
				.runq = wire->runq,
				.residual = wire->residual,
				.switches = wire->switches,
			},
	};

	if (*place->container.name) {
		entry.container = ledger_container(books->ledger, place->id, place->container.name);
		if (entry.container != LEDGER_NONE)
			ledger_identify(books->ledger, entry.container, place->container.id);
	}
	memcpy(entry.times.blocked, wire->blocked, sizeof(wire->blocked));
	memcpy(entry.times.waits, wire->waits, sizeof(wire->waits));
	ledger_add(books->ledger, &entry);
}

struct ledger *books_take(struct books *books)
{
	struct ledger *ledger = books->ledger;

	books->ledger = NULL;
	return ledger;
}
