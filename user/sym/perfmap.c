// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/perfmap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/mem.h"

struct entry {
	uint64_t start, end;
	uint32_t name; /* offset in the text */
};

struct entries {
	VEC(struct entry) list; /* in the order of the file */
};

/* The pieces between neighbouring ends of all entries, in the order of their addresses. */
struct pieces {
	uint64_t *edges; /* piece i begins at edges[i] */
	uint32_t *next;	 /* the first untaken piece from i on, by way of others */
	size_t n;
};

static int compare_edges(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void cut(struct pieces *p, const struct entries *entries)
{
	const struct entry *entry;
	size_t n = 0, i;

	p->edges = mem_array(2 * entries->list.n, sizeof(*p->edges));
	vec_each(entry, &entries->list) {
		p->edges[n++] = entry->start;
		p->edges[n++] = entry->end;
	}
	qsort(p->edges, n, sizeof(*p->edges), compare_edges);
	for (i = 0; i < n; i++)
		if (!i || p->edges[i] != p->edges[p->n - 1])
			p->edges[p->n++] = p->edges[i];
	p->next = mem_array(p->n + 1, sizeof(*p->next));
	for (i = 0; i <= p->n; i++)
		p->next[i] = (uint32_t)i;
}

static size_t piece_at(const struct pieces *p, uint64_t edge)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->edges[middle] < edge)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t untaken(struct pieces *p, size_t i)
{
	while (p->next[i] != i) {
		p->next[i] = p->next[p->next[i]]; /* shortens the way for those who follow */
		i = p->next[i];
	}
	return i;
}

/* Takes all pieces of the entry; false when some had been taken before. */
static bool take(struct pieces *p, const struct entry *entry)
{
	size_t first = piece_at(p, entry->start), last = piece_at(p, entry->end), n = 0, i;

	for (i = untaken(p, first); i < last; i = untaken(p, i)) {
		p->next[i] = (uint32_t)i + 1;
		n++;
	}
	return n == last - first;
}

/* Newest first: what finds its place taken is void, and takes the rest of it all the same. */
static void add_living(const struct entries *entries, struct symtab *t)
{
	struct pieces pieces = {0};
	size_t i = entries->list.n;

	cut(&pieces, entries);
	while (i--) {
		const struct entry *entry = &entries->list.at[i];

		if (take(&pieces, entry))
			symtab_add(t, entry->start, entry->end - entry->start, SYMTAB_GLOBAL,
				   entry->name);
	}
	free(pieces.edges);
	free(pieces.next);
}

/* A hexadecimal number and the blank behind it. */
static const char *number(const char *at, uint64_t *ret)
{
	char *end;

	if (*at == ' ' || *at == '-' || *at == '+')
		return NULL;
	errno = 0;
	*ret = strtoull(at, &end, 16);
	return end == at || errno || *end != ' ' ? NULL : end + 1;
}

static void parse_line(struct entries *entries, const char *text, const char *line)
{
	struct entry entry;
	uint64_t size;

	line = number(line, &entry.start);
	if (line)
		line = number(line, &size);
	if (!line || !*line || !size || entry.start + size < size)
		return;
	entry.end = entry.start + size;
	entry.name = (uint32_t)(line - text);
	vec_push(&entries->list, entry);
}

/* Where the last PERFMAP_MAX_LINES lines begin. */
static char *last_lines(char *text, char *end)
{
	size_t lines = 0;

	while (end > text && (end[-1] != '\n' || ++lines <= PERFMAP_MAX_LINES))
		end--;
	return end;
}

void perfmap_parse(char *text, size_t n, struct symtab *ret_table)
{
	struct symtab t = {.names = {.data = text, .len = n + 1, .cap = n + 1}};
	struct entries entries = {0};
	char *line, *end;

	/* A last line without its newline is still being written. */
	while (n && text[n - 1] != '\n')
		n--;
	text[n] = '\0';
	for (line = last_lines(text, text + n); line < text + n; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + n - line));
		*end = '\0';
		parse_line(&entries, text, line);
	}
	add_living(&entries, &t);
	vec_done(&entries.list);
	symtab_finish(&t, NULL, 0);
	*ret_table = t;
}

int perfmap_read(int fd, struct symtab *ret_table)
{
	struct stat st;
	size_t size, n = 0;
	off_t from = 0;
	char *text;
	ssize_t got = 0;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_size > (off_t)PERFMAP_MAX_BYTES)
		from = st.st_size - (off_t)PERFMAP_MAX_BYTES;
	size = (size_t)(st.st_size - from);
	text = mem_alloc(size + 1);
	while (n < size) {
		got = pread(fd, text + n, size - n, from + (off_t)n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (n < size && got < 0) {
		free(text);
		return -errno;
	}
	/* The first line may have lost its beginning, and then has wrong numbers. */
	if (from)
		*text = '?';
	perfmap_parse(text, n, ret_table);
	return 0;
}
