// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/libpthread.h"

#include <errno.h>
#include <string.h>

#include "elf/file.h"
#include "elf/names.h"
#include "hook/search.h"
#include "hook/site.h"
#include "hostprof/lock.h"

#define SHARED	HP_USELOCK_SHARED
#define TIMED	HP_USELOCK_TIMED
#define NOBODY	0xffu
#define WORD	0xffffffffull
#define MUSL_AT 32 /* bits of a mutex before the word that says whether it is taken */

/* glibc's pthread_rwlock_t: readers in units of 8 over three flags, then how many write. */
#define GLIBC_WRITE_PHASE  1ull
#define GLIBC_WRITE_LOCKED 2ull
/* musl's: how many read, or all ones, and a bit for those that wait. */
#define MUSL_MANY 0x40000000ull

enum library { LIBRARY_UNKNOWN, LIBRARY_GLIBC, LIBRARY_MUSL, LIBRARIES };

enum number {
	MUTEX_LOCK,
	MUTEX_TIMEDLOCK,
	MUTEX_CLOCKLOCK,
	MUTEX_TRYLOCK,
	MUTEX_UNLOCK,
	RD,
	TIMEDRD,
	CLOCKRD,
	TRYRD,
	WR,
	TIMEDWR,
	CLOCKWR,
	TRYWR,
	RW_UNLOCK,
	SPIN_LOCK,
	SPIN_TRYLOCK,
	SPIN_UNLOCK,
	COND_WAIT,
	COND_TIMEDWAIT,
	COND_CLOCKWAIT,
	FUNCTIONS
};

/* `busy`, by library: see struct hp_uselock_site; 0 where the return says more anyway. */
static const struct function {
	const char *name;
	uint8_t op, flags, class, arg;
	uint64_t busy[LIBRARIES];
} functions[FUNCTIONS] = {
	[MUTEX_LOCK] = {"pthread_mutex_lock",
			HP_USELOCK_LOCK,
			0,
			HP_LOCK_MUTEX,
			0,
			{0, WORD, WORD << MUSL_AT}},
	[MUTEX_TIMEDLOCK] = {"pthread_mutex_timedlock",
			     HP_USELOCK_TRY,
			     TIMED,
			     HP_LOCK_MUTEX,
			     0,
			     {0, WORD, WORD << MUSL_AT}},
	[MUTEX_CLOCKLOCK] =
		{"pthread_mutex_clocklock", HP_USELOCK_TRY, TIMED, HP_LOCK_MUTEX, 0, {0, WORD, 0}},
	[MUTEX_TRYLOCK] = {"pthread_mutex_trylock", HP_USELOCK_TRY, 0, HP_LOCK_MUTEX, 0, {0}},
	[MUTEX_UNLOCK] = {"pthread_mutex_unlock", HP_USELOCK_UNLOCK, 0, HP_LOCK_MUTEX, 0, {0}},
	[RD] = {"pthread_rwlock_rdlock",
		HP_USELOCK_LOCK,
		SHARED,
		HP_LOCK_RWLOCK,
		0,
		{0, GLIBC_WRITE_LOCKED | ~WORD, MUSL_MANY}},
	[TIMEDRD] = {"pthread_rwlock_timedrdlock",
		     HP_USELOCK_TRY,
		     SHARED | TIMED,
		     HP_LOCK_RWLOCK,
		     0,
		     {0, GLIBC_WRITE_LOCKED | ~WORD, MUSL_MANY}},
	[CLOCKRD] = {"pthread_rwlock_clockrdlock",
		     HP_USELOCK_TRY,
		     SHARED | TIMED,
		     HP_LOCK_RWLOCK,
		     0,
		     {0, GLIBC_WRITE_LOCKED | ~WORD, 0}},
	[TRYRD] = {"pthread_rwlock_tryrdlock", HP_USELOCK_TRY, SHARED, HP_LOCK_RWLOCK, 0, {0}},
	[WR] = {"pthread_rwlock_wrlock",
		HP_USELOCK_LOCK,
		0,
		HP_LOCK_RWLOCK,
		0,
		{0, ~GLIBC_WRITE_PHASE, WORD}},
	[TIMEDWR] = {"pthread_rwlock_timedwrlock",
		     HP_USELOCK_TRY,
		     TIMED,
		     HP_LOCK_RWLOCK,
		     0,
		     {0, ~GLIBC_WRITE_PHASE, WORD}},
	[CLOCKWR] = {"pthread_rwlock_clockwrlock",
		     HP_USELOCK_TRY,
		     TIMED,
		     HP_LOCK_RWLOCK,
		     0,
		     {0, ~GLIBC_WRITE_PHASE, 0}},
	[TRYWR] = {"pthread_rwlock_trywrlock", HP_USELOCK_TRY, 0, HP_LOCK_RWLOCK, 0, {0}},
	[RW_UNLOCK] = {"pthread_rwlock_unlock", HP_USELOCK_UNLOCK, 0, HP_LOCK_RWLOCK, 0, {0}},
	[SPIN_LOCK] = {"pthread_spin_lock", HP_USELOCK_LOCK, 0, HP_LOCK_SPIN, 0, {0, 0, WORD}},
	[SPIN_TRYLOCK] = {"pthread_spin_trylock", HP_USELOCK_TRY, 0, HP_LOCK_SPIN, 0, {0}},
	[SPIN_UNLOCK] = {"pthread_spin_unlock", HP_USELOCK_UNLOCK, 0, HP_LOCK_SPIN, 0, {0}},
	[COND_WAIT] = {"pthread_cond_wait", HP_USELOCK_WAIT, 0, HP_LOCK_MUTEX, 1, {0}},
	[COND_TIMEDWAIT] = {"pthread_cond_timedwait", HP_USELOCK_WAIT, 0, HP_LOCK_MUTEX, 1, {0}},
	[COND_CLOCKWAIT] = {"pthread_cond_clockwait", HP_USELOCK_WAIT, 0, HP_LOCK_MUTEX, 1, {0}},
};

_Static_assert(FUNCTIONS <= LIBPTHREAD_MAX_SITES, "each has a number");

/*
 * What musl's functions enter: their fast paths are in front, the slow ones behind a jump, and the
 * attempts of those are calls. Where a function only jumps on, the other one is probed for both;
 * and a wait for a condition calls unlock and lock.
 */
static const struct {
	uint8_t callee, jumps_from, called_by, stands_for;
} musl_edges[] = {
	{MUTEX_TIMEDLOCK, MUTEX_LOCK, NOBODY, NOBODY},
	{MUTEX_TRYLOCK, NOBODY, MUTEX_TIMEDLOCK, NOBODY},
	{TIMEDRD, NOBODY, NOBODY, RD},
	{TRYRD, NOBODY, TIMEDRD, NOBODY},
	{TIMEDWR, NOBODY, NOBODY, WR},
	{TRYWR, NOBODY, TIMEDWR, NOBODY},
	{MUTEX_UNLOCK, NOBODY, NOBODY, COND_WAIT},
	{MUTEX_UNLOCK, NOBODY, NOBODY, COND_TIMEDWAIT},
};

/* What is being found out. */
struct finder {
	const struct elf_file *elf;
	struct {
		uint64_t address, size;
	} at[FUNCTIONS];
	bool glibc, musl, forwards;
	struct hook_site sites[FUNCTIONS];
};

/* Of an old version there may be a stub besides, which enters the new one. */
static int on_name(void *arg, const char *name, uint64_t address, uint64_t size)
{
	static const char *const of_glibc[] = {"gnu_get_libc_version",	  "__lll_lock_wait",
					       "__lll_lock_wait_private", "__libc_early_init",
					       "__nptl_deallocate_tsd",	  "__pthread_unwind"};
	static const char *const of_musl[] = {"__fseterr", "__freadahead", "__init_libc",
					      "__timedwait_cp", "__libc_start_init"};
	struct finder *f = arg;

	if (!address)
		return 0;
	for (size_t i = 0; i < sizeof(of_glibc) / sizeof(of_glibc[0]); i++)
		f->glibc = f->glibc || !strcmp(name, of_glibc[i]);
	for (size_t i = 0; i < sizeof(of_musl) / sizeof(of_musl[0]); i++)
		f->musl = f->musl || !strcmp(name, of_musl[i]);
	/* glibc's before 2.34: libpthread has the functions, and libc others that enter them. */
	f->forwards = f->forwards || !strcmp(name, "__libc_pthread_init");
	for (size_t i = 0; i < FUNCTIONS; i++) {
		if (strcmp(name, functions[i].name) || (f->at[i].address && f->at[i].size >= size))
			continue;
		f->at[i].address = address;
		f->at[i].size = size;
	}
	return 0;
}

static enum library library_of(const struct finder *f)
{
	if (f->glibc == f->musl)
		return LIBRARY_UNKNOWN;
	return f->glibc ? LIBRARY_GLIBC : LIBRARY_MUSL;
}

/* glibc's spin lock tries before the first instruction that can be probed. */
static bool tries_first(const uint8_t *code, uint64_t size, uint64_t distance)
{
	static const uint8_t lock_decl[] = {0xf0, 0xff, 0x0f};

	return distance >= sizeof(lock_decl) && size >= distance &&
	       !memcmp(code + distance - sizeof(lock_decl), lock_decl, sizeof(lock_decl));
}

static void describe(const struct finder *f, size_t i, const struct site *site,
		     struct hp_uselock_site *lock)
{
	const struct function *function = &functions[i];
	enum library library = library_of(f);

	lock->lock = site->args[function->arg];
	lock->op = function->op;
	lock->flags = function->flags;
	lock->function = (uint8_t)i;
	lock->class = function->class;
	lock->busy = function->busy[library];
	lock->address = site->address;
	if (function->op == HP_USELOCK_UNLOCK && function->class == HP_LOCK_MUTEX &&
	    library != LIBRARY_UNKNOWN) {
		lock->flags |= HP_USELOCK_KIND;
		lock->kind_at = library == LIBRARY_GLIBC ? 16 : 0;
	}
}

static int pick(struct finder *f, size_t i)
{
	const struct function *function = &functions[i];
	struct site_wish wish = {.args = 1u << function->arg,
				 .sp_may_move = function->op == HP_USELOCK_UNLOCK};
	const struct elf_segment *s = search_code_at(f->elf, f->at[i].address);
	static uint8_t code[SITE_MAX_CODE];
	struct hook_site *to = &f->sites[i];
	struct site site;
	size_t size;
	int err = search_read_function(f->elf, f->at[i].address, f->at[i].size, code, &size);

	if (!err)
		err = site_pick(code, size, f->at[i].address, &wish, &site);
	if (err)
		return err;
	to->offset = site.address - s->vaddr + s->offset;
	to->one_trap = site.one_trap;
	describe(f, i, &site, &to->lock);
	if (i == SPIN_LOCK && tries_first(code, size, site.address - f->at[i].address))
		to->lock.flags |= HP_USELOCK_TAKEN;
	memcpy(to->name, function->name, strlen(function->name));
	return 0;
}

static enum number attempt_of(uint8_t lock)
{
	return lock == WR ? TRYWR : TRYRD;
}

static void take_edges(struct finder *f)
{
	for (size_t i = 0; i < sizeof(musl_edges) / sizeof(musl_edges[0]); i++) {
		struct hp_uselock_site *to = &f->sites[musl_edges[i].callee].lock;
		uint8_t by = musl_edges[i].called_by, other = musl_edges[i].stands_for;

		if (!f->sites[musl_edges[i].callee].name[0])
			continue;
		if (musl_edges[i].jumps_from != NOBODY)
			to->jumped_from |= 1u << musl_edges[i].jumps_from;
		if (by != NOBODY) {
			to->outer_start = f->at[by].address;
			to->outer_end = f->at[by].address + f->at[by].size;
		}
		if (other == NOBODY)
			continue;
		f->sites[other].name[0] = '\0';
		/* Most come for the lock, and wait. But where the attempt inside costs two traps,
		 * the lock is there much later than at the entry: the return tells when. */
		if (to->op == HP_USELOCK_TRY && f->sites[attempt_of(other)].one_trap) {
			to->op = HP_USELOCK_LOCK;
			to->flags &= (uint8_t)~TIMED;
		}
	}
}

static int find(const struct elf_file *elf, int out)
{
	static struct finder f;
	int err;

	f.elf = elf;
	err = names_each(elf, on_name, &f);
	if (err)
		return err;
	if (f.forwards || !f.at[MUTEX_LOCK].address || !f.at[MUTEX_UNLOCK].address)
		return 0;
	for (size_t i = 0; i < FUNCTIONS && !err; i++)
		if (f.at[i].address && search_code_at(elf, f.at[i].address))
			err = pick(&f, i);
	if (!err && library_of(&f) == LIBRARY_MUSL)
		take_edges(&f);
	return err ? err : search_answer(out, f.sites, FUNCTIONS);
}

static bool is_sane(const struct hook_site *s)
{
	return s->lock.lock < 16 && s->lock.op <= HP_USELOCK_WAIT && s->lock.function < FUNCTIONS &&
	       s->lock.class < HP_LOCK_CLASSES;
}

int libpthread_find(int fd, struct hook_sites *ret_sites)
{
	static const struct search search = {
		.names = {"pthread_mutex_lock", "pthread_mutex_unlock"},
		.max_sites = FUNCTIONS,
		.find = find,
		.is_sane = is_sane};

	return search_binary(&search, fd, ret_sites);
}
