// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/label.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT  "\xef\xbf\xbd" /* U+FFFD */
#define LONGEST_UNIT 3		    /* "MiB", "%" */

/* Decodes the character at s. Returns its length, or 0 when the bytes are no valid UTF-8. */
static size_t decode(const unsigned char *s, uint32_t *ret_char)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c = n == 1 ? s[0] : s[0] & (0xff >> (n + 1));

	if (s[0] >= 0xf8 || (s[0] >= 0x80 && s[0] < 0xc2))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) /* stops at the NUL, too */
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_char = c;
	return n;
}

/* C0, DEL, C1, and the characters that reorder the text around them. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void append(struct buf *out, const char *s, bool no_controls)
{
	const unsigned char *at = (const unsigned char *)s;

	while (*at) {
		uint32_t c;
		size_t n = decode(at, &c);

		if (!n)
			buf_puts(out, REPLACEMENT);
		else if (no_controls && is_control(c))
			buf_putc(out, '?');
		else
			buf_add(out, at, n);
		at += n ? n : 1;
	}
}

void label_utf8(struct buf *out, const char *s)
{
	append(out, s, false);
}

void label_clean(struct buf *out, const char *s)
{
	append(out, s, true);
}

/* The blocks that terminals draw two columns wide: East Asian scripts, full-width forms, emoji. */
static bool is_wide(uint32_t c)
{
	static const uint32_t blocks[][2] = {
		{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0x4dbf},   {0x4e00, 0xa4cf},
		{0xa960, 0xa97f},   {0xac00, 0xd7a3},	{0xf900, 0xfaff},   {0xfe30, 0xfe6f},
		{0xff00, 0xff60},   {0xffe0, 0xffe6},	{0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
		{0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (c >= blocks[i][0] && c <= blocks[i][1])
			return true;
	return false;
}

/* Drawn into the column of the character before it. */
static bool is_combining(uint32_t c)
{
	return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200d) ||
	       (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f);
}

/* Bytes of the first character. */
static size_t step(const char *s, size_t *ret_columns)
{
	uint32_t c;
	size_t n = decode((const unsigned char *)s, &c);

	*ret_columns = !n ? 1 : is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
	return n ? n : 1;
}

size_t label_width(const char *s)
{
	size_t width = 0, columns;

	while (*s) {
		s += step(s, &columns);
		width += columns;
	}
	return width;
}

/* The position behind as many characters as `width` columns have room for. */
static const char *skip_to(const char *s, size_t width)
{
	size_t columns, n;

	for (; *s; s += n, width -= columns) {
		n = step(s, &columns);
		if (columns > width)
			break;
	}
	return s;
}

/* The position from which on the text has at most `width` columns; it begins with no accent. */
static const char *last_of(const char *s, size_t width)
{
	size_t have = label_width(s), columns = 0;

	for (size_t n; *s; s += n, have -= columns) {
		n = step(s, &columns);
		if (have <= width && columns)
			break;
	}
	return s;
}

void label_fit(struct buf *out, const char *s, size_t width)
{
	struct buf clean = {0};
	const char *text;
	size_t head;

	label_clean(&clean, s);
	text = buf_str(&clean);
	if (!width || label_width(text) <= width) {
		buf_puts(out, text);
	} else {
		head = width / 2;
		buf_add(out, text, (size_t)(skip_to(text, head) - text));
		buf_puts(out, LABEL_ELLIPSIS);
		buf_puts(out, last_of(text, width - head - 1));
	}
	buf_done(&clean);
}

void label_pad(struct buf *out, size_t columns)
{
	while (columns--)
		buf_putc(out, ' ');
}

void label_align_left(struct buf *out, size_t from, size_t width)
{
	size_t have = label_width(buf_str(out) + from);

	if (have < width)
		label_pad(out, width - have);
}

void label_align_right(struct buf *out, size_t from, size_t width)
{
	size_t len = out->len - from;
	size_t have = label_width(buf_str(out) + from);

	if (have >= width)
		return;
	label_pad(out, width - have);
	memmove(out->data + from + (width - have), out->data + from, len);
	memset(out->data + from, ' ', width - have);
}

/*
 * Bytes up to where a line may end: a space, but not the one between a number and a short unit
 * ("21.5 MiB", "99.2 %").
 */
static size_t word_len(const char *s)
{
	size_t n = strcspn(s, " ");
	size_t unit = s[n] ? strcspn(s + n + 1, " ,;:)") : 0;

	if (n && s[n - 1] >= '0' && s[n - 1] <= '9' && unit && unit <= LONGEST_UNIT)
		n += 1 + strcspn(s + n + 1, " ");
	return n;
}

void label_wrap(struct buf *out, const char *text, size_t indent, bool first, size_t columns)
{
	struct buf clean = {0}, word = {0};
	size_t at = first ? indent : 0;
	const char *s, *start;

	label_clean(&clean, text);
	if (first)
		label_pad(out, indent);
	start = s = buf_str(&clean);
	while (*s) {
		size_t n = word_len(s), width;

		buf_clear(&word);
		buf_add(&word, s, n);
		width = label_width(buf_str(&word));
		if (s != start && columns && at + 1 + width > columns) {
			buf_putc(out, '\n');
			label_pad(out, indent);
			at = indent;
		} else if (s != start) {
			buf_putc(out, ' ');
			at++;
		}
		buf_add(out, s, n);
		at += width;
		s += n + (s[n] == ' ');
	}
	buf_putc(out, '\n');
	buf_done(&word);
	buf_done(&clean);
}
