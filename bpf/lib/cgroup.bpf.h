/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_CGROUP_BPF_H
#define HP_CGROUP_BPF_H
/*
 * Cgroups by number. The first sight of one tells the reader its path at once and wakes it: a
 * container, and the files that name it, may be there for milliseconds only. If the ring is full
 * the number is forgotten, and the next sight tries again.
 */
#include "lib/config.bpf.h"
#include "lib/maps.bpf.h"

static __always_inline struct kernfs_node *hp_kernfs_parent(struct kernfs_node *node)
{
	struct kernfs_node___6_15 *node_6_15 = (void *)node;
	struct kernfs_node___6_14 *node_6_14 = (void *)node;

	if (bpf_core_field_exists(node_6_15->__parent))
		return BPF_CORE_READ(node_6_15, __parent);
	return BPF_CORE_READ(node_6_14, parent);
}

/* The path below the root, as names from the leaf up: the reader turns it round. */
static __always_inline __u32 hp_cgroup_path(char *to, struct kernfs_node *node)
{
	struct kernfs_node *parent;
	__u32 len = 0;

	for (int i = 0; i < HP_PATH_DEPTH; i++) {
		__u32 at = len;
		long n;

		parent = node ? hp_kernfs_parent(node) : NULL;
		if (!parent || at >= HP_PATH_LEN)
			break;
		hp_opaque(at);
		at &= HP_PATH_LEN - 1;
		n = bpf_probe_read_kernel_str(to + at, HP_NAME_LEN, BPF_CORE_READ(node, name));
		if (n <= 0)
			break;
		len = at + n;
		node = parent;
	}
	return len;
}

/* What the controller that v1 hosts tell containers apart by knows of the task; or NULL. */
static __always_inline struct cgroup_subsys_state *hp_cgroup_state(struct css_set *set)
{
	struct cgroup_subsys_state *state = NULL;
	__u64 controller;

	if (hp_config.controller)
		controller = hp_config.controller - 1;
	else if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		controller = bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	else if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		controller = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	else
		return NULL;
	bpf_probe_read_kernel(&state, sizeof(state),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) +
				      controller * sizeof(state));
	return state;
}

#define HP_CGROUP_DEPTH 64

/* Is this cgroup, or one above it, asked for? */
static __always_inline bool hp_cgroup_below(struct cgroup *cgroup, __u64 legacy)
{
	struct hp_cgroup_id id = {.legacy = legacy};

	for (int i = 0; i < HP_CGROUP_DEPTH && cgroup; i++) {
		id.id = BPF_CORE_READ(cgroup, kn, id);
		if (bpf_map_lookup_elem(&hp_asked, &id))
			return true;
		/* struct cgroup begins with its `self`. */
		cgroup = (struct cgroup *)BPF_CORE_READ(cgroup, self.parent);
	}
	return false;
}

static __noinline bool hp_cgroup_walk(struct css_set *set)
{
	struct cgroup_subsys_state *state = hp_cgroup_state(set);
	struct cgroup *legacy = BPF_CORE_READ(state, cgroup);

	if (hp_cgroup_below(BPF_CORE_READ(set, dfl_cgrp), 0))
		return true;
	/* On most hosts the controller is in the cgroup2 tree: nothing more to be seen. */
	return hp_config.controller && legacy && BPF_CORE_READ(legacy, root, hierarchy_id) &&
	       hp_cgroup_below(legacy, 1);
}

static __always_inline long hp_cgroup_tell(const struct hp_cgroup_key *key,
					   const struct hp_cgroup *new, struct cgroup *unified,
					   struct cgroup_subsys_state *state)
{
	struct cgroup *legacy = BPF_CORE_READ(state, cgroup);
	struct hp_cgroup_seen *seen = bpf_ringbuf_reserve(&hp_events, sizeof(*seen), 0);

	if (!seen)
		return -1;
	seen->type = HP_EVENT_CGROUP;
	seen->has_legacy = legacy && BPF_CORE_READ(legacy, root, hierarchy_id);
	seen->asked = new->asked;
	seen->number = new->number;
	seen->key = *key;
	seen->unified_len = hp_cgroup_path(seen->unified, BPF_CORE_READ(unified, kn));
	seen->legacy_len =
		seen->has_legacy ? hp_cgroup_path(seen->legacy, BPF_CORE_READ(legacy, kn)) : 0;
	bpf_ringbuf_submit(seen, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* What is known of the cgroup with this state, or NULL; its key either way. Plain loads where that
 * is possible: each call of a helper here costs every sample. */
static __always_inline struct hp_cgroup *
hp_cgroup_find(struct css_set *set, struct cgroup_subsys_state *state, struct hp_cgroup_key *key)
{
	key->unified = set->dfl_cgrp->kn->id;
	/* 0 where there is no state. */
	bpf_probe_read_kernel(&key->legacy, sizeof(key->legacy), &state->serial_nr);
	return bpf_map_lookup_elem(&hp_cgroups, key);
}

/* A task's cgroup, or NULL when the ring or the table refused it. */
static __noinline struct hp_cgroup *hp_cgroup_of(struct task_struct *task)
{
	struct css_set *set = task->cgroups;
	struct cgroup_subsys_state *state = hp_cgroup_state(set);
	struct hp_cgroup *known, new = {};
	struct hp_cgroup_key key;
	__u32 zero = 0, *next;

	known = hp_cgroup_find(set, state, &key);
	if (known)
		return known;
	next = bpf_map_lookup_elem(&hp_next_cgroup, &zero);
	if (!next)
		return NULL;
	new.number = __sync_fetch_and_add(next, 1) + 1;
	if (hp_config.filter & HP_FILTER_CGROUP)
		new.asked = hp_cgroup_walk(set);
	/* Another CPU was first, or the table refused. */
	if (bpf_map_update_elem(&hp_cgroups, &key, &new, BPF_NOEXIST))
		return bpf_map_lookup_elem(&hp_cgroups, &key);
	if (hp_cgroup_tell(&key, &new, set->dfl_cgrp, state)) {
		bpf_map_delete_elem(&hp_cgroups, &key);
		return NULL;
	}
	return bpf_map_lookup_elem(&hp_cgroups, &key);
}

/* The same of one that was seen before; NULL: it was not. Changes nothing, and takes no lock. */
static __always_inline struct hp_cgroup *hp_cgroup_known(struct task_struct *task)
{
	struct css_set *set = task->cgroups;
	struct hp_cgroup_key key;

	return hp_cgroup_find(set, hp_cgroup_state(set), &key);
}

/* 0: none was to be had, and the reader has to look at the process. */
static __always_inline __u32 hp_cgroup_number(struct task_struct *task)
{
	struct hp_cgroup *cgroup = hp_cgroup_of(task);

	return cgroup ? cgroup->number : 0;
}

static __always_inline bool hp_cgroup_refused(struct task_struct *task)
{
	struct hp_cgroup *cgroup = hp_cgroup_of(task);

	return cgroup && cgroup->verdict == HP_VERDICT_NO;
}

static __always_inline bool hp_cgroup_asked(struct task_struct *task)
{
	struct hp_cgroup *cgroup = hp_cgroup_of(task);

	return cgroup ? cgroup->asked : hp_cgroup_walk(task->cgroups);
}

#endif
