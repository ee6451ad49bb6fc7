// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/roff.h"

#include <stdbool.h>
#include <string.h>

static void add_char(struct buf *out, char c)
{
	switch (c) {
	case '\\': buf_puts(out, "\\e"); break;
	case '-': buf_puts(out, "\\-"); break;
	/* In a quoted macro argument a plain quote would end it; a plain ' prints curled. */
	case '"': buf_puts(out, "\\(dq"); break;
	case '\'': buf_puts(out, "\\(aq"); break;
	case '`': buf_puts(out, "\\(ga"); break;
	case '^': buf_puts(out, "\\(ha"); break;
	case '~': buf_puts(out, "\\(ti"); break;
	case '\n': buf_putc(out, ' '); break;
	default: buf_putc(out, c);
	}
}

static void add_text(struct buf *out, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		add_char(out, text[i]);
}

void roff_text(struct buf *out, const char *text)
{
	add_text(out, text, strlen(text));
}

static void add_line(struct buf *out, const char *text, size_t n)
{
	if (n && text[0] == '.')
		buf_puts(out, "\\&"); /* a dot in the first column is a request */
	add_text(out, text, n);
	buf_putc(out, '\n');
}

void roff_line(struct buf *out, const char *text)
{
	add_line(out, text, strlen(text));
}

void roff_paragraphs(struct buf *out, const char *text)
{
	bool open = false, example = false;
	size_t n;

	for (; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (!n) {
			open = false;
			continue;
		}
		if (example && text[0] != ' ') {
			buf_puts(out, ".fi\n");
			example = false;
		}
		if (!open)
			buf_puts(out, ".PP\n");
		open = true;
		if (!example && text[0] == ' ') {
			buf_puts(out, ".nf\n");
			example = true;
		}
		add_line(out, text, n);
	}
	if (example)
		buf_puts(out, ".fi\n");
}
