// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/debugfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/file.h"
#include "proc/open.h"
#include "sym/binaries.h"
#include "util/mem.h"

#define DEBUG_DIR "/usr/lib/debug"

/* What a file must be to be taken. */
struct wanted {
	const struct buildid *id; /* "" when the binary has none */
	const uint32_t *crc;	  /* or NULL: without a build id nothing is taken */
	bool unseen;		  /* the checksum is for later */
	bool shared;		  /* what dwz made: nothing that could run */
	int not_fd;		  /* the binary itself, or -1: a link may point back to it */
};

/* One of the file trees that are searched. */
struct tree {
	int root;
	pid_t tgid; /* whose; 0: ours */
};

static bool same_file(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

static bool accept(int fd, const struct wanted *wanted)
{
	struct buildid id = {.text = ""};
	struct elf_file f;
	uint32_t crc;

	if (wanted->not_fd >= 0 && same_file(fd, wanted->not_fd))
		return false;
	if (wanted->shared ? elf_file_init_debug(&f, fd) : elf_file_init(&f, fd))
		return false;
	buildid_read(&f, &id);
	elf_file_done(&f);
	if (id.text[0] && wanted->id->text[0])
		return !strcmp(id.text, wanted->id->text);
	if (!wanted->crc || wanted->unseen)
		return wanted->crc;
	return !debuglink_crc(fd, &crc) && crc == *wanted->crc;
}

/* Takes the path over. */
static int try(const struct tree *tree, char *path, const struct wanted *wanted)
{
	int fd = open_inspected(open_below(tree->root, path, false), tree->tgid);

	free(path);
	if (fd < 0 || accept(fd, wanted))
		return fd;
	close(fd);
	return -ENOENT;
}

static int try_id(const struct tree *tree, const struct wanted *wanted)
{
	const char *id = wanted->id->text;

	if (strlen(id) < 4)
		return -ENOENT;
	return try(tree, mem_printf("%s/.build-id/%.2s/%s.debug", DEBUG_DIR, id, id + 2), wanted);
}

static int try_link(const struct tree *tree, const struct binary *binary, const char *name,
		    const struct wanted *wanted)
{
	const char *slash = strrchr(binary->path, '/');
	int n = slash ? (int)(slash - binary->path) : 0, fd;

	if (binary->path[0] != '/')
		return -ENOENT;
	fd = try(tree, mem_printf("%.*s/%s", n, binary->path, name), wanted);
	if (fd < 0)
		fd = try(tree, mem_printf("%.*s/.debug/%s", n, binary->path, name), wanted);
	if (fd < 0)
		fd = try(tree, mem_printf("%s%.*s/%s", DEBUG_DIR, n, binary->path, name), wanted);
	return fd;
}

/* The pid may be another process's by now: its tree is asked only if it shows this binary. */
static int open_process_tree(const struct binary *binary, struct tree *tree)
{
	struct stat here, there;
	int handle, ok;

	*tree = (struct tree){.root = open_root(binary->tgid), .tgid = binary->tgid};
	if (tree->root < 0)
		return tree->root;
	handle = binary->path[0] == '/' ? open_below(tree->root, binary->path, false) : -ENOENT;
	ok = handle >= 0 && !fstat(handle, &there) && !fstat(binary->fd, &here) &&
	     here.st_ino == there.st_ino && here.st_dev == there.st_dev;
	if (handle >= 0)
		close(handle);
	if (ok)
		return 0;
	close(tree->root);
	return -ESTALE;
}

static int search(const struct binary *binary, enum debugfile_where where,
		  int (*each)(const struct tree *tree, void *arg), void *arg)
{
	struct tree tree;
	int fd = -ENOENT;

	if (binary->tgid > 0 && !open_process_tree(binary, &tree)) {
		fd = each(&tree, arg);
		close(tree.root);
	}
	if (fd >= 0 || where == DEBUGFILE_INSIDE)
		return fd;
	tree = (struct tree){.root = open_root(0)};
	if (tree.root < 0)
		return tree.root;
	fd = each(&tree, arg);
	close(tree.root);
	return fd;
}

struct debug_search {
	const struct binary *binary;
	struct wanted wanted;
	const char *link; /* or NULL */
};

static int try_debug(const struct tree *tree, void *arg)
{
	const struct debug_search *s = arg;
	int fd = try_id(tree, &s->wanted);

	if (fd < 0 && s->link)
		fd = try_link(tree, s->binary, s->link, &s->wanted);
	return fd;
}

int debugfile_open(const struct binary *binary, const struct elf_file *f, const struct buildid *id,
		   enum debugfile_where where)
{
	struct debug_search s = {
		.binary = binary,
		.wanted = {.id = id, .not_fd = binary->fd, .unseen = where == DEBUGFILE_INSIDE}};
	struct debuglink link;

	if (!debuglink_read(f, &link)) {
		s.link = link.name;
		s.wanted.crc = &link.crc;
	}
	if (!s.link && !id->text[0])
		return -ENOENT;
	return search(binary, where, try_debug, &s);
}

bool debugfile_fits(int fd, const struct binary *binary, const struct elf_file *f,
		    const struct buildid *id)
{
	struct wanted wanted = {.id = id, .not_fd = binary->fd};
	struct debuglink link;

	if (!debuglink_read(f, &link))
		wanted.crc = &link.crc;
	return accept(fd, &wanted);
}

struct alt_search {
	struct wanted wanted;
	const char *link;
	char *from; /* the path of the file that has the link */
};

static int try_alt(const struct tree *tree, void *arg)
{
	const struct alt_search *s = arg;
	const char *slash = s->from ? strrchr(s->from, '/') : NULL;
	int fd = try_id(tree, &s->wanted);

	if (fd >= 0)
		return fd;
	if (s->link[0] == '/')
		return try(tree, mem_strdup(s->link), &s->wanted);
	if (!slash)
		return -ENOENT;
	return try(tree, mem_printf("%.*s/%s", (int)(slash - s->from), s->from, s->link),
		   &s->wanted);
}

int debugfile_open_alt(const struct binary *binary, int debug_fd, const struct debugaltlink *link,
		       enum debugfile_where where)
{
	struct alt_search s = {.wanted = {.id = &link->id, .shared = true, .not_fd = -1},
			       .link = link->name};
	int fd;

	s.from = open_path(debug_fd);
	fd = search(binary, where, try_alt, &s);
	free(s.from);
	return fd;
}

static int try_path(const struct tree *tree, void *arg)
{
	return open_inspected(open_below(tree->root, arg, false), tree->tgid);
}

int debugfile_open_path(const struct binary *binary, const char *path)
{
	char *copy = mem_strdup(path);
	int fd = search(binary, DEBUGFILE_ANYWHERE, try_path, copy);

	free(copy);
	return fd;
}
