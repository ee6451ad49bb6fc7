// SPDX-License-Identifier: GPL-2.0-or-later
#include "sym/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS (DMGL_PARAMS | DMGL_ANSI)

/* What libiberty may walk for one name; the longest real ones need a few thousand steps. */
#define MAX_STEPS 20000
#define MAX_DEPTH 1000
#define MAX_WORK  1000000 /* steps times parameter packs: it searches the tree for each */

#define MAX_RETRIES 8 /* doublings of the work of parsing */

struct printing {
	struct buf *out;
	jmp_buf too_long;
};

/*
 * libiberty has no limit on its output, and no way to stop it but this. Nothing is lost by jumping
 * out of its printers: they work on the stack.
 */
static void take_text(const char *text, size_t n, void *arg)
{
	struct printing *printing = arg;

	if (n > DEMANGLE_MAX_OUTPUT - printing->out->len)
		longjmp(printing->too_long, 1);
	if (n)
		buf_add(printing->out, text, n);
}

static bool demangle_rust(const char *mangled, struct buf *out)
{
	struct printing printing = {.out = out};

	buf_clear(out);
	if (setjmp(printing.too_long))
		return false;
	return rust_demangle_callback(mangled, OPTIONS, take_text, &printing) && out->len;
}

struct walk {
	unsigned int steps, packs;
};

static bool walk_tree(struct walk *w, const struct demangle_component *node, unsigned int depth);

static bool walk_children(struct walk *w, const struct demangle_component *node, unsigned int depth)
{
	switch (node->type) {
	case DEMANGLE_COMPONENT_NAME:
	case DEMANGLE_COMPONENT_TEMPLATE_PARAM:
	case DEMANGLE_COMPONENT_FUNCTION_PARAM:
	case DEMANGLE_COMPONENT_SUB_STD:
	case DEMANGLE_COMPONENT_BUILTIN_TYPE:
	case DEMANGLE_COMPONENT_OPERATOR:
	case DEMANGLE_COMPONENT_CHARACTER:
	case DEMANGLE_COMPONENT_NUMBER:
	case DEMANGLE_COMPONENT_UNNAMED_TYPE: return true;
	case DEMANGLE_COMPONENT_CTOR: return walk_tree(w, node->u.s_ctor.name, depth);
	case DEMANGLE_COMPONENT_DTOR: return walk_tree(w, node->u.s_dtor.name, depth);
	case DEMANGLE_COMPONENT_EXTENDED_OPERATOR:
		return walk_tree(w, node->u.s_extended_operator.name, depth);
	case DEMANGLE_COMPONENT_FIXED_TYPE: return walk_tree(w, node->u.s_fixed.length, depth);
	case DEMANGLE_COMPONENT_LAMBDA:
	case DEMANGLE_COMPONENT_DEFAULT_ARG: return walk_tree(w, node->u.s_unary_num.sub, depth);
	case DEMANGLE_COMPONENT_PACK_EXPANSION: w->packs++; break;
	default: break;
	}
	/* Kinds added to libiberty later stand behind this one; we do not know their shape. */
	if (node->type > DEMANGLE_COMPONENT_STRUCTURED_BINDING)
		return false;
	return walk_tree(w, node->u.s_binary.left, depth) &&
	       walk_tree(w, node->u.s_binary.right, depth);
}

/*
 * The tree shares its parts: thirty substitutions in a hundred bytes make a billion steps, and
 * libiberty takes them all even where it prints nothing. This takes the same steps, but counts.
 */
static bool walk_tree(struct walk *w, const struct demangle_component *node, unsigned int depth)
{
	if (!node)
		return true;
	if (++w->steps > MAX_STEPS || depth > MAX_DEPTH)
		return false;
	return walk_children(w, node, depth + 1);
}

static bool print_tree(struct demangle_component *tree, struct buf *out)
{
	struct printing printing = {.out = out};

	buf_clear(out);
	if (setjmp(printing.too_long))
		return false;
	return cplus_demangle_print_callback(OPTIONS, tree, take_text, &printing) && out->len;
}

/*
 * In the name of a conversion operator ("cv") libiberty reads what follows a template parameter
 * ("T_I...E") twice over, and what is nested in that twice as often again.
 */
static bool parses_quickly(const char *mangled)
{
	unsigned int retries = 0;
	const char *at = mangled;

	if (!strstr(mangled, "cv"))
		return true;
	while ((at = strchr(at, 'T'))) {
		at++;
		at += strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (at[0] == '_' && at[1] == 'I' && ++retries > MAX_RETRIES)
			return false;
	}
	return true;
}

static bool demangle_cplus(const char *mangled, struct buf *out)
{
	struct demangle_component *tree;
	struct walk walk = {0};
	void *memory = NULL;
	bool ok;

	if (!parses_quickly(mangled))
		return false;
	tree = cplus_demangle_v3_components(mangled, OPTIONS, &memory);
	ok = tree && walk_tree(&walk, tree, 0) && walk.steps * (walk.packs + 1) <= MAX_WORK &&
	     print_tree(tree, out);
	free(memory);
	return ok;
}

/*
 * libiberty's functions for D and Ada return their text in memory of its own, so that what they
 * would make has to be known to be small before.
 */
static bool take_result(char *result, struct buf *out)
{
	bool ok = result && *result && strlen(result) <= DEMANGLE_MAX_OUTPUT;

	buf_clear(out);
	if (ok)
		buf_puts(out, result);
	free(result);
	return ok;
}

/*
 * "Q" and a number in base 26, ended by a small letter, stands for what is that many bytes before
 * it, which may have such references to places before itself, but none behind: the work of each is
 * that of all bytes between the two. What stands for the length of a symbol in a template's
 * parameters ("S12") is tried with fewer and fewer of its digits.
 */
static bool d_is_quick(const char *mangled)
{
	uint64_t until[DEMANGLE_MAX_INPUT + 1], tries = 1; /* until: work for all bytes before */
	size_t n = strlen(mangled), i, k;

	until[0] = 0;
	for (i = 0; i < n; i++) {
		uint64_t back = 0, work = 1;

		if (mangled[i] == 'S') {
			k = strspn(mangled + i + 1, "0123456789");
			tries *= k > 1 ? k : 1;
		}
		if (mangled[i] == 'Q') {
			for (k = i + 1; mangled[k] >= 'A' && mangled[k] <= 'Z' && back <= n; k++)
				back = back * 26 + (uint64_t)(mangled[k] - 'A');
			if (mangled[k] >= 'a' && mangled[k] <= 'z')
				back = back * 26 + (uint64_t)(mangled[k] - 'a');
			if (back && back <= i)
				work = until[i] - until[i - back] + 1;
		}
		until[i + 1] = until[i] + work;
		if (tries > MAX_WORK || until[i + 1] > MAX_WORK || tries * until[i + 1] > MAX_WORK)
			return false;
	}
	return true;
}

static bool demangle_d(const char *mangled, struct buf *out)
{
	return d_is_quick(mangled) && take_result(dlang_demangle(mangled, OPTIONS), out);
}

bool demangle_ada(const char *mangled, struct buf *out)
{
	char *result;

	/* Ada's names are in small letters; those of its runtime in C begin with "__gnat_". */
	if (strnlen(mangled, DEMANGLE_MAX_INPUT + 1) > DEMANGLE_MAX_INPUT ||
	    (!strstr(mangled, "__") && strncmp(mangled, "_ada_", 5)) || !strncmp(mangled, "__", 2))
		return false;
	result = ada_demangle(mangled, OPTIONS);
	if (result && *result == '<') { /* "<name>": it is none */
		free(result);
		return false;
	}
	return take_result(result, out);
}

bool demangle_name(const char *mangled, struct buf *out)
{
	if (mangled[0] != '_' || !strchr("ZRD", mangled[1]) || !mangled[1])
		return false;
	if (strnlen(mangled, DEMANGLE_MAX_INPUT + 1) > DEMANGLE_MAX_INPUT)
		return false;
	if (mangled[1] == 'D')
		return demangle_d(mangled, out);
	/* Older Rust names look like C++ but for their hash, so Rust comes first. */
	return demangle_rust(mangled, out) || demangle_cplus(mangled, out);
}
