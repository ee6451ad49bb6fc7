// SPDX-License-Identifier: GPL-2.0-or-later
#include "oracle.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binaries.h"
#include "maps.h"
#include "sample.h"
#include "util/mem.h"

struct oracle {
	Dwfl *dwfl;
	const struct sample *sample; /* the one at hand */
	struct oracle_stack *stack;
};

static int find_no_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
		       char **file_name, Elf **elf)
{
	(void)module, (void)data, (void)name, (void)base, (void)file_name, (void)elf;
	return -1;
}

static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			     const char *file_name, const char *link, GElf_Word crc, char **path)
{
	(void)module, (void)data, (void)name, (void)base, (void)file_name, (void)link, (void)crc;
	(void)path;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_no_elf,
	.find_debuginfo = find_no_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static bool memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *arg)
{
	const struct sample *sample = ((struct oracle *)arg)->sample;
	uint64_t at = address - sample->registers[SAMPLE_RSP];

	(void)dwfl;
	if (address < sample->registers[SAMPLE_RSP] || at >= sample->stack_size ||
	    sizeof(*word) > sample->stack_size - at)
		return false;
	memcpy(word, sample->stack + at, sizeof(*word));
	return true;
}

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = arg;
	return ((struct oracle *)arg)->sample->tid;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread_arg)
{
	(void)dwfl, (void)tid;
	*thread_arg = arg;
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct sample *sample = ((struct oracle *)arg)->sample;

	return dwfl_thread_state_registers(thread, 0, SAMPLE_REGISTERS, sample->registers);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = memory_read,
	.set_initial_registers = set_registers,
};

/* What is to be added to the file's addresses, by its lowest mapping with code. */
static bool bias_of(const struct map *map, const struct binary *file, uint64_t *ret_bias)
{
	const struct elf_segment *segment;

	vec_each(segment, &file->elf.segments) {
		uint64_t first = segment->offset & ~(ELF_PAGE_SIZE - 1);

		if (!segment->executable || map->offset < first ||
		    map->offset >= segment->offset + segment->filesz)
			continue;
		*ret_bias = map->start - elf_segment_vaddr(segment, map->offset);
		return true;
	}
	return false;
}

/* libdw closes what it is given. */
static void report(Dwfl *dwfl, const char *name, int fd, uint64_t bias)
{
	int own = dup(fd);

	if (own >= 0 && !dwfl_report_elf(dwfl, name, name, own, bias, true))
		close(own);
}

static void report_files(struct oracle *o, const struct maps *maps, const struct binaries *binaries)
{
	bool *done = mem_array(binaries->all.n + 1, sizeof(*done));
	const struct map *map;
	uint64_t bias;

	dwfl_report_begin(o->dwfl);
	vec_each(map, &maps->all) {
		const struct binary *file;

		if (map->file == PLACE_VDSO && binaries->vdso)
			report(o->dwfl, "[vdso]", binaries->vdso_fd, map->start);
		if (!map->code || map->file >= binaries->all.n || done[map->file])
			continue;
		file = &binaries->all.at[map->file];
		if (!file->is_elf || !bias_of(map, file, &bias))
			continue;
		report(o->dwfl, file->path, file->fd, bias);
		done[map->file] = true;
	}
	dwfl_report_end(o->dwfl, NULL, NULL);
	free(done);
}

struct oracle *oracle_new(const struct maps *maps, const struct binaries *binaries)
{
	struct oracle *o = mem_zalloc(sizeof(*o));

	o->dwfl = dwfl_begin(&callbacks);
	if (o->dwfl) {
		report_files(o, maps, binaries);
		if (dwfl_attach_state(o->dwfl, NULL, 1, &thread_callbacks, o))
			return o;
	}
	oracle_free(o);
	return NULL;
}

void oracle_free(struct oracle *o)
{
	if (!o)
		return;
	if (o->dwfl)
		dwfl_end(o->dwfl);
	free(o);
}

static bool cfi_has(Dwarf_CFI *cfi, Dwarf_Addr pc)
{
	Dwarf_Frame *rows;

	if (!cfi || dwarf_cfi_addrframe(cfi, pc, &rows))
		return false;
	free(rows);
	return true;
}

/* Is there unwind information? Where there is none (.fini, say) libdw tries the frame pointer. */
static bool is_told(const struct oracle *o, Dwarf_Addr pc)
{
	Dwfl_Module *module = dwfl_addrmodule(o->dwfl, pc);
	Dwarf_Addr eh = 0, debug = 0;
	Dwarf_CFI *in_eh, *in_debug;

	if (!module)
		return false;
	in_eh = dwfl_module_eh_cfi(module, &eh);
	if (cfi_has(in_eh, pc - eh))
		return true;
	in_debug = dwfl_module_dwarf_cfi(module, &debug);
	return cfi_has(in_debug, pc - debug);
}

static int keep_frame(Dwfl_Frame *frame, void *arg)
{
	struct oracle *o = arg;
	struct oracle_stack *stack = o->stack;
	Dwarf_Addr pc;
	bool stopped;

	if (!dwfl_frame_pc(frame, &pc, &stopped))
		return DWARF_CB_ABORT;
	if (stack->n == ORACLE_MAX_FRAMES)
		return DWARF_CB_ABORT;
	if (stack->guessed == stack->n && is_told(o, pc - !stopped))
		stack->guessed++;
	stack->pcs[stack->n++] = pc;
	return DWARF_CB_OK;
}

void oracle_run(struct oracle *o, const struct sample *sample, struct oracle_stack *ret_stack)
{
	ret_stack->n = ret_stack->guessed = 0;
	ret_stack->error = NULL;
	o->sample = sample;
	o->stack = ret_stack;
	if (dwfl_getthread_frames(o->dwfl, sample->tid, keep_frame, o) < 0)
		ret_stack->error = dwfl_errmsg(-1);
}
