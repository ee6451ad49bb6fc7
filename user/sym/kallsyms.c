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
/* Fewer variables than that are marks of the linker. CONFIG_KALLSYMS_ALL has tens of thousands. */
#define MIN_OBJECTS 1000
/* Below it are no addresses of the kernel's: variables that each CPU has one of. */
#define MIN_ADDRESS 0xffff800000000000u

struct parser {
	struct kallsyms *k;
	bool objects;	  /* asked for */
	bool any_address; /* other than 0 */
	bool any_text;
};

static bool is_text(char type)
{
	return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

static bool is_object(char type)
{
	return type && strchr("bBdDgGrRsSvV", type);
}

static unsigned int rank_of(char type, const char *name, size_t n)
{
	if (n == strlen("_etext") && !memcmp(name, "_etext", n))
		return SYMTAB_STOP;
	if (type == 't')
		return SYMTAB_LOCAL;
	return type == 'T' ? SYMTAB_GLOBAL : SYMTAB_WEAK;
}

static int add_symbol(struct symtab *t, uint64_t addr, unsigned int rank, const char *at,
		      const char *end)
{
	const char *tab = memchr(at, '\t', (size_t)(end - at));
	uint32_t name = (uint32_t)t->names.len;

	if (t->symbols.n >= SYMTAB_MAX_SYMBOLS || t->names.len > SYMTAB_MAX_NAMES - MAX_LINE)
		return -EFBIG;
	symtab_add(t, addr, 0, rank, name);
	buf_add(&t->names, at, (size_t)((tab ? tab : end) - at));
	if (tab) {
		buf_putc(&t->names, ' ');
		buf_add(&t->names, tab + 1, (size_t)(end - tab - 1));
	}
	buf_putc(&t->names, '\0');
	return 0;
}

/* "ffffffff81000000 T name" or "ffffffffc0201000 t name\t[module]"; the newline is at `end`. */
static int parse_line(struct parser *p, const char *at, const char *end)
{
	const char *stop;
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
	if (end - at < 4 || at[2] != ' ')
		return 0;
	type = at[1];
	at += 3;
	if (p->objects && is_object(type) && addr >= MIN_ADDRESS)
		return add_symbol(&p->k->objects, addr, SYMTAB_GLOBAL, at, end);
	if (!is_text(type))
		return 0;
	p->any_text = true;
	if (!addr)
		return 0;
	p->any_address = true;
	stop = memchr(at, '\t', (size_t)(end - at));
	return add_symbol(&p->k->symbols, addr,
			  rank_of(type, at, (size_t)((stop ? stop : end) - at)), at, end);
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

static void objects_finish(struct symtab *objects)
{
	if (objects->symbols.n < MIN_OBJECTS) {
		symtab_done(objects);
		*objects = (struct symtab){0};
	} else {
		symtab_finish(objects, NULL, 0);
	}
}

int kallsyms_init(struct kallsyms *k, const char *path, bool objects)
{
	struct parser p = {.k = k, .objects = objects};
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
	objects_finish(&k->objects);
	last = &k->symbols.symbols.at[k->symbols.symbols.n - 1];
	k->start = k->symbols.symbols.at[0].addr;
	k->end = last->addr + last->size;
	return 0;
}

bool kallsyms_object(const struct kallsyms *k, uint64_t address, struct buf *text)
{
	const struct symbol *s = symtab_find(&k->objects, address, NULL);
	const char *name;
	size_t n;

	if (!s)
		return false;
	name = symtab_name(&k->objects, s);
	n = strcspn(name, " "); /* the module's name follows */
	buf_add(text, name, n);
	if (address > s->addr)
		buf_printf(text, "+0x%llx", (unsigned long long)(address - s->addr));
	buf_printf(text, "%s", name + n);
	return true;
}

void kallsyms_done(struct kallsyms *k)
{
	symtab_done(&k->symbols);
	symtab_done(&k->objects);
	*k = (struct kallsyms){0};
}
