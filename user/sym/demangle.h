/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_DEMANGLE_H
#define HOSTPROF_SYM_DEMANGLE_H
/*
 * Readable names of C++, Rust, D and Ada functions. The names come out of files that can be
 * hostile, and a short mangled name can stand for gigabytes of text: what is too long, or would
 * take too long, is shown as it is.
 */
#include <stdbool.h>
#include "util/buf.h"

#define DEMANGLE_MAX_INPUT  1000
#define DEMANGLE_MAX_OUTPUT 16384

/* Puts the readable name into *out, whose content is replaced; false: there is none. */
bool demangle_name(const char *mangled, struct buf *out);
/*
 * The same for Ada: "a__b" is "a.b". A C function can have such a name as well: only for binaries
 * that are known to hold Ada (symtab.ada).
 */
bool demangle_ada(const char *mangled, struct buf *out);

#endif
