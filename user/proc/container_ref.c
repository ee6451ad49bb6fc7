// SPDX-License-Identifier: GPL-2.0-or-later
#include "proc/container_ref.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POD_UID 36 /* with dashes; static pods have 32 digits and none */

/* One part of a path. Not NUL-terminated. */
struct part {
	const char *s;
	size_t n;
};

static bool is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]) && (s[i] < 'a' || s[i] > 'f'))
			return false;
	return n > 0;
}

static bool equals(struct part part, const char *s)
{
	return part.n == strlen(s) && !memcmp(part.s, s, part.n);
}

static bool cut_start(struct part *part, const char *start)
{
	size_t n = strlen(start);

	if (part->n <= n || memcmp(part->s, start, n))
		return false;
	part->s += n;
	part->n -= n;
	return true;
}

static bool cut_end(struct part *part, const char *end)
{
	size_t n = strlen(end);

	if (part->n <= n || memcmp(part->s + part->n - n, end, n))
		return false;
	part->n -= n;
	return true;
}

/* What engines accept as an id; it becomes a part of file names. */
static bool is_id(struct part part)
{
	if (!part.n || part.n > CONTAINER_ID_MAX || !isalnum((unsigned char)*part.s))
		return false;
	for (size_t i = 0; i < part.n; i++)
		if (!isalnum((unsigned char)part.s[i]) && !memchr("_.-+", part.s[i], 4))
			return false;
	return true;
}

static void copy(char *to, struct part part)
{
	size_t n = part.n < CONTAINER_ID_MAX ? part.n : CONTAINER_ID_MAX;

	memcpy(to, part.s, n);
	to[n] = '\0';
}

/* systemd writes what its names may not hold as "\x2d". */
static void copy_unescaped(char *to, struct part part)
{
	size_t len = 0;

	for (size_t i = 0; i < part.n && len < CONTAINER_ID_MAX; i++) {
		if (part.n - i >= 4 && part.s[i] == '\\' && part.s[i + 1] == 'x' &&
		    is_hex(part.s + i + 2, 2)) {
			char digits[3] = {part.s[i + 2], part.s[i + 3], 0};
			char c = (char)strtoul(digits, NULL, 16);

			to[len++] = c ? c : '?';
			i += 3;
		} else {
			to[len++] = part.s[i];
		}
	}
	to[len] = '\0';
}

/* "pod1234_abcd", "kubepods-burstable-pod1234_abcd.slice": the uid, in its written form. */
static void find_pod(struct container_refs *refs, struct part part)
{
	const char *pod = NULL;
	size_t n;

	for (size_t i = 0; i + 3 < part.n; i++)
		if (!memcmp(part.s + i, "pod", 3) && (!i || part.s[i - 1] == '-'))
			pod = part.s + i + 3;
	if (!pod)
		return;
	for (n = 0; pod + n < part.s + part.n && n < POD_UID; n++)
		if (!is_hex(pod + n, 1) && pod[n] != '-' && pod[n] != '_')
			break;
	if (n != 32 && n != POD_UID)
		return;
	for (size_t i = 0; i < n; i++)
		refs->pod_uid[i] = pod[i] == '_' ? '-' : pod[i];
	refs->pod_uid[n] = '\0';
}

static struct container_ref *add(struct container_refs *refs, enum container_engine engine,
				 unsigned int depth, size_t end)
{
	struct container_ref *ref;

	if (refs->n == CONTAINER_REFS_MAX)
		refs->n--;
	ref = &refs->refs[refs->n++];
	*ref = (struct container_ref){.engine = engine, .depth = depth, .end = end};
	return ref;
}

/* Who has put this before the id? `part` is "docker-", "x.slice:cri-containerd:", or "". */
static enum container_engine engine_of(struct part part, struct part parent)
{
	static const struct {
		const char *prefix;
		enum container_engine engine;
	} known[] = {
		{"docker", ENGINE_DOCKER},	{"libpod", ENGINE_PODMAN},
		{"crio", ENGINE_CRIO},		{"cri-containerd", ENGINE_CONTAINERD},
		{"nerdctl", ENGINE_CONTAINERD}, {"containerd", ENGINE_CONTAINERD},
	};

	if (part.n) {
		const char *colon;

		part.n--;
		colon = memrchr(part.s, ':', part.n);
		if (colon) {
			part.n -= (size_t)(colon + 1 - part.s);
			part.s = colon + 1;
		}
	} else if (equals(parent, "docker")) {
		return ENGINE_DOCKER;
	} else if (equals(parent, "libpod_parent")) {
		return ENGINE_PODMAN;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (equals(part, known[i].prefix))
			return known[i].engine;
	return ENGINE_UNKNOWN;
}

/* An id of 64 digits at the end, alone or behind a prefix. */
static bool find_hex(struct container_refs *refs, struct part part, struct part parent,
		     unsigned int depth, size_t end)
{
	struct part id, prefix;

	cut_end(&part, ".scope");
	if (part.n < CONTAINER_HASH_LEN)
		return false;
	id = (struct part){part.s + part.n - CONTAINER_HASH_LEN, CONTAINER_HASH_LEN};
	prefix = (struct part){part.s, part.n - CONTAINER_HASH_LEN};
	if (!is_hex(id.s, id.n))
		return false;
	if (prefix.n && prefix.s[prefix.n - 1] != '-' && prefix.s[prefix.n - 1] != ':')
		return false;
	/* The engine's own process that watches over a container. */
	if (cut_end(&prefix, "conmon-"))
		return true;
	find_pod(refs, prefix);
	copy(add(refs, engine_of(prefix, parent), depth, end)->id, id);
	return true;
}

/* Engines whose containers have names. */
static bool find_named(struct container_refs *refs, struct part part, struct part parent,
		       unsigned int depth, size_t end)
{
	struct part name = part;

	if (cut_start(&name, "lxc.payload.") || equals(parent, "lxc.payload") ||
	    (equals(parent, "lxc") && depth == 2)) {
		copy(add(refs, ENGINE_LXC, depth, end)->id, name);
		return true;
	}
	if ((cut_start(&name, "machine-") && cut_end(&name, ".scope")) ||
	    (cut_start(&name, "systemd-nspawn@") && cut_end(&name, ".service"))) {
		copy_unescaped(add(refs, ENGINE_MACHINE, depth, end)->id, name);
		return true;
	}
	name = part;
	if (!cut_end(&name, ".scope"))
		return false;
	if (cut_start(&name, "runc-") && is_id(name))
		copy(add(refs, ENGINE_RUNC, depth, end)->id, name);
	else if (cut_start(&name, "crun-") && is_id(name))
		copy(add(refs, ENGINE_CRUN, depth, end)->id, name);
	else
		return false;
	return true;
}

/* systemd's own words, and those of engines for what is no container. */
static bool is_structure(struct part part)
{
	static const char *const words[] = {"init.scope", "docker",  "libpod_parent", "kubepods",
					    "lxc",	  "payload", "supervisor",    "container"};
	struct part rest = part;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (equals(part, words[i]))
			return true;
	return cut_end(&rest, ".slice") || cut_start(&rest, "lxc.");
}

static void take_part(struct container_refs *refs, struct part part, struct part parent,
		      unsigned int depth, size_t end)
{
	struct part rest = part;
	struct container_ref *ref;

	find_pod(refs, part);
	if (cut_start(&rest, "user-") && cut_end(&rest, ".slice") && rest.n < 11)
		refs->uid = strtoul(rest.s, NULL, 10);
	if (find_hex(refs, part, parent, depth, end) || find_named(refs, part, parent, depth, end))
		return;
	rest = part;
	if (is_structure(part))
		return;
	if (cut_end(&rest, ".service") || cut_end(&rest, ".scope")) {
		copy_unescaped(refs->unit, part);
		return;
	}
	if (!is_id(part))
		return;
	ref = add(refs, ENGINE_NAME, depth, end);
	copy(ref->id, part);
	if (is_id(parent))
		copy(ref->parent, parent);
}

void container_refs_find(struct container_refs *refs, const char *path)
{
	struct part parent = {"", 0};
	unsigned int depth = 0;
	const char *at = path;

	memset(refs, 0, sizeof(*refs));
	while (*at) {
		struct part part = {at, strcspn(at, "/")};

		at += part.n;
		if (part.n) {
			take_part(refs, part, parent, ++depth, (size_t)(at - path));
			parent = part;
		}
		at += *at == '/';
	}
}
