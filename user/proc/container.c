// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/container.h"

#include <fnmatch.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proc/cgroups.h"
#include "proc/container_engine.h"
#include "proc/container_ref.h"
#include "util/clock.h"
#include "util/intern.h"
#include "util/mem.h"

#define MIN_ID_PREFIX 4
#define TOP_DEPTH     2 /* "/NAMESPACE/ID": only root makes cgroups that high up */
/* For the files of users who are not root, in all: they can make us read without end. */
#define USER_FILES_NS (2 * NSEC_PER_SEC)

struct containers {
	struct container_engines engines;
	struct intern texts;
	uint64_t user_ns; /* spent on users' files */
};

static const char *const engine_names[ENGINES] = {
	[ENGINE_UNKNOWN] = "",	      [ENGINE_NAME] = "",      [ENGINE_DOCKER] = "docker",
	[ENGINE_PODMAN] = "podman",   [ENGINE_CRIO] = "cri-o", [ENGINE_CONTAINERD] = "containerd",
	[ENGINE_RUNC] = "runc",	      [ENGINE_CRUN] = "crun",  [ENGINE_LXC] = "lxc",
	[ENGINE_MACHINE] = "machine",
};

struct containers *containers_new(const char *root)
{
	struct containers *c = mem_zalloc(sizeof(*c));
	int err = container_engines_init(&c->engines, root);

	if (!err)
		return c;
	free(c);
	errno = -err;
	return NULL;
}

void containers_free(struct containers *c)
{
	if (!c)
		return;
	container_engines_done(&c->engines);
	intern_done(&c->texts);
	free(c);
}

/* Keeps a text: bounded, ended between two characters, without control characters. */
static const char *keep(struct containers *c, const char *text)
{
	size_t n = strnlen(text, CONTAINER_TEXT_MAX + 1);
	char clean[CONTAINER_TEXT_MAX + 1];

	if (n > CONTAINER_TEXT_MAX) {
		n = CONTAINER_TEXT_MAX;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	for (size_t i = 0; i < n; i++)
		clean[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
	return intern_str(&c->texts, intern_addn(&c->texts, clean, n));
}

static bool is_below(const char *path, const char *top, size_t n)
{
	return path && !strncmp(path, top, n) && (!path[n] || path[n] == '/');
}

/* Is the container's first process in the cgroup that claims to be the container's? */
static bool is_at(pid_t pid, const char *path, size_t end)
{
	struct cgroups cgroups;
	bool at;

	if (!pid || cgroups_read(&cgroups, pid))
		return false;
	at = is_below(cgroups.unified, path, end) || is_below(cgroups.legacy, path, end);
	cgroups_done(&cgroups);
	return at;
}

static bool is_certain(const struct container_ref *ref)
{
	return ref->engine != ENGINE_NAME;
}

/* Does an engine's file say so, and is it to be believed? `inner`: it is in another container. */
static bool is_known(struct containers *c, const char *path, const struct container_refs *refs,
		     const struct container_ref *ref, bool inner, struct container_facts *facts)
{
	uint64_t start = clock_mono_ns();
	bool user = refs->uid && c->user_ns < USER_FILES_NS, known;

	known = container_engines_ask(&c->engines, ref, user ? refs->uid : 0, facts);
	if (user)
		c->user_ns += clock_mono_ns() - start;
	if (!known)
		return false;
	if (!inner && (is_certain(ref) || ref->depth <= TOP_DEPTH))
		return true;
	return is_at(facts->pid, path, ref->end);
}

/* What every container of this path has, known to a file or not. */
static void fill(struct containers *c, const struct container_refs *refs,
		 const struct container_ref *ref, struct container_facts *facts,
		 struct container *to)
{
	const char *name =
		facts->container_name.len ? buf_str(&facts->container_name) : buf_str(&facts->name);
	bool is_hash = strlen(ref->id) == CONTAINER_HASH_LEN;
	struct buf shown = {0};

	buf_add(&shown, ref->id, is_hash ? CONTAINER_ID_SHOWN : strlen(ref->id));
	to->name = keep(c, *name ? name : buf_str(&shown));
	buf_done(&shown);
	to->id = keep(c, ref->id);
	to->image = keep(c, buf_str(&facts->image));
	to->pod = keep(c, facts->pod.len ? buf_str(&facts->pod) : refs->pod_uid);
	to->namespace = keep(c, buf_str(&facts->space));
	to->runtime = facts->runtime ? facts->runtime : engine_names[ref->engine];
}

/* Is a container found in this path? What is no container but a service is filled in as well. */
static bool find(struct containers *c, const char *path, struct container *to)
{
	const struct container_ref *outer = NULL;
	struct container_facts facts = {0};
	struct container_refs refs;
	bool found = false;

	container_refs_find(&refs, path);
	for (size_t i = 0; i < refs.n && !outer; i++)
		if (is_certain(&refs.refs[i]))
			outer = &refs.refs[i];
	for (size_t i = refs.n; i-- && !found;) {
		const struct container_ref *ref = &refs.refs[i];
		bool inner = outer && ref > outer;

		found = is_known(c, path, &refs, ref, inner, &facts);
		if (found)
			fill(c, &refs, ref, &facts, to);
		container_facts_done(&facts);
		facts = (struct container_facts){0};
	}
	if (!found && outer) {
		fill(c, &refs, outer, &facts, to);
		/* The names of these two are in the path: there is no more to come. */
		to->pending = outer->engine != ENGINE_LXC && outer->engine != ENGINE_MACHINE;
		found = true;
	}
	/* runc makes its file when the container is in its cgroup already. */
	if (!found && refs.n)
		to->pending = true;
	if (found || !*to->service) {
		to->service = keep(c, refs.unit);
		to->cgroup = keep(c, path);
	}
	return found;
}

void containers_find(struct containers *c, const char *unified, const char *legacy,
		     struct container *ret_container)
{
	struct container it = {"", "", "", "", "", "", "", "", false};
	bool found = unified && find(c, unified, &it);

	if (!found && legacy) {
		bool pending = it.pending;

		it.pending = false;
		found = find(c, legacy, &it);
		it.pending |= !found && pending;
	}
	if (!found) {
		/* Where both say nothing the one with a path says more than the root. */
		if (!*it.service && unified && strcmp(unified, "/"))
			it.cgroup = keep(c, unified);
		it.name = it.service;
		if (*it.service)
			it.runtime = "systemd";
	}
	*ret_container = it;
}

static bool matches(const char *text, const char *pattern)
{
	return *text && !fnmatch(pattern, text, 0);
}

bool container_is_called(const struct container *it, const char *pattern)
{
	size_t n = strlen(pattern);

	return matches(it->name, pattern) || (n >= MIN_ID_PREFIX && !strncmp(it->id, pattern, n));
}

bool container_is_service(const struct container *it, const char *pattern)
{
	size_t n = strlen(it->service), end = strlen(".service");
	char stem[CONTAINER_TEXT_MAX + 1];

	if (matches(it->service, pattern))
		return true;
	if (n <= end || strcmp(it->service + n - end, ".service"))
		return false;
	memcpy(stem, it->service, n - end);
	stem[n - end] = '\0';
	return matches(stem, pattern);
}
