// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/trace.h"

#include <string.h>

#include "elf/file.h"
#include "util/buf.h"

/* Sections with their names; a hostile file's can all be the end of one long string. */
static void add_sections(struct digest *d, const struct elf_file *f)
{
	Elf_Scn *scn = NULL;
	size_t names = 0;

	if (elf_getshdrstrndx(f->elf, &names))
		names = SIZE_MAX;
	digest_add(d, &names, sizeof(names));
	while ((scn = elf_nextscn(f->elf, scn))) {
		const char *name = NULL;
		GElf_Shdr header;

		if (!gelf_getshdr(scn, &header)) {
			digest_add(d, "", 1);
			continue;
		}
		digest_add(d, &header, sizeof(header));
		if (names != SIZE_MAX)
			name = elf_strptr(f->elf, names, header.sh_name);
		if (name)
			digest_add(d, name, strnlen(name, TRACE_MAX_NAME));
	}
}

static void add_headers(struct digest *d, const struct elf_file *f)
{
	const struct elf_segment *segment;
	GElf_Ehdr header;
	GElf_Phdr ph;
	size_t n = 0;

	digest_add(d, &f->size, sizeof(f->size));
	digest_add(d, &f->type, sizeof(f->type));
	digest_add(d, &f->machine, sizeof(f->machine));
	vec_each(segment, &f->segments) {
		uint64_t words[] = {segment->vaddr, segment->memsz, segment->offset,
				    segment->filesz, segment->executable};

		digest_add(d, words, sizeof(words));
	}
	if (gelf_getehdr(f->elf, &header))
		digest_add(d, &header, sizeof(header));
	if (elf_getphdrnum(f->elf, &n))
		n = 0;
	digest_add(d, &n, sizeof(n));
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(f->elf, (int)i, &ph))
			digest_add(d, &ph, sizeof(ph));
	add_sections(d, f);
}

void elf_trace_init(struct elf_trace *t, const struct digest_key *key, const struct elf_file *f)
{
	*t = (struct elf_trace){0};
	digest_init(&t->headers, key);
	digest_init(&t->bytes, key);
	add_headers(&t->headers, f);
}

void elf_trace_done(struct elf_trace *t)
{
	vec_done(&t->reads);
}

void elf_trace_add(struct elf_trace *t, uint64_t at, uint64_t n, const void *bytes, uint64_t size)
{
	if (t->reads.n == TRACE_MAX_READS || size > TRACE_MAX_BYTES - t->size)
		t->broken = true;
	if (t->broken)
		return;
	t->size += size;
	vec_push(&t->reads, ((struct trace_read){at, n}));
	digest_add(&t->bytes, bytes, size);
}

bool elf_trace_matches(const struct elf_trace *t, const struct elf_file *f)
{
	struct elf_file other = *f; /* borrows all */
	struct elf_trace mine = {0};
	const struct trace_read *read;
	struct buf bytes = {0};
	bool same = !t->broken;

	digest_init(&mine.bytes, t->bytes.key);
	other.trace = &mine;
	vec_each(read, &t->reads) {
		if (!same)
			break;
		if (read->n == TRACE_SECTION) {
			same = elf_file_data(&other, elf_getscn(f->elf, read->at)) != NULL;
			continue;
		}
		if (read->n > bytes.cap) {
			bytes.data = mem_grow(bytes.data, read->n, 1);
			bytes.cap = read->n;
		}
		same = !elf_file_read(&other, read->at, bytes.data, read->n);
	}
	same = same && !mine.broken && digest_same(&mine.bytes, &t->bytes);
	buf_done(&bytes);
	elf_trace_done(&mine);
	return same;
}
