// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/locks_text.h"

#include <inttypes.h>

#include "model/locks.h"
#include "out/label.h"
#include "out/out.h"
#include "out/scale.h"
#include "out/style.h"

#define INDENT	    2
#define VALUE_WIDTH 11
#define COUNT_WIDTH 10
#define CLASS_WIDTH 8
#define BEFORE_NAME (INDENT + 2 * VALUE_WIDTH + COUNT_WIDTH + CLASS_WIDTH + 4)
#define NARROWEST   20 /* columns of a name */

static void time_print(uint64_t ns, struct buf *out)
{
	int64_t n = ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
	struct scale scale = scale_for("nanoseconds", n);
	size_t from = out->len;

	scale_value(&scale, n, out);
	label_align_right(out, from, VALUE_WIDTH);
}

static void head_print(const struct out_options *o, struct buf *out)
{
	size_t from;

	style_on(out, o->colour, STYLE_FAINT);
	label_pad(out, INDENT);
	from = out->len;
	buf_puts(out, "waited");
	label_align_right(out, from, VALUE_WIDTH);
	from = out->len;
	buf_puts(out, "times");
	label_align_right(out, from, COUNT_WIDTH);
	from = out->len;
	buf_puts(out, "longest");
	label_align_right(out, from, VALUE_WIDTH);
	buf_puts(out, "  ");
	from = out->len;
	buf_puts(out, "class");
	label_align_left(out, from, CLASS_WIDTH);
	buf_puts(out, "  lock");
	style_off(out, o->colour, STYLE_FAINT);
	buf_putc(out, '\n');
}

/* "worker-3 (1234)", cut or whole: texts come from processes. */
static void explain_print(const struct locks *locks, const struct lock *l,
			  const struct out_options *o, struct buf *out)
{
	struct buf text = {0}, clean = {0};

	locks_explain(locks, l, &text);
	label_clean(&clean, buf_str(&text));
	if (clean.len) {
		label_wrap(out, buf_str(&clean), INDENT + 4, true, o->columns);
	}
	buf_done(&text);
	buf_done(&clean);
}

static void lock_print(const struct locks *locks, const struct lock *l, const struct out_options *o,
		       struct buf *out)
{
	size_t room = o->columns > BEFORE_NAME + NARROWEST ? o->columns - BEFORE_NAME : NARROWEST;
	struct buf name = {0};
	size_t from;

	label_pad(out, INDENT);
	time_print(l->delay, out);
	from = out->len;
	buf_printf(out, "%" PRIu64, l->contentions);
	label_align_right(out, from, COUNT_WIDTH);
	time_print(l->longest, out);
	buf_puts(out, "  ");
	from = out->len;
	label_fit(out, locks_str(locks, l->class), CLASS_WIDTH);
	label_align_left(out, from, CLASS_WIDTH);
	buf_puts(out, "  ");
	buf_printf(&name, "%s  ", locks_str(locks, l->name));
	if (l->pid)
		buf_printf(&name, "%s (%u)", locks_str(locks, l->comm), l->pid);
	else
		buf_puts(&name, "[kernel]");
	label_fit(out, buf_str(&name), o->columns ? room : 0);
	buf_putc(out, '\n');
	buf_done(&name);
	explain_print(locks, l, o, out);
}

void locks_text(const struct locks *locks, const struct out_options *o, struct buf *out)
{
	const struct lock *l;
	uint32_t shown = 0;

	vec_each(l, &locks->list) {
		if (!l->held || !l->delay)
			continue;
		if (o->rows && shown == o->rows)
			break;
		if (!shown++)
			head_print(o, out);
		lock_print(locks, l, o, out);
	}
}
