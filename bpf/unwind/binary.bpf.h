/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_UNWIND_BINARY_BPF_H
#define HP_UNWIND_BINARY_BPF_H
/*
 * Files by number. The first sight of a file gives it the next number and tells the reader at once
 * (it wakes it: the process that maps the file may live for milliseconds only). If the ring is
 * full the number is forgotten, and the next sight tries again.
 */
#include "lib/ring.bpf.h"
#include "unwind/walk.h"

/* The path below its file system's root, as names from the leaf up: the reader turns it round. */
static __always_inline void hp_binary_path(struct hp_binary *to, struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry), *parent;
	__u32 len = 0;

	for (int i = 0; i < HP_PATH_DEPTH; i++) {
		__u32 at = len;
		long n;

		parent = BPF_CORE_READ(dentry, d_parent);
		if (!dentry || parent == dentry || at >= HP_PATH_LEN)
			break;
		hp_opaque(at);
		at &= HP_PATH_LEN - 1;
		n = bpf_probe_read_kernel_str(to->path + at, HP_NAME_LEN,
					      BPF_CORE_READ(dentry, d_name.name));
		if (n <= 0)
			break;
		len = at + n;
		dentry = parent;
	}
	to->path_len = len;
}

static __always_inline long hp_binary_tell(struct hp_walk *walk, __u64 vma, struct file *file,
					   const struct hp_binary_key *key, __u32 id)
{
	struct hp_binary *told = &walk->binary;
	__u64 size;

	told->type = HP_EVENT_BINARY;
	told->id = id;
	told->key = *key;
	told->tgid = walk->tgid;
	told->vm_start = BPF_CORE_READ((struct vm_area_struct *)vma, vm_start);
	told->vm_end = BPF_CORE_READ((struct vm_area_struct *)vma, vm_end);
	hp_binary_path(told, file);
	size = told->path_len;
	hp_opaque(size);
	if (size > HP_PATH_LEN + HP_NAME_LEN)
		size = HP_PATH_LEN + HP_NAME_LEN;
	size += __builtin_offsetof(struct hp_binary, path);
	return hp_ring_write(told, size, BPF_RB_FORCE_WAKEUP);
}

/* The number of the mapping's file, or HP_SPACE_UNKNOWN when none is to be had. */
static __always_inline __u32 hp_binary_id(struct hp_walk *walk, __u64 vma, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct hp_binary_key key = {
		.inode = BPF_CORE_READ(inode, i_ino),
		.dev = BPF_CORE_READ(inode, i_sb, s_dev),
		.generation = BPF_CORE_READ(inode, i_generation),
	};
	__u32 *known = bpf_map_lookup_elem(&hp_binaries, &key), *next, zero = 0, id;

	if (known)
		return *known;
	next = bpf_map_lookup_elem(&hp_next_binary, &zero);
	if (!next || *next >= HP_SPACE_LAST)
		return HP_SPACE_UNKNOWN;
	id = __sync_fetch_and_add(next, 1) + HP_SPACE_FIRST;
	if (id > HP_SPACE_LAST)
		return HP_SPACE_UNKNOWN;
	if (bpf_map_update_elem(&hp_binaries, &key, &id, BPF_NOEXIST)) {
		/* Another CPU was first, or the table refused. */
		known = bpf_map_lookup_elem(&hp_binaries, &key);
		return known ? *known : HP_SPACE_UNKNOWN;
	}
	if (hp_binary_tell(walk, vma, file, &key, id)) {
		bpf_map_delete_elem(&hp_binaries, &key);
		return HP_SPACE_UNKNOWN;
	}
	return id;
}

#endif
