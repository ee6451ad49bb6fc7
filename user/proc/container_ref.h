/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_CONTAINER_REF_H
#define HOSTPROF_PROC_CONTAINER_REF_H
/*
 * What a cgroup's path says of containers, by its text alone: every engine puts a container's id
 * or name into the name of its cgroup, in one way with the systemd driver ("docker-ID.scope") and
 * in another with the cgroupfs driver ("docker/ID"). A path can name several, one in the other.
 *
 * A path is as trustworthy as those who may make cgroups below it: a container can name its own
 * children as it likes. Who believes what is up to proc/container.
 */
#include <stdbool.h>
#include <stddef.h>

#define CONTAINER_HASH_LEN 64 /* digits of docker's, podman's and Kubernetes' ids */
#define CONTAINER_ID_MAX   128
#define CONTAINER_REFS_MAX 8 /* of one path; the outermost and innermost are kept */

enum container_engine {
	ENGINE_UNKNOWN, /* an id of 64 hexadecimal digits, of whichever engine */
	ENGINE_NAME,	/* a name that runc, crun or containerd may know, or nobody */
	ENGINE_DOCKER,
	ENGINE_PODMAN,
	ENGINE_CRIO,
	ENGINE_CONTAINERD,
	ENGINE_RUNC,
	ENGINE_CRUN,
	ENGINE_LXC,
	ENGINE_MACHINE, /* systemd-nspawn and others that register with systemd-machined */
	ENGINES
};

struct container_ref {
	enum container_engine engine;
	char id[CONTAINER_ID_MAX + 1];	   /* or the name; only letters, digits, "_.-", and with
					    * ENGINE_MACHINE and ENGINE_LXC anything */
	char parent[CONTAINER_ID_MAX + 1]; /* ENGINE_NAME: the part before it, or "" */
	unsigned int depth;		   /* 1: right below the root */
	size_t end;			   /* bytes of the path up to its own cgroup */
};

struct container_refs {
	struct container_ref refs[CONTAINER_REFS_MAX]; /* outermost first */
	size_t n;
	char pod_uid[37];		 /* with dashes; "": in no pod */
	char unit[CONTAINER_ID_MAX + 1]; /* the innermost systemd service or scope, or "" */
	unsigned long uid;		 /* of the user slice it is in; 0: none */
};

void container_refs_find(struct container_refs *refs, const char *path);

#endif
