/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_SOURCES_H
#define HOSTPROF_SYM_SOURCES_H
/*
 * All the ELF files that tell something about the code of one binary: the binary itself, its
 * debug file if one is installed (sym/debugfile.h), and the small ELF file that may be packed
 * into it (MiniDebugInfo).
 */
#include <stdbool.h>
#include "elf/file.h"
#include "elf/symtab.h"
#include "elf/trace.h"
#include "util/buf.h"

struct binary;
struct buildid;

struct sources {
	const struct elf_file *binary; /* borrowed */
	struct elf_file debug;
	int debug_fd; /* -1: there is none, or none is needed */
	int dwarf_fd; /* which of the two has DWARF; borrowed; -1: neither */
	int alt_fd;   /* what the DWARF shares with other files, or -1 */
};

/* Opens what there is. `f` is the binary's own file and must outlive this. */
void sources_init(struct sources *s, const struct binary *binary, const struct elf_file *f,
		  const struct buildid *id);
/*
 * A debug file is missing that could have more than what there is: for those who can get it from
 * elsewhere. `lines`: DWARF is wanted, too, not only symbols.
 */
bool sources_lack(const struct sources *s, bool lines);
/* Takes over a descriptor; 0, or -errno: it is none of this build, and nothing has changed. */
int sources_add_debug(struct sources *s, const struct binary *binary, const struct buildid *id,
		      int fd);
void sources_done(struct sources *s);

/* What was read of them: see elf/trace.h. The packed file is a part of the binary. */
struct sources_trace {
	struct elf_trace binary, debug;
	bool has_debug;
};

/* With the headers of the files only, as yet. */
void sources_trace_init(struct sources_trace *t, const struct digest_key *key,
			const struct sources *s);
void sources_trace_done(struct sources_trace *t);
/* Has `s`, whose headers are in `mine`, all that was read? */
bool sources_trace_matches(const struct sources_trace *t, const struct sources_trace *mine,
			   const struct sources *s);

/* Functions of all of them in one table. As symbols_read(). Adds to the trace; NULL: none. */
int sources_symbols(const struct sources *s, struct sources_trace *trace, struct symtab *ret_table);
/* Variables. As symbols_read_data(). */
int sources_data(const struct sources *s, struct symtab *ret_table);

#endif
