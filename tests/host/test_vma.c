// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk of the maple tree: right for trees of every depth, harmless on torn ones. */
#include "maple.h"
#include "unwind/vma.bpf.h"

#define MAX_VMAS 700

static struct vm_area_struct vmas[MAX_VMAS];
static void *nodes[1024];
static size_t n_nodes;

static __u64 rng_state = 88172645463325252ull;

static __u64 rng(void)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	return rng_state ^= rng_state << 17;
}

static void free_nodes(void)
{
	for (size_t i = 0; i < n_nodes; i++)
		free(nodes[i]);
	n_nodes = 0;
}

/* `n` mappings of random size with random gaps; the tree over them goes into mm. */
static void build(struct mm_struct *mm, size_t n)
{
	static struct maple_range ranges[2 * MAX_VMAS + 1];
	__u64 at = 0x10000;
	size_t made = 0;

	fake_reset();
	free_nodes();
	ranges[made++] = (struct maple_range){0, at - 1, NULL};
	for (size_t i = 0; i < n; i++) {
		__u64 size = (1 + rng() % 64) << 12, gap = rng() % 3 ? (rng() % 16) << 12 : 0;

		vmas[i] = (struct vm_area_struct){.vm_start = at, .vm_end = at + size};
		ranges[made++] = (struct maple_range){at, at + size - 1, &vmas[i]};
		at += size;
		if (gap)
			ranges[made++] = (struct maple_range){at, at + gap - 1, NULL};
		at += gap;
	}
	ranges[made++] = (struct maple_range){at, ~0ull, NULL};
	mm->mm_mt.ma_root = (void *)maple_build(ranges, made, &n_nodes, nodes);
	fake_kernel(mm, sizeof(*mm));
	fake_kernel(vmas, sizeof(vmas));
}

static __u64 linear(size_t n, __u64 address)
{
	for (size_t i = 0; i < n; i++)
		if (address >= vmas[i].vm_start && address < vmas[i].vm_end)
			return (__u64)&vmas[i];
	return 0;
}

static void test_every_depth(void **state)
{
	static const size_t sizes[] = {1, 2, 8, 9, 10, 63, 64, 200, MAX_VMAS};
	struct mm_struct mm = {0};

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		size_t n = sizes[s];

		build(&mm, n);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(hp_vma_find(&mm, vmas[i].vm_start), (__u64)&vmas[i]);
			assert_int_equal(hp_vma_find(&mm, vmas[i].vm_end - 1), (__u64)&vmas[i]);
			assert_int_equal(hp_vma_find(&mm, vmas[i].vm_end),
					 linear(n, vmas[i].vm_end));
		}
		for (int i = 0; i < 2000; i++) {
			__u64 address = rng() % (vmas[n - 1].vm_end + 0x10000);

			assert_int_equal(hp_vma_find(&mm, address), linear(n, address));
		}
		assert_int_equal(hp_vma_find(&mm, 0), 0);
		assert_int_equal(hp_vma_find(&mm, ~0ull), 0);
	}
	free_nodes();
}

/* Some balanced tree over vmas[first..end). */
static struct rb_node___6_0 *rb_build(struct vm_area_struct___6_0 *old, size_t first, size_t end)
{
	size_t middle = first + (end - first) / 2;

	if (first >= end)
		return NULL;
	old[middle].vm_start = vmas[middle].vm_start;
	old[middle].vm_end = vmas[middle].vm_end;
	old[middle].vm_rb.rb_left = rb_build(old, first, middle);
	old[middle].vm_rb.rb_right = rb_build(old, middle + 1, end);
	return &old[middle].vm_rb;
}

static void test_red_black(void **state)
{
	static struct vm_area_struct___6_0 old[MAX_VMAS];
	struct mm_struct___6_0 mm = {0};
	struct mm_struct unused = {0};

	(void)state;
	build(&unused, MAX_VMAS); /* for vmas[] */
	fake.has_field = "mm_rb";
	fake_kernel(&mm, sizeof(mm));
	fake_kernel(old, sizeof(old));
	mm.mm_rb.rb_node = rb_build(old, 0, MAX_VMAS);
	for (size_t i = 0; i < MAX_VMAS; i++) {
		__u64 at = linear(MAX_VMAS, vmas[i].vm_end);
		__u64 want = at ? (__u64)&old[(struct vm_area_struct *)at - vmas] : 0;

		assert_int_equal(hp_vma_find((void *)&mm, vmas[i].vm_start), (__u64)&old[i]);
		assert_int_equal(hp_vma_find((void *)&mm, vmas[i].vm_end - 1), (__u64)&old[i]);
		assert_int_equal(hp_vma_find((void *)&mm, vmas[i].vm_end), want);
	}
	assert_int_equal(hp_vma_find((void *)&mm, 0), 0);
	/* A circle ends. */
	old[0].vm_rb.rb_left = mm.mm_rb.rb_node;
	assert_int_equal(hp_vma_find((void *)&mm, 1), 0);
	free_nodes();
}

static void test_single_entry_and_empty(void **state)
{
	struct mm_struct mm = {0};

	(void)state;
	fake_reset();
	fake_kernel(&mm, sizeof(mm));
	assert_int_equal(hp_vma_find(&mm, 0x1000), 0);
	mm.mm_mt.ma_root = &vmas[0];
	assert_int_equal(hp_vma_find(&mm, 0x1000), (__u64)&vmas[0]);
}

static void test_unreadable(void **state)
{
	struct mm_struct mm = {0};

	(void)state;
	build(&mm, 200);
	fake.n_regions = 0; /* nothing can be read */
	assert_int_equal(hp_vma_find(&mm, vmas[3].vm_start), 0);
	free_nodes();
}

/* A node that is being rewritten can hold anything: no crash, no endless walk. */
static void test_torn_nodes(void **state)
{
	struct mm_struct mm = {0};

	(void)state;
	for (int round = 0; round < 300; round++) {
		build(&mm, 64);
		for (int flips = 0; flips < 40; flips++) {
			unsigned char *node = nodes[rng() % n_nodes];

			node[rng() % MAPLE_NODE_SIZE] ^= (unsigned char)(1 << rng() % 8);
		}
		for (int i = 0; i < 100; i++)
			hp_vma_find(&mm, rng() % vmas[63].vm_end);
	}
	/* A node whose only slot is itself. */
	build(&mm, 64);
	for (size_t i = 0; i < n_nodes; i++) {
		struct maple_arange_64 *wide = nodes[i];

		for (int slot = 0; slot < 10; slot++)
			wide->slot[slot] = (void *)maple_encode(wide, MAPLE_ARANGE_64);
	}
	mm.mm_mt.ma_root = (void *)maple_encode(nodes[0], MAPLE_ARANGE_64);
	assert_int_equal(hp_vma_find(&mm, 0x12345), 0);
	free_nodes();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_depth),
		cmocka_unit_test(test_red_black),
		cmocka_unit_test(test_single_entry_and_empty),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_torn_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
