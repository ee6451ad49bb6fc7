// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btf OBJECT KERNEL-BTF: every struct of OBJECT's BTF, and every field in it, is in the kernel's.
 * Flavours (a name with "___") describe other kernels and are left out. Fields are looked for in
 * the kernel's nameless inner structs and unions too.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct counts {
	unsigned int types, fields, bad;
};

static const struct btf_type *type_skip(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

/* The type of the field `name`, or NULL. */
static const struct btf_type *field_find(const struct btf *btf, const struct btf_type *t,
					 const char *name)
{
	const struct btf_member *m = btf_members(t);

	for (__u16 i = 0; i < btf_vlen(t); i++, m++) {
		const char *own = btf__name_by_offset(btf, m->name_off);
		const struct btf_type *inner = type_skip(btf, m->type);

		if (own && *own != '\0') {
			if (strcmp(own, name) == 0)
				return inner;
		} else if (inner && btf_is_composite(inner)) {
			inner = field_find(btf, inner, name);
			if (inner)
				return inner;
		}
	}
	return NULL;
}

static void fields_compare(const struct btf *ours, const struct btf_type *t, const char *name,
			   const struct btf *kernel, const struct btf_type *kernel_type,
			   struct counts *counts)
{
	const struct btf_member *m = btf_members(t);

	for (__u16 i = 0; i < btf_vlen(t); i++, m++) {
		const char *field = btf__name_by_offset(ours, m->name_off);
		const struct btf_type *own = type_skip(ours, m->type), *found;

		counts->fields++;
		found = field_find(kernel, kernel_type, field);
		if (!found) {
			printf("%s has no field %s in this kernel\n", name, field);
			counts->bad++;
		} else if (own && btf_kind(own) != btf_kind(found)) {
			printf("%s.%s is of another kind in this kernel (%u, here %u)\n", name,
			       field, btf_kind(found), btf_kind(own));
			counts->bad++;
		}
	}
}

static void type_compare(const struct btf *ours, __u32 id, const struct btf *kernel,
			 struct counts *counts)
{
	const struct btf_type *t = btf__type_by_id(ours, id), *body = type_skip(ours, id);
	const char *name = btf__name_by_offset(ours, t->name_off);
	const struct btf_type *found;
	__s32 kernel_id;

	if (!body || !btf_is_composite(body) || !name || *name == '\0' || strstr(name, "___") ||
	    btf_vlen(body) == 0 || (!btf_is_composite(t) && !btf_is_typedef(t)))
		return;
	counts->types++;
	kernel_id = btf__find_by_name_kind(kernel, name, btf_kind(t));
	found = kernel_id > 0 ? type_skip(kernel, (__u32)kernel_id) : NULL;
	if (!found || !btf_is_composite(found)) {
		printf("%s is not in this kernel\n", name);
		counts->bad++;
		return;
	}
	fields_compare(ours, body, name, kernel, found, counts);
}

int main(int argc, char **argv)
{
	struct counts counts = {0};
	struct btf *ours, *kernel;

	if (argc != 3)
		return 2;
	ours = btf__parse(argv[1], NULL);
	kernel = btf__parse(argv[2], NULL);
	if (!ours || !kernel) {
		printf("%s: %s\n", ours ? argv[2] : argv[1], strerror(errno));
		return 1;
	}
	for (__u32 id = 1; id < btf__type_cnt(ours); id++)
		type_compare(ours, id, kernel, &counts);
	printf("%u types, %u fields, %u wrong\n", counts.types, counts.fields, counts.bad);
	btf__free(ours);
	btf__free(kernel);
	return counts.bad || !counts.types;
}
