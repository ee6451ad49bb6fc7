// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/html.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "out/gzip.h"

/*
 * A file of user/web as it is, put into the program by the assembler; `name` and `name_end` are
 * its first byte and the one behind its last.
 */
#define WEB_FILE(name, path)                                                                       \
	extern const char name[], name##_end[];                                                    \
	__asm__(".pushsection .rodata\n" #name ":\n.incbin \"" path "\"\n" #name                   \
		"_end:\n.byte 0\n.popsection\n")

WEB_FILE(web_page, "web/page.html");
WEB_FILE(web_style, "web/page.css");
WEB_FILE(web_memory_style, "web/memory.css");
WEB_FILE(web_panes, "web/panes.css");
WEB_FILE(web_model, "web/model.js");
WEB_FILE(web_tree, "web/tree.js");
WEB_FILE(web_format, "web/format.js");
WEB_FILE(web_state, "web/state.js");
WEB_FILE(web_colour, "web/colour.js");
WEB_FILE(web_flame, "web/flame.js");
WEB_FILE(web_table, "web/table.js");
WEB_FILE(web_header, "web/header.js");
WEB_FILE(web_filter, "web/filter.js");
WEB_FILE(web_ledger, "web/ledger.js");
WEB_FILE(web_ledger_table, "web/ledger_table.js");
WEB_FILE(web_ledger_view, "web/ledger_view.js");
WEB_FILE(web_memory, "web/memory.js");
WEB_FILE(web_memory_table, "web/memory_table.js");
WEB_FILE(web_memory_view, "web/memory_view.js");
WEB_FILE(web_locks, "web/locks.js");
WEB_FILE(web_locks_table, "web/locks_table.js");
WEB_FILE(web_locks_detail, "web/locks_detail.js");
WEB_FILE(web_locks_view, "web/locks_view.js");
WEB_FILE(web_wakers, "web/wakers.js");
WEB_FILE(web_views, "web/views.js");
WEB_FILE(web_keys, "web/keys.js");
WEB_FILE(web_main, "web/main.js");

struct web_file {
	const char *at, *end;
};

#define SCRIPT(name)                                                                               \
	{                                                                                          \
		name, name##_end                                                                   \
	}
/* One script: the files share one scope, each uses what those above it declare. */
static const struct web_file scripts[] = {
	SCRIPT(web_model),	 SCRIPT(web_tree),	   SCRIPT(web_format),
	SCRIPT(web_state),	 SCRIPT(web_colour),	   SCRIPT(web_flame),
	SCRIPT(web_table),	 SCRIPT(web_header),	   SCRIPT(web_filter),
	SCRIPT(web_ledger),	 SCRIPT(web_ledger_table), SCRIPT(web_ledger_view),
	SCRIPT(web_locks),	 SCRIPT(web_locks_table),  SCRIPT(web_locks_detail),
	SCRIPT(web_locks_view),	 SCRIPT(web_memory),	   SCRIPT(web_memory_table),
	SCRIPT(web_memory_view), SCRIPT(web_wakers),	   SCRIPT(web_views),
	SCRIPT(web_keys),	 SCRIPT(web_main),
};

static void base64(const unsigned char *s, size_t n, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char four[4];

	for (size_t i = 0; i < n; i += 3) {
		uint32_t bits = (uint32_t)s[i] << 16 | (i + 1 < n ? (uint32_t)s[i + 1] << 8 : 0) |
				(i + 2 < n ? s[i + 2] : 0);

		for (int k = 0; k < 4; k++)
			four[k] = digits[bits >> (18 - 6 * k) & 63];
		if (i + 1 >= n)
			four[2] = '=';
		if (i + 2 >= n)
			four[3] = '=';
		buf_add(out, four, 4);
	}
}

static int data_pack(const struct html_input *in, struct buf *out)
{
	struct buf data = {0}, packed = {0};
	int err;

	html_data(in, &data);
	err = gzip_pack(buf_str(&data), data.len, &packed);
	if (!err)
		base64((const unsigned char *)buf_str(&packed), packed.len, out);
	buf_done(&data);
	buf_done(&packed);
	return err;
}

static void put(const char *at, const char *end, FILE *to)
{
	fwrite(at, 1, (size_t)(end - at), to);
}

/* Writes the page up to the marker and returns where it goes on. */
static const char *put_until(const char *page, const char *marker, FILE *to)
{
	const char *at = strstr(page, marker);

	if (!at)
		return page;
	put(page, at, to);
	return at + strlen(marker);
}

int html_write(const struct html_input *in, FILE *to)
{
	const char *page = web_page;
	struct buf data = {0};
	int err = data_pack(in, &data);

	if (!err) {
		page = put_until(page, "@STYLE@", to);
		put(web_style, web_style_end, to);
		put(web_panes, web_panes_end, to);
		put(web_memory_style, web_memory_style_end, to);
		page = put_until(page, "@DATA@", to);
		fwrite(buf_str(&data), 1, data.len, to);
		page = put_until(page, "@SCRIPT@", to);
		for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
			put(scripts[i].at, scripts[i].end, to);
		put(page, web_page_end, to);
		if (ferror(to))
			err = errno ? -errno : -EIO;
	}
	buf_done(&data);
	return err;
}
