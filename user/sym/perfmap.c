// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/perfmap.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sym/jitcode.h"
#include "util/mem.h"

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

static void parse_line(struct jitcode *code, const char *text, const char *line)
{
	uint64_t start, size;

	line = number(line, &start);
	if (line)
		line = number(line, &size);
	if (line && *line)
		jitcode_add(code, start, size, (uint32_t)(line - text));
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
	struct jitcode code = {0};
	char *line, *end;

	/* A last line without its newline is still being written. */
	while (n && text[n - 1] != '\n')
		n--;
	text[n] = '\0';
	for (line = last_lines(text, text + n); line < text + n; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + n - line));
		*end = '\0';
		parse_line(&code, text, line);
	}
	jitcode_finish(&code, &t);
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
