// SPDX-License-Identifier: GPL-2.0-or-later
#include "sampler.h"

#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <asm/perf_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/mem.h"

#define RING_BYTES ((size_t)32 << 20)
#define PAGE	   4096

/* The kernel's number of each register, by DWARF number. */
static const unsigned int numbers[SAMPLE_REGISTERS] = {
	PERF_REG_X86_AX,  PERF_REG_X86_DX,  PERF_REG_X86_CX,  PERF_REG_X86_BX,	PERF_REG_X86_SI,
	PERF_REG_X86_DI,  PERF_REG_X86_BP,  PERF_REG_X86_SP,  PERF_REG_X86_R8,	PERF_REG_X86_R9,
	PERF_REG_X86_R10, PERF_REG_X86_R11, PERF_REG_X86_R12, PERF_REG_X86_R13, PERF_REG_X86_R14,
	PERF_REG_X86_R15, PERF_REG_X86_IP,
};

static uint64_t register_mask(void)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < SAMPLE_REGISTERS; i++)
		mask |= 1ull << numbers[i];
	return mask;
}

static int open_event(struct sampler *s, pid_t tid, int cpu, unsigned int hz, bool at_exec)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = hz,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.sample_regs_user = register_mask(),
		.sample_stack_user = SAMPLER_STACK,
		.inherit = 1,
		.disabled = at_exec,
		.enable_on_exec = at_exec,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return -errno;
	vec_push(&s->fds, fd);
	if ((size_t)cpu < s->rings.n) /* a later thread: into the CPU's ring */
		return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, s->fds.at[cpu]) ? -errno : 0;
	vec_push(&s->rings,
		 mmap(NULL, RING_BYTES + PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	return s->rings.at[cpu] == MAP_FAILED ? -errno : 0;
}

static int open_thread(struct sampler *s, pid_t tid, unsigned int hz, bool at_exec)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	int err = 0;

	for (int cpu = 0; !err && cpu < cpus; cpu++)
		err = open_event(s, tid, cpu, hz, at_exec);
	return err == -ESRCH && s->fds.n ? 0 : err;
}

int sampler_init(struct sampler *s, pid_t pid, unsigned int hz, bool at_exec)
{
	struct dirent *entry;
	char path[64];
	int err = 0;
	DIR *dir;

	*s = (struct sampler){.record = mem_alloc(1 << 16)};
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		err = -errno;
	while (!err && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			err = open_thread(s, atoi(entry->d_name), hz, at_exec);
	if (dir)
		closedir(dir);
	if (err)
		sampler_done(s);
	return err;
}

void sampler_done(struct sampler *s)
{
	void **ring;
	int *fd;

	vec_each(ring, &s->rings) {
		if (*ring != MAP_FAILED)
			munmap(*ring, RING_BYTES + PAGE);
	}
	vec_each(fd, &s->fds) {
		close(*fd);
	}
	vec_done(&s->rings);
	vec_done(&s->fds);
	free(s->record);
}

static void take_sample(struct sampler *s, void (*each)(const struct sample *sample, void *arg),
			void *arg)
{
	const char *at = s->record + sizeof(struct perf_event_header);
	const uint32_t *ids = (const uint32_t *)at;
	const uint64_t *words = (const uint64_t *)at + 1;
	uint64_t mask = register_mask(), size;
	struct sample sample = {.pid = (pid_t)ids[0], .tid = (pid_t)ids[1]};

	if (*words++ != PERF_SAMPLE_REGS_ABI_64) {
		s->without++;
		return;
	}
	for (size_t i = 0; i < SAMPLE_REGISTERS; i++) /* they come by the kernel's number */
		sample.registers[i] =
			words[__builtin_popcountll(mask & ((1ull << numbers[i]) - 1))];
	words += SAMPLE_REGISTERS;
	size = *words++;
	sample.stack = (const char *)words;
	if (size) /* how much of it the kernel could read stands behind it */
		memcpy(&sample.stack_size, sample.stack + size, sizeof(sample.stack_size));
	each(&sample, arg);
}

static void take_record(struct sampler *s, void (*each)(const struct sample *sample, void *arg),
			void *arg)
{
	const struct perf_event_header *header = (const struct perf_event_header *)s->record;

	if (header->type == PERF_RECORD_SAMPLE)
		take_sample(s, each, arg);
	else if (header->type == PERF_RECORD_LOST)
		s->lost += ((const uint64_t *)(header + 1))[1];
}

static void copy_out(char *to, const char *data, uint64_t tail, size_t n)
{
	size_t at = tail & (RING_BYTES - 1), first = RING_BYTES - at < n ? RING_BYTES - at : n;

	memcpy(to, data + at, first);
	memcpy(to + first, data, n - first);
}

void sampler_drain(struct sampler *s, void (*each)(const struct sample *sample, void *arg),
		   void *arg)
{
	void **ring;

	vec_each(ring, &s->rings) {
		struct perf_event_mmap_page *page = *ring;
		const char *data = (const char *)*ring + PAGE;
		uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
		uint64_t tail = page->data_tail;

		while (tail < head) {
			struct perf_event_header header;

			copy_out((char *)&header, data, tail, sizeof(header));
			copy_out(s->record, data, tail, header.size);
			tail += header.size;
			__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
			take_record(s, each, arg);
		}
	}
}
