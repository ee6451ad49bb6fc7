// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/text.h"

#include <stdint.h>

/* Bytes of the well-formed UTF-8 character at s, or 0. Overlong ones and surrogates are neither. */
static size_t character(const unsigned char *s, size_t n)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t code = s[0] & (0xffu >> (len + 1));
	size_t i;

	if (len <= 1)
		return s[0] < 0x20 || s[0] == 0x7f ? 0 : len;
	if (len > n || s[0] > 0xf4)
		return 0;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	/* U+0080 to U+009F control terminals as well. */
	if (code < lowest[len] || code < 0xa0 || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

void text_clean(char *s, size_t n)
{
	size_t i, len;

	for (i = 0; i < n; i += len ? len : 1) {
		len = character((const unsigned char *)s + i, n - i);
		if (!len)
			s[i] = '?';
	}
}
