// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/row_text.h"

#include "out/label.h"

#define MODULE_PART	 3 /* a module may always have this part of the width */
#define NARROWEST_MODULE 5 /* columns, brackets included; with less it is left out */

static size_t clean_width(const char *s)
{
	struct buf clean = {0};
	size_t width;

	label_clean(&clean, s);
	width = label_width(buf_str(&clean));
	buf_done(&clean);
	return width;
}

void row_text(const struct rank_row *row, size_t width, struct buf *name, struct buf *module)
{
	const char *text = row->kernel ? "[kernel]" : row->module;
	bool bracket = *text != '[';
	size_t label = clean_width(row->label);
	size_t room = width / MODULE_PART;

	/* It may also have what the name leaves. */
	if (width > label + ROW_TEXT_GAP && width - label - ROW_TEXT_GAP > room)
		room = width - label - ROW_TEXT_GAP;
	if (!row->named || !*text || (width && room < NARROWEST_MODULE)) {
		label_fit(name, row->label, width);
		return;
	}
	if (bracket)
		buf_putc(module, '[');
	label_fit(module, text, width ? room - (bracket ? 2 : 0) : 0);
	if (bracket)
		buf_putc(module, ']');
	label_fit(name, row->label,
		  width ? width - label_width(buf_str(module)) - ROW_TEXT_GAP : 0);
}
