// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The growth probe: pages that the kernel gives to processes, where they touch memory for the first
 * time (or write to what they share). Every page is counted, by process; a stack is taken about
 * every HP_GROWTH_SPACING pages.
 *
 * A process's count is kept on the CPU as long as no other process has pages there, and only then
 * added to its own: many threads that fault at once do not fight for one counter.
 */
#include "lib/config.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/random.bpf.h"
#include "lib/sample.bpf.h"
#include "unwind/unwind.h"

struct growth_key {
	__u64 start;
	__u64 tgid;
};

struct growth_batch {
	struct growth_key key; /* tgid 0: empty */
	__u64 pages, times;
	__s64 next;    /* pages to the next sample point; 0 and less: not drawn yet */
	__u64 spacing; /* by which `next` was drawn */
	__u64 sampled; /* when: ktime */
	__u32 tid;     /* that the filter has judged last */
	__u32 wanted;
	__u32 cgroup;		/* of the process, when it came: see struct hp_grown */
	__u32 known;		/* `tid`, at `task`, is of this process and wanted */
	__u64 task;		/* its address: to be compared, no more */
	char comm[HP_COMM_LEN]; /* as `cgroup` */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct growth_batch);
} growth_batches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct growth_key);
	__type(value, struct hp_grown);
} growth_of SEC(".maps");

/* Of processes that found growth_of full. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_grown);
} growth_rest SEC(".maps");

/* The batch's process. New when it is its first, or has been told of already: when its first thread
 * ended, while others went on. */
static __always_inline struct hp_grown *growth_find(const struct growth_batch *batch)
{
	struct growth_key key = batch->key;
	struct hp_grown fresh = {.type = HP_EVENT_GROWN,
				 .stale = 1,
				 .tgid = key.tgid,
				 .start = key.start,
				 .cgroup = batch->cgroup};
	struct hp_grown *grown = bpf_map_lookup_elem(&growth_of, &key);
	__u32 zero = 0;

	if (grown)
		return grown;
	__builtin_memcpy(fresh.comm, batch->comm, sizeof(fresh.comm));
	bpf_map_update_elem(&growth_of, &key, &fresh, BPF_NOEXIST);
	grown = bpf_map_lookup_elem(&growth_of, &key);
	return grown ? grown : bpf_map_lookup_elem(&growth_rest, &zero);
}

static __always_inline void growth_flush(struct growth_batch *batch)
{
	struct hp_grown *grown = batch->key.tgid ? growth_find(batch) : NULL;

	if (grown) {
		__sync_fetch_and_add(&grown->pages, batch->pages);
		__sync_fetch_and_add(&grown->times, batch->times);
	}
	batch->pages = batch->times = 0;
}

/* The batch has become another process's: its name is entered while it is at hand. */
static __always_inline void growth_name(struct growth_batch *batch, struct task_struct *task)
{
	struct hp_grown *grown;

	batch->cgroup = hp_cgroup_number(task);
	bpf_probe_read_kernel_str(batch->comm, sizeof(batch->comm), task->group_leader->comm);
	grown = growth_find(batch);
	if (!grown || !grown->tgid)
		return;
	grown->stale = 0;
	grown->cgroup = batch->cgroup;
	__builtin_memcpy(grown->comm, batch->comm, sizeof(grown->comm));
}

/* Draws the next point. Its spacing is chosen before, so what it stands for is known. */
static __always_inline void growth_draw(struct growth_batch *batch)
{
	__u64 now = bpf_ktime_get_ns(), took = now - batch->sampled, spacing = batch->spacing;
	__u32 random = bpf_get_prandom_u32();

	if (took < HP_GROWTH_NS / 2 && spacing < HP_GROWTH_SPACING_MOST)
		spacing *= 2;
	else if (took > HP_GROWTH_NS * 2 && spacing > HP_GROWTH_SPACING)
		spacing /= 2;
	if (!spacing)
		spacing = HP_GROWTH_SPACING;
	batch->sampled = now;
	batch->spacing = spacing;
	batch->next = hp_exponential(spacing, random);
}

static __always_inline void growth_sample(struct task_struct *task, __u64 pages, __u64 spacing)
{
	struct hp_stats *stats = hp_stats_of(HP_KIND_GROWTH);
	struct hp_sample sample = {};
	struct hp_walk *walk;
	__u64 user = 0;

	if (!stats)
		return;
	hp_count(stats->attempted);
	walk = hp_walk_take();
	if (!walk) {
		hp_count(stats->lost[HP_LOSS_NO_SLOT]);
		return;
	}
	if (!hp_config.no_user)
		user = hp_stack_user_entry(task, walk, stats);
	hp_walk_give(walk);
	hp_sample_fill(&sample, task, HP_KIND_GROWTH, user, 0, spacing << HP_GROWTH_SHIFT | pages);
	hp_sample_put(&sample, sizeof(sample), stats);
}

/*
 * Memory of a process, and not the page cache: that of files is asked for with write, or with
 * read-ahead's "no retry", which huge pages have too, but with "no reserves". Also true of what
 * another process's memory is given through this one (exec's arguments, process_vm_writev), which
 * is little.
 */
static __always_inline bool growth_is_ours(__u32 gfp)
{
	const __u32 wanted = HP_GFP_HIGHMEM | HP_GFP_MOVABLE;
	const __u32 readahead = HP_GFP_NORETRY | HP_GFP_NOWARN;

	return (gfp & wanted) == wanted && !(gfp & HP_GFP_WRITE) &&
	       (gfp & (readahead | HP_GFP_NOMEMALLOC)) != readahead;
}

/* The filter's verdict, which is the same for all pages of a thread, but for its name and what the
 * reader has found out of its container. */
static __always_inline bool growth_wanted(struct growth_batch *batch, struct task_struct *task)
{
	if (!hp_config.filter)
		return true;
	if (hp_config.filter & (HP_FILTER_COMM | HP_FILTER_PLACE))
		return hp_filter_task(task);
	if (batch->tid != (__u32)task->pid) {
		batch->tid = task->pid;
		batch->wanted = hp_filter_task(task);
	}
	return batch->wanted;
}

/*
 * The next page of the thread that had the last one on this CPU, which is most of them where there
 * are many: nothing needs to be looked up. (The address of a task that has ended can be another's,
 * but not with the same number.) What was asked for by name or by place can change meanwhile.
 */
static __always_inline bool growth_is_next(struct growth_batch *batch, struct task_struct *task)
{
	return batch->task == (__u64)task && batch->known && batch->tid == (__u32)task->pid &&
	       !(hp_config.filter & (HP_FILTER_COMM | HP_FILTER_PLACE));
}

/* Whose page is it? False: nobody's that we count. */
static __always_inline bool growth_enter(struct growth_batch *batch, struct task_struct *task)
{
	if (!task->mm || task->flags & PF_KTHREAD)
		return false;
	batch->known = false;
	if (!growth_wanted(batch, task))
		return false;
	if (batch->key.tgid != (__u32)task->tgid ||
	    batch->key.start != task->group_leader->start_boottime) {
		growth_flush(batch);
		batch->key.tgid = task->tgid;
		batch->key.start = task->group_leader->start_boottime;
		growth_name(batch, task);
	}
	batch->task = (__u64)task;
	batch->tid = task->pid;
	batch->known = true;
	return true;
}

SEC("tp_btf/mm_page_alloc")
int BPF_PROG(hp_growth_page, struct page *page, unsigned int order, __u32 gfp)
{
	struct growth_batch *batch;
	struct task_struct *task;
	__u64 pages, spacing;
	__u32 zero = 0;

	if (!page || !growth_is_ours(gfp) || order > HP_MAX_ORDER)
		return 0;
	task = bpf_get_current_task_btf();
	batch = bpf_map_lookup_elem(&growth_batches, &zero);
	if (!batch || (!growth_is_next(batch, task) && !growth_enter(batch, task)))
		return 0;
	pages = 1ull << order;
	batch->pages += pages;
	batch->times++;
	batch->next -= (__s64)pages;
	if (batch->next > 0)
		return 0;
	spacing = batch->spacing;
	growth_draw(batch);
	if (spacing) /* else this is the CPU's first page, and stands for nothing */
		growth_sample(task, pages, spacing);
	return 0;
}

/*
 * A process's first thread ends: its count is sent, and its place is free. What other CPUs still
 * have of it comes in a record of its own.
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(hp_growth_exit, struct task_struct *task)
{
	struct growth_key key = {.start = task->start_boottime, .tgid = task->tgid};
	struct growth_batch *batch;
	struct hp_grown *grown, copy;
	__u32 zero = 0;

	if (task->pid != task->tgid)
		return 0;
	batch = bpf_map_lookup_elem(&growth_batches, &zero);
	if (batch && batch->key.tgid == key.tgid && batch->key.start == key.start) {
		growth_flush(batch);
		batch->key.tgid = 0;
		batch->known = false;
	}
	grown = bpf_map_lookup_elem(&growth_of, &key);
	if (!grown)
		return 0;
	__builtin_memcpy(&copy, grown, sizeof(copy));
	copy.stale = 0;
	copy.cgroup = hp_cgroup_number(task);
	bpf_probe_read_kernel_str(copy.comm, sizeof(copy.comm), task->comm);
	if (!hp_ring_write(&copy, sizeof(copy), hp_ring_flags(hp_config.ring_wake)))
		bpf_map_delete_elem(&growth_of, &key);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
