/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_CONTAINER_FILE_H
#define HOSTPROF_PROC_CONTAINER_FILE_H
/*
 * Reading the small files that engines keep of their containers. Where an engine keeps them is
 * the administrator's word, and may lead over symbolic links; below that none is followed. Only
 * regular files are opened, none on FUSE, and what is read is bounded. With `user` the folder
 * belongs to somebody who is not root: then no mount may lie on the way either.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

#include "util/buf.h"

#define CONTAINER_FILE_BYTES (1u << 20) /* of one container: 10 to 100 KiB are usual */
#define CONTAINER_LIST_BYTES (4u << 20) /* of all containers of a host: 1 KiB each */
#define CONTAINER_USER_BYTES (1u << 18) /* any file of a user's */

struct container_dir {
	int fd; /* O_PATH, or -errno */
	bool user;
};

/* A folder of the administrator's, below the handle `root`; symbolic links stay inside it. */
struct container_dir container_dir_open(int root, const char *path);
/* A folder below another, without symbolic links. */
struct container_dir container_dir_below(const struct container_dir *dir, const char *path);
void container_dir_close(struct container_dir *dir);

/* The whole file behind what is in `out`. -EFBIG: more than `limit` bytes; -EINVAL: no file. */
int container_file_read(const struct container_dir *dir, const char *path, size_t limit,
			struct buf *out);
/* -EBADMSG: not JSON. The caller drops the reference. */
int container_file_json(const struct container_dir *dir, const char *path, size_t limit,
			json_t **ret_json);
/* A file that holds one number, of a process on this host; 0 when there is none. */
pid_t container_file_pid(const struct container_dir *dir, const char *path);

/* Calls each() with every entry, until it returns true; no more than `limit` entries. */
bool container_dir_each(const struct container_dir *dir, size_t limit,
			bool (*each)(const char *name, void *arg), void *arg);

/* The text at a path of keys, ended by NULL; "" when there is none. Lives as long as `json`. */
const char *container_json_text(const json_t *json, ...) __attribute__((sentinel));

/* The text of a line `key = "text"` in a TOML file, to be freed; NULL when there is none. */
char *container_toml_text(const char *toml, const char *key);

#endif
