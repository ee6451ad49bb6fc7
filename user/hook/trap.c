// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook/trap.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <unistd.h>

#include "util/clock.h"

#define CALLS 4000

#ifdef __x86_64__
/* A push is emulated. */
__asm__(".pushsection .text\n"
	"trap_here: push %rbp\n"
	"pop %rbp\n"
	"ret\n"
	".popsection\n");
void trap_here(void);
#else
static void trap_here(void)
{
}
#endif

struct place {
	uint64_t address, offset;
	bool found;
};

static int find_offset(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct place *place = arg;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type != PT_LOAD || place->address < start ||
		    place->address >= start + ph->p_filesz)
			continue;
		place->offset = place->address - start + ph->p_offset;
		place->found = true;
	}
	return 1; /* the first is this program */
}

static uint64_t time_calls(void)
{
	uint64_t start = clock_cpu_ns();

	for (int i = 0; i < CALLS; i++)
		trap_here();
	return clock_cpu_ns() - start;
}

int trap_cost(const struct bpf_program *program, enum uprobe_type type, uint64_t *ret_ns)
{
	struct place place = {.address = (uintptr_t)trap_here};
	struct uprobe_point point = {.cookie = ~0ull};
	struct links links = {0};
	uint64_t with, without;
	int fd, err;

	dl_iterate_phdr(find_offset, &place);
	if (!place.found)
		return -ENOENT;
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	point.offset = place.offset;
	without = time_calls();
	err = uprobe_attach(&links, program, type, fd, (uint32_t)getpid(), &point, 1);
	if (!err) {
		with = time_calls();
		*ret_ns = with > without ? (with - without) / CALLS : 0;
	}
	links_done(&links);
	close(fd);
	return err;
}
