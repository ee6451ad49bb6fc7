// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks that are taken in both orders, or in a ring, for people. */
#include <inttypes.h>
#include <string.h>

#include "model/lock_rank.h"
#include "model/locks.h"
#include "out/label.h"
#include "out/locks_text.h"
#include "out/out.h"
#include "out/style.h"

#define INDENT	     2
#define FRAME_COLUMN 6
#define MOST_FRAMES  12 /* of a stack: those at the leaf */
#define MOST_SHOWN   20 /* without a number of rows asked for */

static void order_print(const struct locks *locks, uint32_t first, uint32_t second, uint64_t times,
			const struct out_options *o, struct buf *out)
{
	struct buf line = {0};

	buf_printf(&line, "%s, then %s", locks_str(locks, first), locks_str(locks, second));
	if (times)
		buf_printf(&line, " (%" PRIu64 " time%s)", times, times == 1 ? "" : "s");
	buf_puts(&line, " at:");
	label_wrap(out, buf_str(&line), 2 * INDENT, true, o->columns);
	buf_done(&line);
}

/* Leaf first, a line each. */
static void frames_print(const char *stack, const struct out_options *o, struct buf *out)
{
	size_t end = strlen(stack), n = 0;

	while (end && n++ < MOST_FRAMES) {
		struct buf name = {0};
		size_t at = end;

		while (at && stack[at - 1] != ';')
			at--;
		buf_add(&name, stack + at, end - at);
		label_pad(out, FRAME_COLUMN);
		label_fit(out, buf_str(&name),
			  o->columns > 2 * FRAME_COLUMN ? o->columns - FRAME_COLUMN : 0);
		buf_putc(out, '\n');
		buf_done(&name);
		end = at ? at - 1 : 0;
	}
}

/* "a, b and c" */
static void names_print(const struct locks *locks, const struct lock_inversion *i, struct buf *out)
{
	for (uint32_t k = 0; k < i->n; k++)
		buf_printf(out, "%s%s",
			   !k		  ? ""
			   : k + 1 < i->n ? ", "
					  : " and ",
			   locks_str(locks, i->at[k].lock));
}

static void inversion_print(const struct locks *locks, const struct lock_inversion *i,
			    const struct out_options *o, struct buf *out)
{
	struct buf line = {0};

	buf_printf(&line, "%s (%" PRIu32 "): ", locks_comm(locks, i->pid), i->pid);
	names_print(locks, i, &line);
	buf_puts(&line, i->n == 2 ? " are taken in both orders" : " are taken in a ring");
	label_wrap(out, buf_str(&line), INDENT, true, o->columns);
	for (uint32_t k = 0; k < i->n; k++) {
		const struct lock_order *at = &i->at[k];

		order_print(locks, at->lock, i->at[(k + 1) % i->n].lock, at->times, o, out);
		frames_print(locks_str(locks, at->stack), o, out);
	}
	buf_done(&line);
}

void locks_text_inversions(const struct locks *locks, const struct out_options *o, struct buf *out)
{
	size_t most = o->rows ? o->rows : MOST_SHOWN, shown = 0, n = 0;
	const struct lock_inversion *i;

	if (!locks)
		return;
	vec_each(i, &locks->inversions)
		n += lock_inversion_chosen(locks, i, o->filter);
	if (!n)
		return;
	buf_putc(out, '\n');
	style_on(out, o->colour, STYLE_TITLE);
	buf_printf(out, "possible deadlocks: %zu", n);
	style_off(out, o->colour, STYLE_TITLE);
	buf_putc(out, '\n');
	vec_each(i, &locks->inversions)
		if (shown < most && lock_inversion_chosen(locks, i, o->filter)) {
			inversion_print(locks, i, o, out);
			shown++;
		}
	if (shown < n)
		buf_printf(out, "%*s%zu more\n", INDENT, "", n - shown);
}
