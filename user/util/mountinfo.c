// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/mountinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/mem.h"
#include "util/procfs.h"

/* Blanks, newlines, backslashes and '#' in names are written as a backslash and three digits. */
static char *unescape(const char *s, size_t n)
{
	char *out = mem_alloc(n + 1);
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '\\' && n - i >= 4 && s[i + 1] >= '0' && s[i + 1] <= '3' &&
		    s[i + 2] >= '0' && s[i + 2] <= '7' && s[i + 3] >= '0' && s[i + 3] <= '7') {
			out[len++] = (char)((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 |
					    (s[i + 3] - '0'));
			i += 3;
		} else {
			out[len++] = s[i];
		}
	}
	out[len] = '\0';
	return out;
}

/* The next blank-separated word of [*at, end), or NULL. */
static const char *next_word(const char **at, const char *end, size_t *ret_n)
{
	const char *start = *at, *stop;

	while (start < end && *start == ' ')
		start++;
	for (stop = start; stop < end && *stop != ' ';)
		stop++;
	*at = stop;
	if (stop == start)
		return NULL;
	*ret_n = (size_t)(stop - start);
	return start;
}

/* "36 35 98:0 ": not by sscanf(), which measures the whole rest of the text at every call. */
static const char *parse_numbers(struct mount *mount, const char *line)
{
	char *end;

	mount->id = (int)strtol(line, &end, 10);
	strtol(end, &end, 10);
	mount->dev_major = (uint32_t)strtoul(end, &end, 10);
	if (*end != ':')
		return NULL;
	mount->dev_minor = (uint32_t)strtoul(end + 1, &end, 10);
	return *end == ' ' ? end : NULL;
}

/* "36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw" */
static void parse_line(struct mountinfo *m, const char *line, const char *end)
{
	const char *root, *point, *type, *super, *word;
	size_t root_n = 0, point_n = 0, type_n = 0, super_n = 0, word_n = 0;
	struct mount mount = {0};

	line = parse_numbers(&mount, line);
	if (!line || line > end)
		return;
	root = next_word(&line, end, &root_n);
	point = next_word(&line, end, &point_n);
	/* Options and any number of optional fields up to a lone "-". */
	do {
		word = next_word(&line, end, &word_n);
	} while (word && (word_n != 1 || *word != '-'));
	type = next_word(&line, end, &type_n);
	next_word(&line, end, &word_n); /* what is mounted: "/dev/sda1", "none" */
	super = next_word(&line, end, &super_n);
	if (!root || !point || !type)
		return;
	mount.root = unescape(root, root_n);
	mount.point = unescape(point, point_n);
	mount.type = unescape(type, type_n);
	mount.super = unescape(super ? super : "", super ? super_n : 0);
	vec_push(&m->mounts, mount);
}

int mountinfo_parse(struct mountinfo *m, const char *text)
{
	const char *end;

	*m = (struct mountinfo){0};
	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		parse_line(m, text, end);
	}
	return m->mounts.n ? 0 : -ENODATA;
}

int mountinfo_read(struct mountinfo *m, const char *path)
{
	struct buf text = {0};
	int err = procfs_read(path, &text, MOUNTINFO_MAX_BYTES);

	*m = (struct mountinfo){0};
	if (!err)
		err = mountinfo_parse(m, buf_str(&text));
	buf_done(&text);
	return err;
}

void mountinfo_done(struct mountinfo *m)
{
	struct mount *mount;

	vec_each(mount, &m->mounts) {
		free(mount->root);
		free(mount->point);
		free(mount->type);
		free(mount->super);
	}
	vec_done(&m->mounts);
}

const struct mount *mountinfo_find(const struct mountinfo *m, int id)
{
	const struct mount *mount;

	vec_each(mount, &m->mounts) {
		if (mount->id == id)
			return mount;
	}
	return NULL;
}

bool mount_is_fuse(const struct mount *mount)
{
	return !strcmp(mount->type, "fuse") || !strcmp(mount->type, "fuseblk") ||
	       !strncmp(mount->type, "fuse.", 5) || !strncmp(mount->type, "fuseblk.", 8);
}

/* What follows `dir` in `path` when path is dir or below it ("" or "/..."), else NULL. */
static const char *below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n && dir[n - 1] == '/')
		n--;
	if (strncmp(path, dir, n) || (path[n] && path[n] != '/'))
		return NULL;
	return path + n;
}

bool mountinfo_crosses_fuse(const struct mountinfo *m, const struct mount *to)
{
	const struct mount *mount;

	vec_each(mount, &m->mounts) {
		if (mount_is_fuse(mount) && below(to->point, mount->point))
			return true;
	}
	return false;
}

char *mount_path(const struct mount *mount, const char *path)
{
	const char *rest = below(path, mount->root);
	size_t n = strlen(mount->point);

	if (!rest)
		return NULL;
	while (n && mount->point[n - 1] == '/')
		n--;
	return mem_printf("%.*s%s", (int)n, mount->point, n || rest[0] ? rest : "/");
}
