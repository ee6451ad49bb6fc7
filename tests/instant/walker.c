// SPDX-License-Identifier: GPL-2.0-or-later
#include "walker.h"

#include "kernel.h"
#include "maple.h"
#include "unwind/step.bpf.h"

#include "binaries.h"
#include "maps.h"
#include "sample.h"

_Static_assert(WALKER_MAX_FRAMES == HP_MAX_FRAMES, "all frames have room");

#define MAX_PADDING 16
#define ONES	    0x0101010101010101ull
#define FAR	    (1u << 20)

struct walker_space {
	struct kernel_space kernel;
	struct mm_struct mm;
	struct super_block sb;
	struct vm_area_struct *vmas;
	struct file *files;   /* one a binary */
	struct inode *inodes; /* numbered as the binaries, from 1 */
	void **nodes;
	size_t n_nodes;
};

static const char *hp_arena_chunk(__u32 chunk)
{
	return binaries_chunk(kernel.binaries, chunk);
}

static void make_files(struct walker_space *space, const struct binaries *binaries)
{
	size_t n = binaries->all.n;

	space->files = mem_array(n + 1, sizeof(*space->files));
	space->inodes = mem_array(n + 1, sizeof(*space->inodes));
	fake_kernel(space->files, (n + 1) * sizeof(*space->files));
	fake_kernel(space->inodes, (n + 1) * sizeof(*space->inodes));
	for (size_t i = 0; i < n; i++) {
		space->inodes[i] = (struct inode){.i_sb = &space->sb, .i_ino = i + 1};
		space->files[i] = (struct file){.f_inode = &space->inodes[i]};
	}
}

static struct vm_area_struct make_vma(struct walker_space *space, const struct map *map)
{
	bool file = map->file != PLACE_ANON && map->file != PLACE_VDSO;

	if (map->file == PLACE_VDSO)
		space->mm.context.vdso = (void *)map->start;
	return (struct vm_area_struct){
		.vm_start = map->start,
		.vm_end = map->end,
		.vm_flags = map->code ? VM_EXEC : 0,
		.vm_pgoff = file ? map->offset >> HP_PAGE_SHIFT : 0,
		.vm_file = file ? &space->files[map->file] : NULL,
	};
}

/* Would a node of some level have one slot only? The kernel has no such nodes. */
static bool has_lonely(size_t n)
{
	bool leaf = true;

	for (; n > 1; leaf = false) {
		size_t fill = leaf ? MAPLE_LEAF_FILL : MAPLE_WIDE_FILL;

		if (n % fill == 1)
			return true;
		n = (n + fill - 1) / fill;
	}
	return false;
}

/* Splits the gap at the end until the tree is one that the kernel could have. */
static size_t pad_ranges(struct maple_range *ranges, size_t n)
{
	for (size_t i = 0; i < MAX_PADDING && has_lonely(n); i++, n++) {
		struct maple_range *last = &ranges[n - 1];

		ranges[n] = (struct maple_range){last->first + HP_UNWIND_PAGE, last->last, NULL};
		last->last = ranges[n].first - 1;
	}
	return n;
}

static void make_tree(struct walker_space *space, const struct maps *maps)
{
	size_t n = maps->all.n, n_ranges = 0;
	struct maple_range *ranges = mem_array(2 * n + 1 + MAX_PADDING, sizeof(*ranges));
	__u64 at = 0;

	space->vmas = mem_array(n + 1, sizeof(*space->vmas));
	fake_kernel(space->vmas, (n + 1) * sizeof(*space->vmas));
	space->nodes = mem_array(n + 16, sizeof(*space->nodes));
	for (size_t i = 0; i < n; i++) {
		struct vm_area_struct *vma = &space->vmas[i];

		*vma = make_vma(space, &maps->all.at[i]);
		if (vma->vm_start > at)
			ranges[n_ranges++] = (struct maple_range){at, vma->vm_start - 1, NULL};
		ranges[n_ranges++] = (struct maple_range){vma->vm_start, vma->vm_end - 1, vma};
		at = vma->vm_end;
	}
	ranges[n_ranges++] = (struct maple_range){at, ~0ull, NULL};
	n_ranges = pad_ranges(ranges, n_ranges);
	space->mm.mm_mt.ma_root =
		(void *)maple_build(ranges, n_ranges, &space->n_nodes, space->nodes);
	free(ranges);
}

struct walker_space *walker_space_new(const struct maps *maps, const struct binaries *binaries)
{
	struct walker_space *space = mem_zalloc(sizeof(*space));

	space->kernel.regions = mem_array(KERNEL_REGIONS, sizeof(*space->kernel.regions));
	kernel.space = &space->kernel;
	kernel.binaries = binaries;
	fake_kernel(space, sizeof(*space));
	make_files(space, binaries);
	make_tree(space, maps);
	kernel.tables[HP_SPACE_VDSO] = binaries->vdso_table;
	for (size_t i = 0; i < binaries->all.n; i++) {
		kernel.ids[i + 1] = (__u32)i + HP_SPACE_FIRST;
		kernel.tables[i + HP_SPACE_FIRST] = binaries->all.at[i].table;
	}
	return space;
}

void walker_space_free(struct walker_space *space)
{
	if (!space)
		return;
	for (size_t i = 0; i < space->n_nodes; i++)
		free(space->nodes[i]);
	free(space->nodes);
	free(space->vmas);
	free(space->files);
	free(space->inodes);
	free(space->kernel.regions);
	free(space);
}

static struct place place_of(__u64 frame)
{
	__u32 space = frame >> HP_FRAME_SHIFT;
	__u64 address = frame & HP_FRAME_ADDRESS;

	switch (space) {
	case HP_SPACE_ANON: return (struct place){PLACE_ANON, address};
	case HP_SPACE_VDSO: return (struct place){PLACE_VDSO, address};
	case HP_SPACE_UNKNOWN: return (struct place){PLACE_NONE, address};
	default: return (struct place){space - HP_SPACE_FIRST, address};
	}
}

/* Does no unwind table say how to leave this frame? */
static bool is_guess(__u64 frame, bool first)
{
	const struct hp_unwind_table *table = &kernel.tables[frame >> HP_FRAME_SHIFT];

	return !table->pages || !hp_table_find(table, (frame & HP_FRAME_ADDRESS) - !first);
}

void walker_run(struct walker_space *space, const struct sample *sample, struct walk *ret_walk)
{
	static struct hp_walk walk;

	kernel.space = &space->kernel;
	kernel.stack = sample->stack;
	kernel.stack_start = sample->registers[SAMPLE_RSP];
	kernel.stack_size = sample->stack_size;
	memset(&walk, 0xa5, sizeof(walk)); /* scratch memory is never clean */
	walk.regs = (struct hp_regs){
		.ip = sample->registers[SAMPLE_RIP],
		.sp = sample->registers[SAMPLE_RSP],
		.bp = sample->registers[SAMPLE_RBP],
		.bx = sample->registers[SAMPLE_RBX],
	};
	memcpy(walk.innermost, sample->registers, sizeof(walk.innermost));
	walk.mm = (__u64)&space->mm;
	walk.max_depth = HP_MAX_FRAMES;
	walk.tgid = (__u32)sample->pid;
	walk.start = 1;
	walk.returned = 0;
	hp_walk_user(&walk);
	*ret_walk = (struct walk){.n = walk.stack.n, .status = walk.status};
	ret_walk->complete = walk.status == HP_STACK_COMPLETE;
	ret_walk->too_deep = walk.status == HP_STACK_TOO_DEEP;
	/* Some bytes away from it: a register that was read there, with an offset. */
	ret_walk->below = kernel.failed - KERNEL_POISON * ONES + FAR / 2 < FAR;
	ret_walk->failed = kernel.failed;
	ret_walk->unreadable = walk.status == HP_STACK_UNREADABLE;
	ret_walk->guessed = walk.stack.n;
	for (__u32 i = 0; i < walk.stack.n; i++) {
		ret_walk->frames[i] = place_of(walk.stack.frames[i]);
		if (ret_walk->guessed == walk.stack.n && is_guess(walk.stack.frames[i], !i))
			ret_walk->guessed = i;
	}
}

const char *walker_status(uint32_t status)
{
	static const char *const names[] = {
#define HP_STACK(id, name, what) [HP_STACK_##id] = name,
#include "hostprof/stats.def"
#undef HP_STACK
	};

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : "?";
}
