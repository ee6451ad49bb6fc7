// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does every return address in a profile follow a call instruction? A walk that goes wrong soon
 * takes something else for one.
 *
 *   calls FILE.pb.gz
 *
 * Callers' locations are the return address less one, as addresses of the mapping's ELF file.
 * Three kinds of frame are no return of a call, and counted apart: the code that a signal handler
 * returns to, which the kernel put there; what was interrupted by that signal, or by Go where it
 * preempts a goroutine; and the first frame of a goroutine, where Go pretends that runtime.goexit
 * has called it. Status 0: all others follow one; 1: not so; 2: nothing could be checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "elf/file.h"
#include "model/profile.h"
#include "out/pprof.h"
#include "util/buf.h"
#include "util/mem.h"

#define LONGEST	     7 /* bytes of a call through memory, without its prefixes */
#define VDSO_BYTES   8192
#define GOEXIT_NAME  "runtime.goexit" /* newer Go adds .abi0 */
#define PREEMPT_NAME "runtime.asyncPreempt"

enum verdict { CALL, NO_CALL, SIGNAL, AFTER_SIGNAL, GOEXIT, UNCHECKED, VERDICTS };

static const char *const verdict_names[VERDICTS] = {
	[CALL] = "follow a call",
	[NO_CALL] = "do not",
	[SIGNAL] = "are where signal handlers return to",
	[AFTER_SIGNAL] = "were interrupted",
	[GOEXIT] = "are the bottom of goroutines",
	[UNCHECKED] = "have no file to look into",
};

struct module {
	int fd;
	bool ready, is_kernel;
	struct elf_file elf;
};

struct check {
	const struct profile *profile;
	struct module *modules; /* one a mapping */
	uint64_t frames[VERDICTS];
	uint32_t told;
};

static void module_init(struct module *m, const char *path)
{
	m->fd = -1;
	m->is_kernel = strstr(path, "kernel") && path[0] == '[';
	if (!strcmp(path, "[vdso]")) {
		m->ready = !elf_file_init_memory(&m->elf, (const void *)getauxval(AT_SYSINFO_EHDR),
						 VDSO_BYTES);
		return;
	}
	if (path[0] != '/')
		return;
	m->fd = open(path, O_RDONLY | O_CLOEXEC);
	m->ready = m->fd >= 0 && !elf_file_init(&m->elf, m->fd);
}

static void module_done(struct module *m)
{
	if (m->ready)
		elf_file_done(&m->elf);
	if (m->fd >= 0)
		close(m->fd);
}

/* The n bytes up to an address. */
static bool read_before(const struct module *m, uint64_t address, unsigned char *to, size_t n)
{
	const struct elf_segment *s;

	vec_each(s, &m->elf.segments) {
		if (s->executable && address - n >= s->vaddr && address <= s->vaddr + s->filesz)
			return !elf_file_read(&m->elf, address - n - s->vaddr + s->offset, to, n);
	}
	return false;
}

/* The length of ff /2 with its operand, or 0. */
static size_t call_length(const unsigned char *code)
{
	unsigned int modrm = code[1], mod = modrm >> 6, rm = modrm & 7;
	size_t n = 2;

	if (code[0] != 0xff || (modrm >> 3 & 7) != 2)
		return 0;
	if (mod == 3)
		return n;
	if (rm == 4) {
		n++;
		if (mod == 0 && (code[2] & 7) == 5)
			return n + 4;
	}
	if (mod == 1)
		return n + 1;
	return mod == 2 || rm == 5 ? n + 4 : n;
}

static bool ends_in_call(const unsigned char *end)
{
	if (end[-5] == 0xe8)
		return true;
	for (size_t n = 2; n <= LONGEST; n++)
		if (call_length(end - n) == n)
			return true;
	return false;
}

static const char *function_of(const struct profile *p, const struct profile_location *l)
{
	const struct profile_line *line = &p->lines.at[l->first_line + l->n_lines - 1];

	return l->n_lines ? profile_str(p, p->functions.at[line->function].name) : "";
}

/*
 * mov $__NR_rt_sigreturn, %rax (or %eax); syscall: what handlers return to. Is it at `address`, or
 * does that lie in it or behind it, where the process stands while the kernel does what it asks?
 */
static bool is_restorer(const struct module *m, uint64_t address, bool inside)
{
	static const unsigned char wanted[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
	static const unsigned char shorter[] = {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05};
	unsigned char code[sizeof(wanted)];

	for (uint64_t end = address + sizeof(shorter); end <= address + sizeof(wanted); end += 2) {
		bool is_short = end == address + sizeof(shorter);
		size_t n = is_short ? sizeof(shorter) : sizeof(wanted);

		if (read_before(m, end, code, n) && !memcmp(code, is_short ? shorter : wanted, n))
			return true;
	}
	return inside && (is_restorer(m, address - (sizeof(wanted) - 2), false) ||
			  is_restorer(m, address - sizeof(wanted), false) ||
			  is_restorer(m, address - (sizeof(shorter) - 2), false) ||
			  is_restorer(m, address - sizeof(shorter), false));
}

static const struct module *module_of(const struct check *c, const struct profile_location *l)
{
	if (l->mapping == PROFILE_NONE || !c->modules[l->mapping].ready)
		return NULL;
	return &c->modules[l->mapping];
}

/* Was this frame's caller stopped, and did not call? */
static bool has_stopped(const struct check *c, const struct profile_location *l, bool leaf)
{
	const struct module *m = module_of(c, l);
	const char *name = function_of(c->profile, l);

	/* Go makes a goroutine call it from wherever a signal has stopped it. */
	if (!strcmp(name, PREEMPT_NAME) || !strcmp(name, PREEMPT_NAME ".abi0"))
		return true;
	return m && is_restorer(m, l->address, leaf);
}

static enum verdict judge(const struct check *c, const struct profile_location *l, bool after)
{
	unsigned char code[LONGEST + 1];
	uint64_t address = l->address + 1;
	const struct module *m = module_of(c, l);

	if (!m)
		return UNCHECKED;
	/* Its address is as it is: nothing called it. */
	if (is_restorer(m, l->address, false))
		return SIGNAL;
	if (after)
		return AFTER_SIGNAL;
	if (!read_before(m, address, code, sizeof(code)))
		return UNCHECKED;
	if (ends_in_call(code + sizeof(code)))
		return CALL;
	return !strncmp(function_of(c->profile, l), GOEXIT_NAME, strlen(GOEXIT_NAME)) ? GOEXIT
										      : NO_CALL;
}

static void tell(struct check *c, const struct profile_location *l, uint32_t frame)
{
	const struct profile_mapping *m = &c->profile->mappings.at[l->mapping];

	if (c->told++ < 20)
		printf("no call before %s+%#" PRIx64 " (%s), frame %u\n",
		       profile_str(c->profile, m->file), l->address + 1, function_of(c->profile, l),
		       frame);
}

static void check_stack(struct check *c, const struct profile_span *stack, int64_t samples)
{
	const struct profile *p = c->profile;
	bool first = true, after = false;

	for (uint32_t i = 0; i < stack->n; i++) {
		const struct profile_location *l = &p->locations.at[p->frames.at[stack->first + i]];
		enum verdict verdict;

		if (l->mapping != PROFILE_NONE && c->modules[l->mapping].is_kernel)
			continue;
		if (first) { /* where the thread was stopped */
			first = false;
			after = has_stopped(c, l, true);
			continue;
		}
		verdict = judge(c, l, after);
		after = has_stopped(c, l, false);
		c->frames[verdict] += (uint64_t)samples;
		if (verdict == NO_CALL)
			tell(c, l, i);
	}
}

static int check_profile(const struct profile *p)
{
	struct check c = {.profile = p,
			  .modules = mem_array(p->mappings.n + 1, sizeof(*c.modules))};
	const struct profile_sample *sample;

	for (size_t i = 0; i < p->mappings.n; i++)
		module_init(&c.modules[i], profile_str(p, p->mappings.at[i].file));
	vec_each(sample, &p->samples) {
		check_stack(&c, &p->stacks.at[sample->stack], sample->values[0]);
	}
	for (int i = 0; i < VERDICTS; i++)
		printf("%10" PRIu64 "  callers' frames %s\n", c.frames[i], verdict_names[i]);
	for (size_t i = 0; i < p->mappings.n; i++)
		module_done(&c.modules[i]);
	free(c.modules);
	if (!c.frames[CALL])
		return 2;
	return c.frames[NO_CALL] ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct buf why = {0};
	struct profile *p;
	int fd, status = 2, err;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE.pb.gz\n", argv[0]);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : pprof_read(fd, &p, &why);
	if (err) {
		fprintf(stderr, "%s: %s %s\n", argv[1], strerror(-err), buf_str(&why));
	} else {
		status = check_profile(p);
		profile_free(p);
	}
	buf_done(&why);
	if (fd >= 0)
		close(fd);
	return status;
}
