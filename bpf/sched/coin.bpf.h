/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_COIN_BPF_H
#define HP_COIN_BPF_H
/*
 * Which waits get stacks. A coin is tossed before the wait begins, with a chance made only of what
 * was before: p = min(1, cycle / spacing), where the cycle is the thread's mean time from wait to
 * wait. A wait that was chosen stands for 1 / p of them. So the choice is blind to how long the
 * wait will be, sums are unbiased, and a thread that waits seldom has all of its waits kept.
 *
 * The spacing is 500 us, and grows on a CPU where many threads wait often, so that the stacks of
 * one CPU stay near HP_COIN_BUDGET a second.
 */
#include "lib/hp.bpf.h"
#include "sched/account.bpf.h"

#define HP_COIN_SPACING_NS  500000ull
#define HP_COIN_SPACING_MAX 1000000000ull
#define HP_COIN_WINDOW_NS   50000000ull
#define HP_COIN_BUDGET	    50u /* a window: 1000 a second */
#define HP_CYCLE_SHIFT	    3	/* the mean forgets: each cycle counts 1/8 */

struct hp_coin {
	__u64 window;  /* when it began */
	__u64 spacing; /* ns */
	__u64 chosen;  /* in this window */
	__u64 random;  /* the generator's state */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_coin);
} hp_coins SEC(".maps") __weak;

/* A new window begins: the spacing follows what the last one cost, up at once, down by halves. */
static __always_inline void hp_coin_window(struct hp_coin *coin, __u64 now)
{
	__u64 windows = (now - coin->window) / HP_COIN_WINDOW_NS, spacing = coin->spacing;

	if (windows > 1 || !spacing)
		spacing = HP_COIN_SPACING_NS;
	else if (coin->chosen > HP_COIN_BUDGET)
		spacing = spacing * coin->chosen / HP_COIN_BUDGET;
	else if (coin->chosen < HP_COIN_BUDGET / 2)
		spacing /= 2;
	if (spacing < HP_COIN_SPACING_NS)
		spacing = HP_COIN_SPACING_NS;
	if (spacing > HP_COIN_SPACING_MAX)
		spacing = HP_COIN_SPACING_MAX;
	coin->spacing = spacing;
	coin->chosen = 0;
	coin->window = now;
}

/* xorshift64: a call to the kernel's generator costs more than all the rest of the toss. */
static __always_inline __u32 hp_coin_random(struct hp_coin *coin)
{
	__u64 x = coin->random;

	if (!x)
		x = (__u64)bpf_get_prandom_u32() << 32 | 1;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	coin->random = x;
	return x >> 32;
}

/*
 * The weight of the wait that begins now, in HP_WEIGHT_ONE; 0: not chosen. `last` is when the one
 * before began, and `mean` the mean time between two: of a thread, or of a lock, for which another
 * CPU may just have begun a later one.
 */
static __always_inline __u64 hp_coin_toss_of(struct hp_coin *coin, __u64 *last, __u64 *mean,
					     __u64 now)
{
	__u64 before = *last, cycle = now > before ? now - before : 0, spacing;

	if (!before)
		cycle = HP_COIN_SPACING_MAX; /* the first one */
	*mean = before ? *mean - (*mean >> HP_CYCLE_SHIFT) + cycle : cycle << HP_CYCLE_SHIFT;
	*last = now;
	cycle = (*mean >> HP_CYCLE_SHIFT) | 1;
	if (now - coin->window > HP_COIN_WINDOW_NS)
		hp_coin_window(coin, now);
	spacing = coin->spacing;
	if (cycle >= spacing) {
		coin->chosen++;
		return HP_WEIGHT_ONE;
	}
	/* Both are below 2^30: no overflow. */
	if ((__u64)hp_coin_random(coin) * spacing >= cycle << 32)
		return 0;
	coin->chosen++;
	return spacing * HP_WEIGHT_ONE / cycle;
}

static __always_inline __u64 hp_coin_toss(struct hp_task *t, __u64 now)
{
	__u32 zero = 0;
	struct hp_coin *coin = bpf_map_lookup_elem(&hp_coins, &zero);

	return coin ? hp_coin_toss_of(coin, &t->waited_at, &t->cycle, now) : 0;
}

#endif
