// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/clock.h"
#include "util/isolate.h"
#include "util/mem.h"

#define LIBRARY	   "libdebuginfod.so.1"
#define MAX_MEMORY (512ull << 20)     /* of the library and of the TLS it uses */
#define CONNECT_S  10		      /* a server that sends nothing for so long has gone */
#define SPARE_TIME (2 * NSEC_PER_SEC) /* to give up by itself, and to clean up */

/* libdebuginfod's, as it is since its first version; get_url came later. */
struct library {
	void *(*begin)(void);
	int (*find_debuginfo)(void *client, const unsigned char *id, int id_len, char **path);
	const char *(*get_url)(void *client);
	void (*end)(void *client);
};

/* What the other process answers. */
struct answer {
	int err;
	bool cached;
	char path[PATH_MAX];
};

struct request {
	const struct buildid *id;
	uint64_t time_ns;
};

void debuginfod_init(struct debuginfod *d)
{
	*d = (struct debuginfod){.left_ns = DEBUGINFOD_ALL_NS};
}

void debuginfod_done(struct debuginfod *d)
{
	struct debuginfod_known *known;

	vec_each(known, &d->known)
		free(known->path);
	vec_done(&d->known);
}

static bool open_library(struct library *library)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return false;
	*(void **)&library->begin = dlsym(handle, "debuginfod_begin");
	*(void **)&library->find_debuginfo = dlsym(handle, "debuginfod_find_debuginfo");
	*(void **)&library->get_url = dlsym(handle, "debuginfod_get_url");
	*(void **)&library->end = dlsym(handle, "debuginfod_end");
	return library->begin && library->find_debuginfo && library->end;
}

static void set_number(const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	setenv(name, text, 1);
}

static void find(const struct library *library, const struct buildid *id, struct answer *answer)
{
	void *client = library->begin();
	const char *url;
	char *path = NULL;
	int fd;

	if (!client) {
		answer->err = -ENOMEM;
		return;
	}
	fd = library->find_debuginfo(client, (const unsigned char *)id->text, 0, &path);
	answer->err = fd < 0 ? fd : 0;
	url = fd >= 0 && library->get_url ? library->get_url(client) : NULL;
	answer->cached = !url;
	if (fd >= 0 && path && strlen(path) < sizeof(answer->path))
		strcpy(answer->path, path);
	else if (fd >= 0)
		answer->err = -ENAMETOOLONG;
	free(path);
	library->end(client);
}

/* In a process of its own: its environment and what the library leaves behind are its own. */
static int ask(void *arg, int out)
{
	const struct request *request = arg;
	struct answer *answer = mem_zalloc(sizeof(*answer));
	struct library library;
	bool ok;

	/* A file past the limit is an error, which the library cleans up after, and no death. */
	signal(SIGXFSZ, SIG_IGN);
	set_number("DEBUGINFOD_TIMEOUT", CONNECT_S);
	set_number("DEBUGINFOD_MAXTIME", request->time_ns / NSEC_PER_SEC);
	set_number("DEBUGINFOD_MAXSIZE", DEBUGINFOD_MAX_FILE);
	set_number("DEBUGINFOD_RETRY_LIMIT", 1);
	unsetenv("DEBUGINFOD_PROGRESS");
	unsetenv("DEBUGINFOD_VERBOSE");
	answer->err = -ENOSYS;
	if (open_library(&library))
		find(&library, request->id, answer);
	ok = write(out, answer, sizeof(*answer)) == (ssize_t)sizeof(*answer);
	free(answer);
	return ok ? 0 : -EIO;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

static int take_answer(struct debuginfod *d, const struct answer *answer, const struct buildid *id)
{
	struct debuginfod_known known = {.id = *id};
	struct stat st;
	int fd = answer->err ? answer->err : open_file(answer->path);

	if (fd < 0 && fd != -ENOENT)
		return fd;
	if (fd < 0) {
		d->absent++;
	} else if (answer->cached) {
		d->cached++;
	} else {
		d->fetched++;
		d->bytes += fstat(fd, &st) ? 0 : (uint64_t)st.st_size;
	}
	if (fd >= 0)
		known.path = mem_strdup(answer->path);
	vec_push(&d->known, known);
	return fd;
}

static int run(struct debuginfod *d, const struct buildid *id)
{
	uint64_t time = d->left_ns < DEBUGINFOD_FILE_NS ? d->left_ns : DEBUGINFOD_FILE_NS;
	struct request request = {.id = id, .time_ns = time < NSEC_PER_SEC ? NSEC_PER_SEC : time};
	struct isolate_limits limits = {.memory = MAX_MEMORY,
					.output = DEBUGINFOD_MAX_FILE,
					.time_ns = request.time_ns + SPARE_TIME,
					.may_open = true};
	uint64_t began = clock_mono_ns(), took;
	struct answer answer;
	struct buf bytes = {0};
	int err;

	err = isolate_run(&limits, ask, &request, &bytes);
	if (!err && bytes.len != sizeof(answer))
		err = -EPROTO;
	if (!err)
		memcpy(&answer, bytes.data, sizeof(answer));
	buf_done(&bytes);
	took = clock_mono_ns() - began;
	d->left_ns -= took < d->left_ns ? took : d->left_ns;
	return err ? err : take_answer(d, &answer, id);
}

int debuginfod_fetch(struct debuginfod *d, const struct buildid *id)
{
	const char *urls = getenv(DEBUGINFOD_URLS);
	const struct debuginfod_known *known;
	int fd;

	vec_each(known, &d->known)
		if (!strcmp(known->id.text, id->text))
			return known->path ? open_file(known->path) : -ENOENT;
	if (d->err)
		return d->err;
	if (!urls || !urls[strspn(urls, " ")]) {
		d->err = -EDESTADDRREQ;
		return d->err;
	}
	if (!d->left_ns) {
		d->err = -ETIME;
		return d->err;
	}
	d->asked++;
	fd = run(d, id);
	if (fd < 0 && fd != -ENOENT)
		d->err = fd;
	return fd;
}
