/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_CONTAINER_H
#define HOSTPROF_PROC_CONTAINER_H
/*
 * Which container a cgroup is of, without asking an engine or the network: the cgroup's path has
 * the id, and the engines' files on this host have the names. Of containers in containers the
 * innermost counts that this host's files know, with a process in that very cgroup; what only its
 * own text claims does not count: then it is the outermost.
 *
 * What is not in a container is named by its systemd service or scope. All texts live as long as
 * the struct containers, have at most CONTAINER_TEXT_MAX bytes and no control characters; they
 * may have been chosen by hostile people.
 */
#include <stdbool.h>
#include <stdint.h>

#define CONTAINER_TEXT_MAX 255
#define CONTAINER_ID_SHOWN 12 /* digits of an id, as the engines show it */

struct container {	       /* every text is "" when unknown */
	const char *name;      /* the engine's, Kubernetes', or the service's */
	const char *id;	       /* in full; "" for what is no container */
	const char *image;     /* as it was asked for: "redis:7" */
	const char *runtime;   /* "docker", "podman", "cri-o", "containerd", ... */
	const char *pod;       /* its name, or its uid while the name is not known */
	const char *namespace; /* of the pod */
	const char *service;   /* the innermost systemd service or scope, in a container too */
	const char *cgroup;    /* the path that said so */
	bool pending;	       /* no engine's file knows the id, or what may be a name, yet */
};

struct containers;

/* `root`: where the host's "/" is mounted. NULL when it cannot be opened: errno. */
struct containers *containers_new(const char *root);
void containers_free(struct containers *containers);

/* By the paths in the cgroup2 tree and in a v1 tree; either may be NULL. */
void containers_find(struct containers *containers, const char *unified, const char *legacy,
		     struct container *ret_container);

/* Patterns as the shell has them. A container's own or an id's first characters (4 at least). */
bool container_is_called(const struct container *container, const char *pattern);
/* "nginx" is "nginx.service" too. */
bool container_is_service(const struct container *container, const char *pattern);

#endif
