// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/kallsyms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* The kernel formats one page at a time whatever is asked for; a line is at most 600 bytes. */
#define CHUNK	 65536
#define MAX_LINE 4096

struct parser {
	struct kallsyms *k;
	bool any_address; /* other than 0 */
	bool any_text;
};

static bool is_text(char type)
{
	return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

static unsigned int rank_of(char type, const char *name, size_t n)
{
	if (n == strlen("_etext") && !memcmp(name, "_etext", n))
		return SYMTAB_STOP;
	if (type == 't')
		return SYMTAB_LOCAL;
	return type == 'T' ? SYMTAB_GLOBAL : SYMTAB_WEAK;
}

/* "ffffffff81000000 T name" or "ffffffffc0201000 t name\t[module]"; the newline is at `end`. */
static int parse_line(struct parser *p, const char *at, const char *end)
{
	struct symtab *t = &p->k->symbols;
	uint32_t name = (uint32_t)t->names.len;
	const char *stop, *tab;
	uint64_t addr = 0;
	unsigned int digit;
	char type;

	for (; at < end && *at != ' '; at++) {
		digit = (unsigned char)*at;
		digit = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
		if (digit > 15)
			return 0;
		addr = addr << 4 | digit;
	}
	if (end - at < 4 || at[2] != ' ' || !is_text(at[1]))
		return 0;
	type = at[1];
	at += 3;
	p->any_text = true;
	if (!addr)
		return 0;
	p->any_address = true;
	if (t->symbols.n >= SYMTAB_MAX_SYMBOLS || t->names.len > SYMTAB_MAX_NAMES - MAX_LINE)
		return -EFBIG;
	tab = memchr(at, '\t', (size_t)(end - at));
	stop = tab ? tab : end;
	symtab_add(t, addr, 0, rank_of(type, at, (size_t)(stop - at)), name);
	buf_add(&t->names, at, (size_t)(stop - at));
	if (tab) {
		buf_putc(&t->names, ' ');
		buf_add(&t->names, tab + 1, (size_t)(end - tab - 1));
	}
	buf_putc(&t->names, '\0');
	return 0;
}

/* Parses the whole lines in [text, text + n); *ret_used is how much that was. */
static int parse(struct parser *p, const char *text, size_t n, size_t *ret_used)
{
	const char *at = text, *newline;
	int err = 0;

	while (!err && (newline = memchr(at, '\n', n - (size_t)(at - text)))) {
		err = parse_line(p, at, newline);
		at = newline + 1;
	}
	*ret_used = (size_t)(at - text);
	return err;
}

static int read_all(struct parser *p, int fd)
{
	char *chunk = mem_alloc(CHUNK);
	size_t len = 0, used;
	ssize_t n;
	int err = 0;

	while (!err && (n = read(fd, chunk + len, CHUNK - len)) != 0) {
		if (n < 0) {
			err = -errno;
			break;
		}
		len += (size_t)n;
		err = parse(p, chunk, len, &used);
		len -= used;
		memmove(chunk, chunk + used, len);
		if (len > MAX_LINE)
			err = -EPROTO;
	}
	free(chunk);
	return err;
}

int kallsyms_init(struct kallsyms *k, const char *path)
{
	struct parser p = {.k = k};
	const struct symbol *last;
	int fd, err;

	*k = (struct kallsyms){0};
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = read_all(&p, fd);
	close(fd);
	if (!err && !p.any_address)
		err = p.any_text ? -EPERM : -ENODATA;
	if (!err) {
		symtab_finish(&k->symbols, NULL, 0);
		if (!k->symbols.symbols.n)
			err = -ENODATA;
	}
	if (err) {
		kallsyms_done(k);
		return err;
	}
	last = &k->symbols.symbols.at[k->symbols.symbols.n - 1];
	k->start = k->symbols.symbols.at[0].addr;
	k->end = last->addr + last->size;
	return 0;
}

void kallsyms_done(struct kallsyms *k)
{
	symtab_done(&k->symbols);
	*k = (struct kallsyms){0};
}
