// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where Go's runtime goes over to another stack: from a goroutine to its thread's, for its own work
 * (systemstack, morestack), for C (asmcgocall) or the vDSO (the clocks), and back for a function
 * that C calls (cgocallback). What leads back is in the runtime's structures, and where in them is
 * told by the code that goes back: it has the offsets of this very version. Where that is not as
 * expected the stack ends at these calls. At mcall it always does: the scheduler serves nobody.
 *
 * The functions are found by the runtime's names for them, which are there in stripped programs
 * too, and the calls by their bytes.
 */
#include <string.h>

#include "elf/file.h"
#include "elf/gotable.h"
#include "elf/known_scan.h"
#include "elf/section.h"

#define FUNCTION_BYTES 512 /* these are assembler: some 200 bytes */
#define MAX_SWITCHERS  16
#define WORD	       8

enum switcher { SYSTEMSTACK, MCALL, MORESTACK, ASMCGOCALL, CALLBACK, CLOCK, MSTART, OTHER };

struct code { /* of a function */
	enum switcher is;
	uint64_t start;
	size_t n;
	uint8_t bytes[FUNCTION_BYTES];
};

struct switchers {
	size_t n;
	struct code at[MAX_SWITCHERS];
};

static const struct {
	const char *name;
	enum switcher is;
} names[] = {
	{"runtime.systemstack", SYSTEMSTACK},
	{"runtime.mcall", MCALL},
	{"runtime.morestack", MORESTACK},
	{"runtime.asmcgocall", ASMCGOCALL},
	{"runtime.cgocallback", CALLBACK},
	{"runtime.nanotime1", CLOCK},
	{"runtime.walltime", CLOCK},
	{"runtime.walltime1", CLOCK},
	{"time.now", CLOCK},
	{"runtime.mstart", MSTART},
};

/* Newer Go adds the calling convention: "runtime.mcall.abi0". */
static enum switcher switcher_of(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i].name);

		if (!strncmp(name, names[i].name, n) && (!name[n] || !strcmp(name + n, ".abi0")))
			return names[i].is;
	}
	return OTHER;
}

/* --- instructions --- */

/* The length of a call through a register at `at`, or 0. */
static size_t call_through_register(const struct code *c, size_t at)
{
	size_t prefix = at < c->n && c->bytes[at] == 0x41;

	if (c->n - at < prefix + 2 || c->bytes[at + prefix] != 0xff ||
	    (c->bytes[at + prefix + 1] & 0xf8) != 0xd0)
		return 0;
	return prefix + 2;
}

static size_t call_direct(const struct code *c, size_t at)
{
	return c->n - at >= 5 && c->bytes[at] == 0xe8 ? 5 : 0;
}

/* Are these the bytes at *at? Then it goes behind them. */
static bool take(const struct code *c, size_t *at, const char *bytes, size_t n)
{
	if (*at > c->n || c->n - *at < n || memcmp(c->bytes + *at, bytes, n))
		return false;
	*at += n;
	return true;
}
#define TAKE(c, at, bytes) take(c, at, bytes, sizeof(bytes) - 1)

static bool take_number(const struct code *c, size_t *at, size_t n, int32_t *ret)
{
	if (*at > c->n || c->n - *at < n)
		return false;
	if (n == 1)
		*ret = (int8_t)c->bytes[*at];
	else
		memcpy(ret, c->bytes + *at, 4);
	*at += n;
	return true;
}

/* push %rbp; mov %rsp, %rbp: in Go 1.21 and later. */
static bool is_framed(const struct code *c)
{
	size_t at = 0;

	return TAKE(c, &at, "\x55\x48\x89\xe5");
}

/* That, or: sub n, %rsp; mov %rbp, n(%rsp); lea n(%rsp), %rbp. */
static bool has_frame_pointer(const struct code *c)
{
	size_t at = 0;
	int32_t n;

	return is_framed(c) || (TAKE(c, &at, "\x48\x83\xec") && take_number(c, &at, 1, &n) &&
				TAKE(c, &at, "\x48\x89\x6c\x24") && take_number(c, &at, 1, &n) &&
				TAKE(c, &at, "\x48\x8d\x6c\x24") && take_number(c, &at, 1, &n));
}

/* --- where the structures are --- */

/* A load of the thread's g into rax, and how a store of it begins. */
static bool take_tls(const struct code *c, size_t *at, int32_t *ret_tls, bool *ret_indirect)
{
	*ret_indirect = TAKE(c, at, "\x48\xc7\xc1"); /* mov tls, %rcx; mov %fs:(%rcx), %rax */
	if (*ret_indirect)
		return take_number(c, at, 4, ret_tls) && TAKE(c, at, "\x64\x48\x8b\x01");
	return TAKE(c, at, "\x64\x48\x8b\x04\x25") && take_number(c, at, 4, ret_tls);
}

/*
 * What systemstack does behind its call, to go back: g = [tls]; m = g->m; g = m->curg; [tls] = g;
 * rsp = g->sched.sp. This and the next go behind what they have read.
 */
static bool read_way_back(const struct code *c, size_t *at, struct known_go *ret_go)
{
	int32_t tls, m, curg, sp, same;
	bool indirect;

	if (!take_tls(c, at, &tls, &indirect) || !TAKE(c, at, "\x48\x8b\x58") ||
	    !take_number(c, at, 1, &m))
		return false;
	if (TAKE(c, at, "\x48\x8b\x83")
		    ? !take_number(c, at, 4, &curg)
		    : !TAKE(c, at, "\x48\x8b\x43") || !take_number(c, at, 1, &curg))
		return false;
	if (indirect ? !TAKE(c, at, "\x64\x48\x89\x01")
		     : !TAKE(c, at, "\x64\x48\x89\x04\x25") || !take_number(c, at, 4, &same) ||
			       same != tls)
		return false;
	if (!TAKE(c, at, "\x48\x8b\x60") || !take_number(c, at, 1, &sp))
		return false;
	if (m <= 0 || m % WORD || sp != m + WORD || curg <= 0 || curg > INT16_MAX ||
	    tls != (int16_t)tls)
		return false;
	ret_go->tls = (int16_t)tls;
	ret_go->m = (uint8_t)m;
	ret_go->curg = (int16_t)curg;
	return true;
}

/* What morestack does before it leaves: g->sched.bp = rbp, with g in rsi or, newer, rdi. */
static bool read_saved_bp(const struct code *c, struct known_go *go)
{
	for (size_t at = 0; at < c->n; at++) {
		size_t behind = at;
		int32_t bp;

		if ((!TAKE(c, &behind, "\x48\x89\x6e") && !TAKE(c, &behind, "\x48\x89\x6f")) ||
		    !take_number(c, &behind, 1, &bp))
			continue;
		go->bp = (int16_t)bp;
		return bp > 0 && bp % WORD == 0;
	}
	return false;
}

/* What asmcgocall does behind its call: rdi = g; rsi = g->stack.hi - depth. */
static bool read_depth(const struct code *c, size_t *at, struct known_go *go)
{
	int32_t tls, g, depth = 0;

	if (TAKE(c, at, "\x48\xc7\xc1") && !take_number(c, at, 4, &tls))
		return false;
	if (!TAKE(c, at, "\x48\x8b\x7c\x24") || !take_number(c, at, 1, &g) ||
	    !TAKE(c, at, "\x48\x8b\x77\x08"))
		return false;
	if (!TAKE(c, at, "\x48\x2b\x34\x24") &&
	    (!TAKE(c, at, "\x48\x2b\x74\x24") || !take_number(c, at, 1, &depth)))
		return false;
	go->frame_g = (int16_t)g;
	go->frame_depth = (int16_t)depth;
	return true;
}

/* --- the calls --- */

static void mark_call(struct scan *s, const struct code *c, size_t at, size_t length,
		      enum known_kind kind)
{
	known_add(s->known, c->start + at, c->start + at + length, kind);
}

/* The other calls of morestack are to say what went wrong, on the stack that it came from. */
static bool has_switched(const struct code *c, size_t at)
{
	static const char load[] = "\x48\x8b\x63"; /* mov sp(%rbx), %rsp */
	size_t from = at < 8 ? 0 : at - 8;	   /* perhaps rbp too, behind it */

	return memmem(c->bytes + from, at - from, load, sizeof(load) - 1);
}

static void mark_bottoms(struct scan *s, const struct code *c)
{
	for (size_t at = 0; at < c->n; at++)
		mark_call(s, c, at, call_through_register(c, at), KNOWN_BOTTOM);
}

/* Where rsp has become the system stack's, shortly before a call. */
static size_t find_switch(const struct code *c, size_t call)
{
	for (size_t at = call; at && call - at < 16; at--) {
		size_t behind = at;
		int32_t sp;

		/* mov %rbx, %rsp; or mov sp(%rdx), %rsp */
		if (TAKE(c, &behind, "\x48\x89\xdc") ||
		    (TAKE(c, &behind, "\x48\x8b\x62") && take_number(c, &behind, 1, &sp)))
			return behind < call ? behind : call;
	}
	return call;
}

static void mark_systemstack(struct scan *s, const struct code *c, bool structures)
{
	enum known_kind kind = is_framed(c) ? KNOWN_GO_SAVED_FRAMED : KNOWN_GO_SAVED;
	struct known_go unused;

	for (size_t at = 0; at < c->n; at++) {
		size_t length = call_through_register(c, at), end = at + length, start;

		if (!structures || !read_way_back(c, &end, &unused)) {
			mark_call(s, c, at, length, KNOWN_BOTTOM);
		} else if (length) {
			start = find_switch(c, at);
			mark_call(s, c, start, end - start, kind);
		}
	}
}

static void mark_morestack(struct scan *s, const struct code *c, bool structures)
{
	for (size_t at = 0; at < c->n; at++)
		mark_call(s, c, at, call_direct(c, at),
			  structures && has_switched(c, at) ? KNOWN_GO_STOPPED : KNOWN_BOTTOM);
}

/* Other calls are for when it is on the system stack already. */
static void mark_asmcgocall(struct scan *s, const struct code *c)
{
	enum known_kind kind = is_framed(c) ? KNOWN_GO_DEPTH_FRAMED : KNOWN_GO_DEPTH;

	for (size_t at = 0; at < c->n; at++) {
		size_t length = call_through_register(c, at), end;

		length = length ? length : call_direct(c, at);
		end = at + length;
		if (!length || !read_depth(c, &end, &s->known->go))
			continue;
		mark_call(s, c, at, end - at, kind);
		return;
	}
	mark_bottoms(s, c);
}

/*
 * Between its prologue and its end rsp is the goroutine's, and rbp that of its frame on the
 * thread's stack, which Go's functions keep below their return address.
 */
static void mark_callback(struct scan *s, const struct code *c)
{
	for (size_t at = 0; has_frame_pointer(c) && at < c->n; at++)
		mark_call(s, c, at, call_through_register(c, at), KNOWN_KEPT_BP);
}

/* A thread begins here; with cgo C's start of threads has called it, by assembler without rows. */
static void mark_start(struct scan *s, const struct code *c)
{
	for (size_t at = 0; at < c->n; at++)
		mark_call(s, c, at, call_direct(c, at), KNOWN_BOTTOM);
}

/* mov n(%rsp), %rbp; add n, %rsp; ret. Or, in newer Go: add n, %rsp; pop %rbp; ret. */
static bool take_epilogue(const struct code *c, size_t *at)
{
	int32_t n;

	if (TAKE(c, at, "\x48\x8b\x6c\x24"))
		return take_number(c, at, 1, &n) && TAKE(c, at, "\x48\x83\xc4") &&
		       take_number(c, at, 1, &n) && TAKE(c, at, "\xc3");
	return TAKE(c, at, "\x48\x83\xc4") && take_number(c, at, 1, &n) && TAKE(c, at, "\x5d\xc3");
}

/*
 * The clocks call the vDSO on the system stack, with rbp still in the goroutine's: good from the
 * change of stacks up to where rbp is taken back, and behind that function's end.
 */
static void mark_clock(struct scan *s, const struct code *c)
{
	size_t start = 0;

	while (start < c->n && !TAKE(c, &start, "\x48\x8b\x62")) /* mov sp(%rdx), %rsp */
		start++;
	for (size_t at = start; has_frame_pointer(c) && at < c->n; at++) {
		size_t end = at;

		if (!take_epilogue(c, &end))
			continue;
		mark_call(s, c, start, at - start, KNOWN_GO_BP);
		mark_call(s, c, end, c->n - end, KNOWN_GO_BP);
		return;
	}
}

/* --- the program --- */

static bool read_code(const struct scan *s, const struct symbol *symbol, struct code *ret_code)
{
	uint64_t start = symbol->addr, n = symbol->size;
	const struct elf_segment *segment = elf_file_segment_at(s->f, start);

	n = n < FUNCTION_BYTES ? n : FUNCTION_BYTES;
	if (!segment || !segment->executable || start + n > segment->vaddr + segment->filesz ||
	    elf_file_read(s->f, start - segment->vaddr + segment->offset, ret_code->bytes, n))
		return false;
	ret_code->start = start;
	ret_code->n = n;
	return true;
}

/* All functions that are switchers; a name can be that of two, one a wrapper of the other. */
static void find_switchers(const struct scan *s, const struct symtab *symbols,
			   struct switchers *ret_all)
{
	const struct symbol *symbol;

	vec_each(symbol, &symbols->symbols) {
		enum switcher is = switcher_of(symtab_name(symbols, symbol));

		if (is == OTHER || ret_all->n == MAX_SWITCHERS)
			continue;
		ret_all->at[ret_all->n].is = is;
		if (read_code(s, symbol, &ret_all->at[ret_all->n]))
			ret_all->n++;
	}
}

static bool read_structures(const struct switchers *all, struct known_go *ret_go)
{
	struct known_go go = {0};
	bool way_back = false, bp = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct code *c = &all->at[i];

		for (size_t at = 0; c->is == SYSTEMSTACK && !way_back && at < c->n; at++) {
			size_t behind = at + call_through_register(c, at);

			way_back = behind != at && read_way_back(c, &behind, &go);
		}
		if (c->is == MORESTACK && !bp)
			bp = read_saved_bp(c, &go);
	}
	if (way_back && bp)
		*ret_go = go;
	return way_back && bp;
}

/* Linkers name the table so; looking for it by its bytes in every file would be too much. */
static bool is_go(const struct elf_file *f)
{
	return section_find(f, ".gopclntab", NULL) ||
	       section_find(f, ".data.rel.ro.gopclntab", NULL) ||
	       section_find(f, ".go.buildinfo", NULL);
}

static void mark(struct scan *s, const struct code *c, bool structures)
{
	switch (c->is) {
	case SYSTEMSTACK: mark_systemstack(s, c, structures); break;
	case MORESTACK: mark_morestack(s, c, structures); break;
	case MCALL: mark_bottoms(s, c); break;
	case ASMCGOCALL: mark_asmcgocall(s, c); break;
	case CALLBACK: mark_callback(s, c); break;
	case CLOCK: mark_clock(s, c); break;
	case MSTART: mark_start(s, c); break;
	case OTHER: break;
	}
}

void known_go(struct scan *s)
{
	struct switchers all = {0};
	struct symtab symbols = {0};
	struct gotable table;
	bool structures;

	if (!is_go(s->f) || gotable_init(&table, s->f))
		return;
	gotable_symbols(&table, &symbols);
	symtab_finish(&symbols, &table.code, 1);
	find_switchers(s, &symbols, &all);
	structures = read_structures(&all, &s->known->go);
	for (size_t i = 0; i < all.n; i++)
		mark(s, &all.at[i], structures);
	symtab_done(&symbols);
	gotable_done(&table);
}
