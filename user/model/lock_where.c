// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/lock_where.h"

#include <string.h>

#include "model/frame.h"
#include "model/profile.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

/* What a program's functions call to lock, to wait or to sleep: beginnings of names. */
static const char *const plumbing[] = {
	"_",
	"0x",
	"[",
	"pthread_",
	"sem_",
	"mtx_",
	"cnd_",
	"futex",
	"syscall",
	"sleep",
	"usleep",
	"nanosleep",
	"clock_",
	"thrd_",
	"runtime.",
	"sync.",
	"syscall.",
	"internal/",
	"std::sync",
	"std::sys",
	"<std::",
	"std::",
	"core::",
	"<core::",
	"parking_lot",
	"lock_api::",
	"os::Linux",
	"Parker::",
	"lll_",
	"clone",
	"start_thread",
	"Unsafe_",
	"jdk.inter",
	"java.util.concurrent.locks",
	"java.lang.Object.wait",
};

/* The same in the kernel. */
static const char *const kernel_plumbing[] = {
	"native_queued", "queued_",    "_raw_",	      "__raw",	  "do_raw",   "mutex_",
	"__mutex",	 "rwsem_",     "down_",	      "__down",	  "up_",      "rt_",
	"schedule",	 "__schedule", "percpu_",     "__percpu", "preempt_", "io_schedule",
	"ww_",		 "lock_",      "__lock",      "0x",	  "[",	      "bpf_",
	"trace_",	 "__bpf",      "__traceiter",
};

/* Where the kernel is entered: all above it is the kernel's. */
static const char *const entries[] = {
	"entry_SYSCALL", "asm_exc_", "asm_sysvec_", "asm_common", "el0t_", "el0_", "ret_from_fork",
};

static const char *const libraries[] = {"libc.so", "libc-", "libc.musl", "ld-", "libpthread"};

static bool begins(const char *name, size_t n, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(list[i]);

		if (n >= length && !memcmp(name, list[i], length))
			return true;
	}
	return false;
}

/* "libc.so.6+0x9f3a0" */
static bool is_unnamed(const char *name, size_t n)
{
	return memmem(name, n, "+0x", 3) != NULL;
}

/* The end of the part of a stack that is user code; its whole length when nothing is marked. */
static size_t user_end(const char *stack)
{
	size_t at = 0;

	while (stack[at]) {
		size_t n = strcspn(stack + at, ";");

		if (begins(stack + at, n, entries, N(entries)))
			return at ? at - 1 : 0;
		at += n + (stack[at + n] == ';');
	}
	return at;
}

static size_t start_of(const char *stack, size_t end)
{
	while (end && stack[end - 1] != ';')
		end--;
	return end;
}

void lock_where_text(const char *stack, struct buf *what, struct buf *at)
{
	size_t end = user_end(stack);

	while (end && !at->len) {
		size_t first = start_of(stack, end);

		if (end > first && !is_unnamed(stack + first, end - first)) {
			if (!what->len)
				buf_add(what, stack + first, end - first);
			else if (!begins(stack + first, end - first, plumbing, N(plumbing)))
				buf_add(at, stack + first, end - first);
		}
		end = first ? first - 1 : 0;
	}
}

void lock_where_own(const char *stack, struct buf *at)
{
	size_t end = user_end(stack);

	while (end && !at->len) {
		size_t first = start_of(stack, end);

		if (end > first && !is_unnamed(stack + first, end - first) &&
		    !begins(stack + first, end - first, plumbing, N(plumbing)))
			buf_add(at, stack + first, end - first);
		end = first ? first - 1 : 0;
	}
}

static bool is_own(const struct profile *p, uint32_t location, const char *name, bool kernel)
{
	const char *module = frame_module(p, location);

	if (!*name || frame_is_kernel(p, location) != kernel)
		return false;
	if (kernel)
		return !begins(name, strlen(name), kernel_plumbing, N(kernel_plumbing));
	return !begins(name, strlen(name), plumbing, N(plumbing)) &&
	       !begins(module, strlen(module), libraries, N(libraries));
}

void lock_where_stack(const struct profile *p, uint32_t stack, bool kernel, struct buf *at)
{
	const struct profile_span *span = &p->stacks.at[stack];

	for (uint32_t i = 0; i < span->n; i++) {
		uint32_t location = p->frames.at[span->first + i];

		for (uint32_t j = 0; j < frame_count(p, location); j++) {
			const char *name = frame_function(p, location, j);

			if (!is_own(p, location, name, kernel))
				continue;
			buf_puts(at, name);
			return;
		}
	}
}
