/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_MAPS_BPF_H
#define HP_MAPS_BPF_H
/*
 * The maps that all objects share. Each object defines them weakly; the loader creates those of
 * the first object and hands their descriptors to the others. Nothing is pinned.
 */
#include "lib/hp.bpf.h"
#include "unwind/walk.h"

/* Written by every probe, read by one reader; its size is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} hp_events SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HP_KINDS);
	__type(key, __u32);
	__type(value, struct hp_stats);
} hp_stats SEC(".maps") __weak;

/* Ids of stacks that have crossed the ring. The reader empties it before it is full. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u8);
} hp_seen SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HP_SPACE_LAST);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hp_binary_key);
	__type(value, __u32);
} hp_binaries SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} hp_next_binary SEC(".maps") __weak; /* ids given out so far */

/* Where the unwind table of each space is, by its 16 bits; the tables are in hp_arena. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 16);
	__type(key, __u32);
	__type(value, struct hp_unwind_table);
} hp_tables SEC(".maps") __weak;

/*
 * Working memory of one stack walk, one slot for each way a probe can be entered: a perf sample
 * can interrupt a scheduler tracepoint on the same CPU, and must not write over its walk. Probes
 * that can be preempted by another task which enters the same probe (uprobes stay on their CPU, but
 * may be switched away from) take one of a pool, see hp_walk_take().
 */
#define HP_POOL_SLOTS 4
enum hp_slot {
	HP_SLOT_PERF,
	HP_SLOT_ITER,
	HP_SLOT_SCHED,
	HP_SLOT_POOL,
	HP_SLOTS = HP_SLOT_POOL + HP_POOL_SLOTS
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HP_SLOTS);
	__type(key, __u32);
	__type(value, struct hp_walk);
} hp_walks SEC(".maps") __weak;

/* HP_FILTER_TASKS: ids of processes and of single threads; the value is when the task started
 * (task_struct.start_boottime), or 0 when the loader put it there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, __u64);
} hp_processes SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} hp_threads SEC(".maps") __weak;

/* HP_FILTER_CGROUP: set by the loader, before anything is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HP_CGROUPS_ASKED);
	__type(key, struct hp_cgroup_id);
	__type(value, __u8);
} hp_asked SEC(".maps") __weak;

/*
 * Cgroups that tasks were seen in. The reader empties it before it is full: then they are told
 * again, under other numbers. (Not an LRU hash: its locks are not for NMIs.)
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HP_CGROUPS_MAX);
	__type(key, struct hp_cgroup_key);
	__type(value, struct hp_cgroup);
} hp_cgroups SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} hp_next_cgroup SEC(".maps") __weak; /* numbers given out so far */

#endif
