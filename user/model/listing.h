/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_MODEL_LISTING_H
#define HOSTPROF_MODEL_LISTING_H
/*
 * The inside of chosen functions: what was sampled on each of their source lines and at each of
 * their addresses. `self` is what was sampled right there, `cumulative` what was sampled while it
 * was anywhere on the stack, once a sample however often it recurses.
 *
 * A function is one name in one source file, or, where the file is not known, in one module. What
 * was inlined counts on its own lines and, as cumulative, on the lines that called it; the self of
 * an address is that of all code there, inlined or not. Frames without a name make one function a
 * module.
 *
 * A listing owns its rows and borrows the profile, which must not change while it lives.
 */
#include "model/frame.h"
#include "model/profile.h"

struct listing_line {
	uint32_t function;
	int64_t line; /* 0: unknown */
	int64_t self, cumulative;
};

struct listing_place {
	uint32_t function, mapping; /* mapping: of the profile, or PROFILE_NONE */
	uint64_t address;	    /* as the location has it */
	bool inlined;		    /* the function was inlined into another one there */
	int64_t line;		    /* 0: unknown */
	int64_t self, cumulative;
};

struct listing_function {
	const char *name;   /* as the profile has it; "" : no name */
	const char *module; /* as model/frame.h has it */
	const char *file;   /* "": unknown */
	int64_t start_line; /* 0: unknown */
	uint32_t location;  /* one where it is */
	bool kernel;
	struct profile_span lines;  /* in `lines`, rising; none where the file is not known */
	struct profile_span places; /* in `places`, by mapping, then rising */
	int64_t self, cumulative;
};

struct listing {
	VEC(struct listing_function) functions; /* largest first, by self, then cumulative */
	VEC(struct listing_line) lines;
	VEC(struct listing_place) places;
	int64_t total; /* of the value over all samples */
};

/*
 * `pattern` is a POSIX extended regular expression, for names of functions; frames without a name
 * are matched as "module+0xaddress". Functions without a value are left out. -EINVAL: the
 * expression is wrong, and `why` got "'(': Unmatched (".
 */
int listing_new(const struct profile *p, const char *pattern, uint32_t value,
		struct listing **ret_listing, struct buf *why);
void listing_free(struct listing *l);
void listing_sort(struct listing *l, bool cumulative);

#endif
