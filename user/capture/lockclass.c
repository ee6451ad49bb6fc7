// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/lockclass.h"

#include <string.h>

#include "hostprof/lock.h"
#include "model/frame.h"
#include "model/profile.h"
#include "util/buf.h"

#define WAKER_FRAMES 4	/* innermost ones: farther out a lock is another */
#define DEEPEST	     24 /* user frames that are looked at: a Java monitor's are deep */

/* A function's name begins so, behind its underscores. */
static const struct {
	const char *start;
	uint32_t class;
} starts[] = {
	{"pthread_mutex_", HP_LOCK_MUTEX}, /* lock, and unlock, as is found in wakers */
	{"mtx_", HP_LOCK_MUTEX},
	{"pthread_rwlock_", HP_LOCK_RWLOCK},
	{"pthread_cond_", HP_LOCK_CONDVAR},
	{"cnd_", HP_LOCK_CONDVAR},
	{"new_sem_wait", HP_LOCK_SEMAPHORE},
	{"new_sem_clockwait", HP_LOCK_SEMAPHORE},
	{"new_sem_timedwait", HP_LOCK_SEMAPHORE},
	{"sem_wait", HP_LOCK_SEMAPHORE},
	{"sem_timedwait", HP_LOCK_SEMAPHORE},
	{"sem_clockwait", HP_LOCK_SEMAPHORE},
	{"sem_post", HP_LOCK_SEMAPHORE},
	{"pthread_barrier_wait", HP_LOCK_BARRIER},
	{"pthread_join", HP_LOCK_JOIN},
	{"pthread_timedjoin", HP_LOCK_JOIN},
	{"pthread_clockjoin", HP_LOCK_JOIN},
	{"thrd_join", HP_LOCK_JOIN},
	{"pthread_exit", HP_LOCK_JOIN},
	{"pthread_once", HP_LOCK_FUTEX},
	{"lll_lock_wait_private", HP_LOCK_FUTEX},
	{"runtime.lock", HP_LOCK_FUTEX},
	{"runtime.notesleep", HP_LOCK_EVENT},
	{"runtime.notetsleep", HP_LOCK_EVENT},
};

/* Or this is inside. */
static const struct {
	const char *part;
	uint32_t class;
} parts[] = {
	{"futex_mutex::", HP_LOCK_FUTEX},	  {"mutex::futex::", HP_LOCK_FUTEX},
	{"futex_rwlock::", HP_LOCK_FUTEX},	  {"rwlock::futex::", HP_LOCK_FUTEX},
	{"futex_condvar::", HP_LOCK_EVENT},	  {"condvar::futex::", HP_LOCK_EVENT},
	{"locks::futex::Mutex::", HP_LOCK_FUTEX}, {"locks::futex::Condvar::", HP_LOCK_EVENT},
	{"once::futex::", HP_LOCK_FUTEX},	  {"thread_parking::futex::", HP_LOCK_EVENT},
	{"thread_parker::", HP_LOCK_EVENT},
};

/* A run time's lock, above the condition it is made of: it wins. */
static const char *const monitors[] = {"ObjectMonitor::enter", "ObjectMonitor::EnterI",
				       "ObjectMonitor::ReenterI"};

uint32_t lockclass_of(const char *function)
{
	const char *plain = function + strspn(function, "_");

	/* musl's own locks; a program's function of that name is not called by one that waits. */
	if (!strcmp(function, "__lock"))
		return HP_LOCK_FUTEX;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(plain, starts[i].start, strlen(starts[i].start)))
			return starts[i].class;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(function, parts[i].part))
			return parts[i].class;
	return LOCKCLASS_NONE;
}

static bool is_monitor(const char *function)
{
	for (size_t i = 0; i < sizeof(monitors) / sizeof(monitors[0]); i++)
		if (!strncmp(function, monitors[i], strlen(monitors[i])))
			return true;
	return false;
}

/* By the file of the C library, or a function that only it has. */
static bool is_glibc(const char *module, const char *function)
{
	return !strncmp(module, "libc.so.6", 9) || !strncmp(module, "libpthread", 10) ||
	       !strncmp(module, "libc-2.", 7) || strstr(function, "futex_abstimed_wait");
}

uint32_t lockclass_find(const struct profile *p, uint32_t stack, bool *ret_glibc)
{
	const struct profile_span *span = &p->stacks.at[stack];
	uint32_t class = LOCKCLASS_NONE, looked = 0;

	for (uint32_t i = 0; i < span->n && looked < DEEPEST; i++) {
		uint32_t location = p->frames.at[span->first + i];

		if (frame_is_kernel(p, location))
			continue;
		looked++;
		for (uint32_t line = 0; line < frame_count(p, location); line++) {
			const char *function = frame_function(p, location, line);

			if (class == LOCKCLASS_NONE)
				*ret_glibc |= is_glibc(frame_module(p, location), function);
			if (is_monitor(function))
				return HP_LOCK_FUTEX;
			if (class == LOCKCLASS_NONE)
				class = lockclass_of(function);
		}
	}
	return class;
}

uint32_t lockclass_of_waker(const char *stack)
{
	size_t end = strlen(stack);

	for (int i = 0; i < WAKER_FRAMES && end; i++) {
		size_t at = end;
		struct buf name = {0};
		uint32_t class;

		while (at && stack[at - 1] != ';')
			at--;
		buf_add(&name, stack + at, end - at);
		class = lockclass_of(buf_str(&name));
		buf_done(&name);
		if (class != LOCKCLASS_NONE)
			return class;
		end = at ? at - 1 : 0;
	}
	return LOCKCLASS_NONE;
}

static const struct {
	const char *name;
	bool held;
} classes[] = {
#define HP_LOCK(id, name, what, held) {name, held},
#include "hostprof/locks.def"
#undef HP_LOCK
};

const char *lockclass_name(uint32_t class)
{
	return classes[class < HP_LOCK_CLASSES ? class : HP_LOCK_EVENT].name;
}

bool lockclass_held(uint32_t class)
{
	return class < HP_LOCK_CLASSES && classes[class].held;
}
