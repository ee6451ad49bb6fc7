// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/lockuse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "capture/duty.h"
#include "capture/lockbook.h"
#include "capture/places.h"
#include "capture/sink.h"
#include "model/recording.h"
#include "probes/probes.h"
#include "util/hash.h"
#include "util/mem.h"

/* --- out of the kernel --- */

static int read_locks(struct lockuse *use, int map)
{
	struct hp_uselock_key *before = NULL;
	struct lockuse_lock row = {.number = HASH_NONE};

	for (; !bpf_map_get_next_key(map, before, &row.key); before = &row.key)
		if (!bpf_map_lookup_elem(map, &row.key, &row.value))
			vec_push(&use->locks, row);
	return errno == ENOENT ? 0 : -errno;
}

static int read_places(struct lockuse *use, int map)
{
	struct hp_uselock_place_key *before = NULL;
	struct lockuse_place row;

	for (; !bpf_map_get_next_key(map, before, &row.key); before = &row.key)
		if (!bpf_map_lookup_elem(map, &row.key, &row.value))
			vec_push(&use->places, row);
	return errno == ENOENT ? 0 : -errno;
}

static int read_stacks(struct lockuse *use, int map)
{
	struct hp_uselock_stack_key *before = NULL;
	struct lockuse_stack row;

	for (; !bpf_map_get_next_key(map, before, &row.key); before = &row.key)
		if (!bpf_map_lookup_elem(map, &row.key, &row.value))
			vec_push(&use->stacks, row);
	return errno == ENOENT ? 0 : -errno;
}

static int read_pairs(struct lockuse *use, int map)
{
	struct hp_uselock_pair_key *before = NULL;
	struct lockorder_pair row = {0};

	for (; !bpf_map_get_next_key(map, before, &row.key); before = &row.key)
		if (!bpf_map_lookup_elem(map, &row.key, &row.value))
			vec_push(&use->pairs, row);
	return errno == ENOENT ? 0 : -errno;
}

/* Keys are compared as bytes; each begins with that of its lock. */
static int compare_locks(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hp_uselock_key));
}

static int compare_places(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hp_uselock_place_key));
}

static int compare_stacks(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hp_uselock_stack_key));
}

#define sort(v, compare)                                                                           \
	do {                                                                                       \
		if ((v)->n)                                                                        \
			qsort((v)->at, (v)->n, sizeof(*(v)->at), compare);                         \
	} while (0)

int lockuse_read(struct lockuse *use, const struct probes *probes, uint64_t end)
{
	uint32_t zero = 0;
	int err;

	if (probes_map(probes, "book_locks") < 0)
		return -ENOENT;
	use->end = end;
	err = read_locks(use, probes_map(probes, "book_locks"));
	if (!err)
		err = read_places(use, probes_map(probes, "book_places"));
	if (!err)
		err = read_stacks(use, probes_map(probes, "book_stacks"));
	if (!err)
		err = read_pairs(use, probes_map(probes, "book_pairs"));
	if (!err && bpf_map_lookup_elem(probes_map(probes, "book_lost"), &zero, &use->lost))
		err = -errno;
	sort(&use->locks, compare_locks);
	sort(&use->places, compare_places);
	sort(&use->stacks, compare_stacks);
	return err;
}

void lockuse_windows(struct lockuse *use, double scale)
{
	use->scale = scale;
}

void lockuse_duty_sums(void *probes, struct duty_sums *ret_sums)
{
	int map = probes_map(probes, "book_sums"), cpus = libbpf_num_possible_cpus();
	struct hp_uselock_sums *sums, *each;
	uint64_t taken = 0, hold = 0; /* some CPU's may be below 0 */
	uint32_t zero = 0;

	if (map < 0 || cpus <= 0)
		return;
	sums = mem_array((size_t)cpus, sizeof(*sums));
	if (!bpf_map_lookup_elem(map, &zero, sums))
		for (each = sums; each < sums + cpus; each++) {
			taken += each->taken;
			hold += each->hold;
		}
	ret_sums->sum[RECORDING_ACQUISITIONS] = (double)taken;
	ret_sums->sum[RECORDING_HOLD] = (double)hold;
	free(sums);
}

void lockuse_done(struct lockuse *use)
{
	vec_done(&use->locks);
	vec_done(&use->places);
	vec_done(&use->stacks);
	vec_done(&use->pairs);
	lockorder_done(&use->order);
	free(use->in_sink);
}

static struct lockuse_lock *lock_of(const struct lockuse *use, const struct hp_uselock_key *key)
{
	if (!use->locks.n)
		return NULL;
	return bsearch(key, use->locks.at, use->locks.n, sizeof(*use->locks.at), compare_locks);
}

/* --- samples --- */

/* Those that still have it had it until the end; what came after the end is none of it. */
static uint64_t hold_of(const struct lockuse *lockuse, const struct hp_use *use)
{
	uint64_t hold = use->hold;

	if (lockuse->scale <= 0)
		hold += use->open * lockuse->end - use->open_since;

	return (int64_t)hold < 0 ? 0 : hold;
}

/* What it stands for. */
static uint64_t scaled(const struct lockuse *lockuse, uint64_t n)
{
	return lockuse->scale > 0 ? (uint64_t)((double)n * lockuse->scale + 0.5) : n;
}

/* What is divided: of the whole, `given` has gone to the parts before, which weigh `before`. */
struct share {
	uint64_t whole, given;
	double weight, before;
};

static uint64_t share_next(struct share *share, double weight)
{
	uint64_t until, part;

	share->before += weight;
	until = share->weight > 0 && share->before < share->weight
			? (uint64_t)((double)share->whole * (share->before / share->weight))
			: share->whole;
	if (until > share->whole)
		until = share->whole;
	part = until > share->given ? until - share->given : 0;
	share->given += part;
	return part;
}

struct taking {
	struct lockuse *use;
	struct lockbook *book;
	struct sink *sink;
	const struct stacks *stacks;
	struct places *places;
	const struct lockuse_stack *any; /* of the process */
};

static void add_sample(struct taking *t, const struct lockuse_lock *lock,
		       const struct hp_sample *sample, const struct sink_use *use)
{
	const struct place *place = places_get(t->places, sample->cgroup, sample->tgid);

	if (use->acquisitions || use->hold || use->contentions)
		sink_add_use(t->sink, t->stacks, sample, use, &place->container);
	lockbook_used(t->book, lock->number, sample, place);
}

/* Divides what is known of a place among its stacks, rows [from, to). */
static void take_place(struct taking *t, const struct lockuse_place *p, struct lockuse_lock *lock,
		       size_t from, size_t to)
{
	struct hp_sample nothing = {.tgid = p->key.lock.tgid, .kind = HP_KIND_LOCK};
	struct share taken = {.whole = scaled(t->use, p->value.use.taken)};
	struct share hold = {.whole = scaled(t->use, hold_of(t->use, &p->value.use))};
	/* Only spinning is not seen by the scheduler. */
	bool spins = lock->value.class == HP_LOCK_SPIN;
	uint64_t n_contended = scaled(t->use, p->value.contended);
	uint64_t waited = scaled(t->use, p->value.wait);
	struct share contended = {.whole = spins ? n_contended : 0};
	struct share wait = {.whole = spins ? waited : 0};

	lockbook_count(t->book, lock->number,
		       &(struct lockbook_use){.acquisitions = taken.whole,
					      .hold = hold.whole,
					      .contended = n_contended,
					      .wait = waited,
					      .longest = lock->value.longest_wait});
	for (size_t i = from; i < to; i++) {
		const struct hp_use *use = &t->use->stacks.at[i].value.use;

		taken.weight += (double)use->taken;
		hold.weight += (double)hold_of(t->use, use);
	}
	contended.weight = wait.weight = taken.weight;
	for (size_t i = from; i < to || i == from; i++) {
		const struct lockuse_stack *stack = i < to ? &t->use->stacks.at[i] : NULL;
		double n = stack ? (double)stack->value.use.taken : 0;
		double ns =
			stack && hold.weight > 0 ? (double)hold_of(t->use, &stack->value.use) : n;
		struct sink_use use = {.lock = lock->number};

		if (i + 1 >= to) /* the rest */
			n = ns = 1e300;
		use.acquisitions = share_next(&taken, n);
		use.hold = share_next(&hold, ns);
		use.contentions = share_next(&contended, n);
		use.delay = share_next(&wait, n);
		if (!stack && t->any && t->any->key.place.lock.tgid == p->key.lock.tgid)
			nothing = t->any->value.sample;
		if (!stack)
			nothing.user_stack = 0;
		add_sample(t, lock, stack ? &stack->value.sample : &nothing, &use);
	}
}

static void name_locks(struct taking *t)
{
	struct lockuse_lock *lock;

	vec_each(lock, &t->use->locks) {
		struct hp_lock_key key = {.address = lock->key.address,
					  .tgid = lock->key.tgid,
					  .class = (uint16_t)lock->value.class,
					  .exec = (uint16_t)lock->key.exec};

		lock->number = lockbook_number(t->book, &key);
	}
}

/* The stacks of those that may wait for each other are to be named. */
static void find_order(struct taking *t)
{
	struct lockuse *use = t->use;
	const struct lockorder_ring *ring;

	lockorder_find(use->pairs.at, use->pairs.n, &use->order);
	use->in_sink = mem_array(use->pairs.n + 1, sizeof(*use->in_sink));
	vec_each(ring, &use->order.rings)
		for (uint32_t i = 0; i < ring->n; i++)
			use->in_sink[ring->pairs[i]] = sink_keep_stack(
				t->sink, t->stacks, use->pairs.at[ring->pairs[i]].value.stack);
}

void lockuse_take(struct lockuse *use, struct lockbook *book, struct sink *sink,
		  const struct stacks *stacks, struct places *places)
{
	struct taking t = {use, book, sink, stacks, places, NULL};
	const struct lockuse_place *place;
	size_t from = 0, to;

	name_locks(&t);
	vec_each(place, &use->places) {
		struct lockuse_lock *lock = lock_of(use, &place->key.lock);

		while (from < use->stacks.n &&
		       compare_places(&use->stacks.at[from].key, &place->key) < 0)
			from++;
		for (to = from;
		     to < use->stacks.n && !compare_places(&use->stacks.at[to].key, &place->key);)
			to++;
		if (to > from)
			t.any = &use->stacks.at[from];
		if (lock)
			take_place(&t, place, lock, from, to);
		from = to;
	}
	find_order(&t);
}

/* --- order --- */

/* Of a lock that nobody was seen to get, it is not known what it is. */
static uint32_t number_of(const struct lockuse *use, struct lockbook *book,
			  const struct hp_uselock_key *like, uint64_t address)
{
	struct hp_uselock_key key = *like;
	const struct lockuse_lock *lock;

	key.address = address;
	lock = lock_of(use, &key);
	if (lock)
		return lock->number;
	return lockbook_number(book, &(struct hp_lock_key){.address = address,
							   .tgid = key.tgid,
							   .class = HP_LOCK_MUTEX,
							   .exec = (uint16_t)key.exec});
}

/* The texts of the stacks too. */
static void add_inversion(const struct lockuse *use, struct lockbook *book, struct sink *sink,
			  const struct lockorder_ring *ring)
{
	struct lockbook_inversion it = {.n = ring->n};

	for (uint32_t i = 0; i < ring->n; i++) {
		const struct lockorder_pair *pair = &use->pairs.at[ring->pairs[i]];
		struct buf text = {0};

		it.locks[i] = number_of(use, book, &pair->key.second, pair->key.first);
		it.times[i] = pair->value.times;
		sink_text_of(sink, use->in_sink[ring->pairs[i]], &text);
		it.stacks[i] = text.data;
	}
	vec_push(&book->inversions, it);
}

void lockuse_invert(const struct lockuse *use, struct lockbook *book, struct sink *sink)
{
	const struct lockorder_ring *ring;

	vec_each(ring, &use->order.rings)
		add_inversion(use, book, sink, ring);
}

/* --- */

static void say(struct buf *to, uint64_t n, const char *what)
{
	if (n)
		buf_printf(to, "%s%" PRIu64 " %s", to->len ? "; " : "", n, what);
}

char *lockuse_note(const struct lockuse *use)
{
	const struct lockuse_lock *lock;
	uint64_t handed = 0, abandoned = 0, failed = 0;
	struct buf to = {0};

	vec_each(lock, &use->locks) {
		handed += lock->value.handed;
		abandoned += lock->value.abandoned;
		failed += lock->value.failed;
	}
	say(&to, failed, "tries failed");
	say(&to, handed, "unlocks by a thread that had not locked");
	say(&to, abandoned, "locks were held by threads that ended");
	say(&to, use->lost.unseen, "unlocks of locks that nobody was seen to take");
	say(&to, use->lost.locks + use->lost.places,
	    "acquisitions are missing: of more locks and places than the tables hold");
	say(&to, use->lost.pairs,
	    "orders of locks are missing: of more pairs than the table holds");
	say(&to, use->order.cut, "search for possible deadlocks met its limit: there may be more");
	say(&to, use->lost.deep,
	    "locks were taken by threads that had 12 already: they are "
	    "missing in the order");
	return to.data;
}
