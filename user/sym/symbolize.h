/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_SYMBOLIZE_H
#define HOSTPROF_SYM_SYMBOLIZE_H
/*
 * Turns the raw addresses of a profile into names, late and once: each distinct location is
 * looked up once, and the symbols of each distinct binary (by content: sym/twins.h) are read once,
 * whatever the number of samples. Binaries are read one after the other, so memory is that of the
 * largest.
 *
 * On entry every mapping of the profile has a `struct origin` of the same index, and locations
 * hold: kernel addresses; offsets into the vDSO; offsets into the FILE; raw addresses (anonymous).
 * Addresses of callers have already been moved back into the call instruction. On return:
 *  - mappings have file, build id, start, limit, offset;
 *  - locations of files hold ELF virtual addresses, with start/limit/offset of the executable
 *    segment, so that `pprof -list` and `-disasm` work;
 *  - locations with a name have lines, innermost inlined function first, with file and line
 *    where the binary or a debug file that is installed has DWARF.
 * A location without a name keeps no line; outputs print it as "module+0xoffset".
 *
 * The profile's own index of locations (by_location) still has the addresses from before, so no
 * location is to be added by address afterwards. One symbolizer serves all profiles of a
 * recording, and keeps what it has read for the next one within a limit (sym/cache.h). One thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct binaries;
struct buf;
struct debuginfod;
struct profile;

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
	pid_t tgid;	 /* ORIGIN_ANON: the process, and when it started, in ns since boot, */
	uint64_t start;	 /* or 0 */
};

struct symbolizer_options { /* zero: all that can be had */
	bool no_demangle;
	bool no_lines;	     /* no source lines and no inlined functions: quick */
	bool kernel_objects; /* the kernel's variables, for symbolizer_kernel_object() */
	bool debuginfod;     /* missing debug files are asked for (sym/debuginfod.h): connections */
};

struct symbolizer;

/* Borrows binaries, copies the options; NULL: zero. */
struct symbolizer *symbolizer_new(struct binaries *binaries,
				  const struct symbolizer_options *options);
void symbolizer_free(struct symbolizer *s);

/*
 * A process runs code that is in no file: what its just-in-time compiler writes of it is kept
 * from now on, so that it has names after the process has ended. Cheap to call again. `start` is
 * that of its origin.
 */
void symbolizer_see_process(struct symbolizer *s, pid_t tgid, uint64_t start);

/*
 * Reads the kernel's symbols now: BPF programs have names only while they are loaded, so the
 * capture calls this before it unloads its own. Code that a just-in-time compiler loads later is
 * not what was seen running. 0 or -errno (then kernel frames have no names).
 */
int symbolizer_load_kernel(struct symbolizer *s);
/* After it: appends the name of the kernel's variable at an address; false: none is known. */
bool symbolizer_kernel_object(const struct symbolizer *s, uint64_t address, struct buf *text);

/* 0 or -errno. What cannot be read stays without names; that is no error (see below). */
int symbolizer_run(struct symbolizer *s, struct profile *p, const struct origin *origins,
		   size_t n_origins);

/* Binaries whose symbols were read, and those of the same content that needed no reading. */
struct symbolizer_counts {
	uint64_t read, shared;
};
struct symbolizer_counts symbolizer_counts(const struct symbolizer *s);

/* Files that had names or lines for us, but could not be read, or not all of them. */
struct symbolizer_failure {
	char *path;
	const char *what; /* "symbols", "source lines" */
	int err;	  /* -EBADMSG: malformed; -EFBIG: past a limit; -ETIME: takes too long;
			   * -ECANCELED: crashed its reader, or asked for too much memory; -errno */
};
#define SYMBOLIZER_MAX_FAILURES 32 /* that are kept */

size_t symbolizer_failures(const struct symbolizer *s, const struct symbolizer_failure **ret_list);

/* What was asked of servers, and what came of it. */
const struct debuginfod *symbolizer_debuginfod(const struct symbolizer *s);

#endif
