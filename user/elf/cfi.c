// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/cfi.h"

#include <errno.h>
#include <stdlib.h>

#include "elf/cfi_pointer.h"
#include "elf/cfi_run.h"
#include "elf/cfi_section.h"
#include "elf/file.h"

#define DWARF64	       0xffffffffu /* in place of a length: the real one follows, 64 bits */
#define DEBUG_CIE_ID   0xffffffffu
#define DEBUG_CIE_ID64 UINT64_MAX
#define MAX_VERSION    4

struct fde {
	uint64_t start, end;
	uint32_t cie;	      /* in cies */
	uint32_t at, program; /* offset and size of the instructions in the section */
};

struct reader {
	struct cfi_section section;
	struct cfi_table *table;
	VEC(struct cfi_cie) cies; /* by rising offset */
	VEC(struct fde) fdes;
	uint32_t last_cie; /* the one found last: FDEs of one object file share it */
};

struct entry {
	struct cfi_input body; /* behind the id */
	uint32_t offset;       /* of the entry, in the section */
	uint64_t cie;	       /* offset of its CIE; of no meaning for a CIE */
	bool is_cie;
};

static uint32_t offset_of(const struct reader *r, const uint8_t *at)
{
	return (uint32_t)(at - r->section.bytes);
}

/*
 * Takes the next entry off `in`: 1; 0 at the end; -EBADMSG. In .eh_frame the id is 4 bytes whatever
 * the length's size, and counts back from itself; 0 makes a CIE.
 */
static int next_entry(const struct reader *r, struct cfi_input *in, struct entry *ret_entry)
{
	struct entry entry = {0};
	uint64_t length, id;
	uint32_t id_at;
	bool dwarf64;

	do {
		if (!input_left(in))
			return 0;
		entry.offset = offset_of(r, in->at);
		length = input_word(in, 4);
		if (!length && r->section.unbounded)
			return 0;
	} while (!length && !in->bad); /* startup files end theirs with an empty entry */
	dwarf64 = length == DWARF64;
	if (dwarf64)
		length = input_word(in, 8);
	entry.body = input_take(in, length);
	id_at = offset_of(r, entry.body.at);
	id = input_word(&entry.body, dwarf64 && r->section.debug ? 8 : 4);
	if (in->bad || entry.body.bad)
		return -EBADMSG;
	if (r->section.debug) {
		entry.is_cie = id == (dwarf64 ? DEBUG_CIE_ID64 : DEBUG_CIE_ID);
		entry.cie = id;
	} else {
		entry.is_cie = !id;
		if (id > id_at)
			return -EBADMSG;
		entry.cie = id_at - id;
	}
	*ret_entry = entry;
	return 1;
}

/* The letters of the augmentation string that follow 'z'. False: one that is not known. */
static bool read_augmentation(const struct reader *r, struct cfi_cie *cie, const char *letters,
			      struct cfi_input *in)
{
	struct cfi_input data = input_take(in, input_uleb(in));
	uint64_t vaddr = r->section.vaddr + offset_of(r, data.at), unused;
	const uint8_t *bytes = data.at;
	uint8_t encoding;

	for (; *letters; letters++) {
		switch (*letters) {
		case 'R': cie->pointer = input_u8(&data); break;
		case 'L': input_u8(&data); break;
		case 'P': /* the personality routine, which may be known by its address's address */
			encoding = input_u8(&data) & (uint8_t)~CFI_PE_INDIRECT;
			if (encoding != (CFI_PE_OMIT & ~CFI_PE_INDIRECT) &&
			    !cfi_pointer_read(&data, encoding, vaddr, bytes, 1, &unused))
				return false;
			break;
		case 'S': cie->rule.interrupted = 1; break;
		case 'B': break; /* of arm64: signed return addresses */
		default: return false;
		}
	}
	return !data.bad;
}

static bool read_cie(const struct reader *r, struct cfi_cie *cie, struct cfi_input *in)
{
	uint8_t version = input_u8(in);
	const char *letters = (const char *)in->at;
	const uint8_t *end = memchr(in->at, 0, input_left(in));
	uint64_t ra;

	if (in->bad || !end || (version != 1 && version != 3 && version != MAX_VERSION))
		return false;
	input_take(in, (size_t)(end - in->at) + 1);
	if (version == MAX_VERSION && (input_u8(in) != 8 || input_u8(in) != 0))
		return false; /* other sizes of an address, or segments */
	cie->code_align = input_uleb(in);
	cie->data_align = input_sleb(in);
	ra = version == 1 ? input_u8(in) : input_uleb(in);
	if (in->bad || ra != CFI_X86_64_RA)
		return false;
	if (*letters == 'z') {
		cie->augmented = true;
		if (!read_augmentation(r, cie, letters + 1, in))
			return false;
	} else if (*letters) {
		return false; /* how long its data is, nobody can say */
	}
	return !in->bad && cfi_run_cie(cie, *in);
}

static int collect_cies(struct reader *r)
{
	struct cfi_input in = input_of(r->section.bytes, r->section.size);
	struct entry entry;
	int more;

	while ((more = next_entry(r, &in, &entry)) > 0) {
		struct cfi_cie cie = {.offset = entry.offset};

		if (!entry.is_cie)
			continue;
		if (r->cies.n >= CFI_MAX_CIES)
			return -EFBIG;
		cie.unusable = !read_cie(r, &cie, &entry.body);
		vec_push(&r->cies, cie);
	}
	return more;
}

/* The CIE at an offset: its number, or -1. */
static int64_t find_cie(struct reader *r, uint64_t offset)
{
	size_t low = 0, high = r->cies.n;

	if (r->last_cie < r->cies.n && r->cies.at[r->last_cie].offset == offset)
		return r->last_cie;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->cies.at[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == r->cies.n || r->cies.at[low].offset != offset)
		return -1;
	r->last_cie = (uint32_t)low;
	return (int64_t)low;
}

/* 0, -EBADMSG, or -EFBIG. An FDE that cannot be placed is left out and counted. */
static int add_fde(struct reader *r, struct entry *entry)
{
	const struct cfi_section *s = &r->section;
	struct cfi_input *in = &entry->body;
	uint64_t vaddr = s->vaddr + offset_of(r, in->at), size = 0;
	int64_t cie = find_cie(r, entry->cie);
	const uint8_t *bytes = in->at;
	struct fde fde = {0};
	uint8_t encoding;

	if (cie < 0)
		return -EBADMSG;
	if (r->fdes.n >= CFI_MAX_FDES)
		return -EFBIG;
	encoding = r->cies.at[cie].pointer;
	if (r->cies.at[cie].unusable ||
	    !cfi_pointer_read(in, encoding, vaddr, bytes, s->got, &fde.start) ||
	    !cfi_pointer_read(in, encoding & CFI_PE_FORMAT, 0, bytes, 0, &size)) {
		r->table->skipped++;
		return 0;
	}
	if (r->cies.at[cie].augmented)
		input_take(in, input_uleb(in));
	if (in->bad)
		return -EBADMSG;
	if (!size || fde.start + size < fde.start)
		return 0; /* code that the linker dropped */
	fde.end = fde.start + size;
	fde.cie = (uint32_t)cie;
	fde.at = offset_of(r, in->at);
	fde.program = (uint32_t)input_left(in);
	vec_push(&r->fdes, fde);
	return 0;
}

static int order_fdes(const void *left, const void *right)
{
	const struct fde *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static int collect_fdes(struct reader *r)
{
	struct cfi_input in = input_of(r->section.bytes, r->section.size);
	bool sorted = true;
	struct entry entry;
	int more;

	while ((more = next_entry(r, &in, &entry)) > 0) {
		int err = entry.is_cie ? 0 : add_fde(r, &entry);
		size_t n = r->fdes.n;

		if (err)
			return err;
		if (n > 1 && r->fdes.at[n - 1].start < r->fdes.at[n - 2].start)
			sorted = false;
	}
	if (!more && !sorted)
		qsort(r->fdes.at, r->fdes.n, sizeof(*r->fdes.at), order_fdes);
	return more;
}

/* Where two overlap, the later start wins from there on, as in a search of .eh_frame_hdr. */
static int make_rows(struct reader *r)
{
	const struct cfi_section *s = &r->section;

	for (size_t i = 0; i < r->fdes.n; i++) {
		const struct fde *fde = &r->fdes.at[i];
		struct cfi_range range = {fde->start, fde->end};
		struct cfi_set set = {s->vaddr, s->got, s->bytes};
		int err;

		if (i + 1 < r->fdes.n && r->fdes.at[i + 1].start < range.end)
			range.end = r->fdes.at[i + 1].start;
		if (range.start == range.end)
			continue;
		err = cfi_run_fde(r->table, &r->cies.at[fde->cie],
				  input_of(s->bytes + fde->at, fde->program), range, &set);
		if (!err)
			err = cfi_table_row(r->table, range.end, CFI_RULE_NONE);
		if (err)
			return err;
	}
	r->table->fdes += (uint32_t)r->fdes.n;
	return 0;
}

/* Adds a section's rows to those of the table. */
static int read_section(struct reader *r)
{
	int err;

	r->table->debug = r->section.debug;
	err = collect_cies(r);
	if (!err)
		err = collect_fdes(r);
	if (!err)
		err = make_rows(r);
	vec_done(&r->cies);
	vec_done(&r->fdes);
	cfi_section_done(&r->section);
	return err;
}

static struct cfi_table take_rows(struct cfi_table *t)
{
	struct cfi_table rows = *t;

	t->rows.at = NULL;
	t->rows.n = t->rows.cap = 0;
	return rows;
}

/* Where .debug_frame cannot be read, what .eh_frame says is still good. */
static int read_debug(const struct elf_file *f, struct cfi_table *table)
{
	struct cfi_table eh, debug;
	struct reader r = {.table = table};
	int err = cfi_section_init_debug(&r.section, f);

	if (err)
		return table->rows.n ? 0 : err;
	eh = take_rows(table);
	err = read_section(&r);
	debug = take_rows(table);
	if (err)
		debug.rows.n = 0;
	if (!err || eh.rows.n)
		err = cfi_table_merge(table, &eh, &debug);
	vec_done(&eh.rows);
	vec_done(&debug.rows);
	return err;
}

int cfi_read(const struct elf_file *f, struct cfi_table *ret_table)
{
	struct cfi_table table;
	struct reader r = {.table = &table};
	int err;

	if (f->machine != EM_X86_64 || gelf_getclass(f->elf) != ELFCLASS64)
		return -EOPNOTSUPP;
	cfi_init(&table);
	err = cfi_section_init(&r.section, f);
	if (!err)
		err = read_section(&r);
	if (!err || err == -ENODATA)
		err = read_debug(f, &table);
	if (!err && !table.rows.n)
		err = -ENODATA;
	if (err)
		cfi_done(&table);
	else
		*ret_table = table;
	return err;
}
