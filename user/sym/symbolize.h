/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_SYMBOLIZE_H
#define HOSTPROF_SYM_SYMBOLIZE_H
/*
 * Turns the raw addresses of a profile into names, late and once: each distinct location is
 * looked up once, and each distinct binary (by build id, else by file) is read once, whatever the
 * number of samples. Binaries are read one after the other, so memory is that of the largest.
 *
 * On entry every mapping of the profile has a `struct origin` of the same index, and locations
 * hold: kernel addresses; offsets into the vDSO; offsets into the FILE; raw addresses (anonymous).
 * Addresses of callers have already been moved back into the call instruction. On return:
 *  - mappings have file, build id, start, limit, offset;
 *  - locations of files hold ELF virtual addresses, with start/limit/offset of the executable
 *    segment, so that `pprof -list` and `-disasm` work;
 *  - locations with a name have lines.
 * A location without a name keeps no line; outputs print it as "module+0xoffset".
 *
 * The profile's own index of locations (by_location) still has the addresses from before, so no
 * location is to be added by address afterwards. One symbolizer serves all profiles of a
 * recording, and keeps what it has read for the next one within a limit (sym/cache.h). One thread.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct profile;
struct binaries;

enum origin_kind {
	ORIGIN_KERNEL,	/* [kernel.kallsyms]; modules and BPF programs included */
	ORIGIN_VDSO,	/* [vdso] */
	ORIGIN_FILE,	/* binaries[binary] */
	ORIGIN_ANON,	/* executable memory without a file, of one process: [jit] */
	ORIGIN_UNKNOWN, /* the file could not be told: [unknown] */
};

struct origin {
	enum origin_kind kind;
	uint32_t binary; /* ORIGIN_FILE */
	pid_t tgid;	 /* ORIGIN_ANON */
};

struct symbolizer;

struct symbolizer *symbolizer_new(struct binaries *binaries); /* borrows binaries */
void symbolizer_free(struct symbolizer *s);

/*
 * Reads the kernel's symbols now: BPF programs have names only while they are loaded, so the
 * capture calls this before it unloads its own. 0 or -errno (then kernel frames have no names).
 */
int symbolizer_load_kernel(struct symbolizer *s);

/* 0 or -errno. What cannot be read stays without names; that is no error. */
int symbolizer_run(struct symbolizer *s, struct profile *p, const struct origin *origins,
		   size_t n_origins);

#endif
