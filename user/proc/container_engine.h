/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_CONTAINER_ENGINE_H
#define HOSTPROF_PROC_CONTAINER_ENGINE_H
/*
 * What the engines' own files say of a container: no engine needs to run, and none is asked.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "proc/container_ref.h"
#include "util/buf.h"
#include "util/vec.h"

/* Where the engines keep their files, from their configuration; and `root` is where "/" is. */
struct container_engines {
	int root;		/* handle; owned */
	VEC(char *) docker;	/* data roots */
	VEC(char *) containerd; /* state folders */
	VEC(char *) storage;	/* of podman and CRI-O: graph roots and run roots */
};

/* `root`: the path of the host's "/", for when it is mounted elsewhere. 0 or -errno. */
int container_engines_init(struct container_engines *engines, const char *root);
void container_engines_done(struct container_engines *engines);

/* As the files have it: any text, any length; empty when unknown. */
struct container_facts {
	const char *runtime; /* "docker"; static */
	struct buf name, image, pod, space, container_name;
	pid_t pid; /* of its first process; 0: unknown */
};
void container_facts_done(struct container_facts *facts);

/* Asks the engine of a reference, or every one when that is not known: does one know it? `uid`: the
 * user whose own engine may be meant, 0 for none. */
bool container_engines_ask(const struct container_engines *engines, const struct container_ref *ref,
			   unsigned long uid, struct container_facts *facts);

#endif
