// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * oracle [-s] [-n STEP] FILE...
 *
 * Builds the unwind table of each ELF file and proves it twice, at the start, the middle and the
 * last byte of every STEP-th row (default: every row): the lookup that the kernel side uses must
 * find the row's rule, and a step with that rule must end where libdw's ends. Gaps must be gaps to
 * libdw too. With -s the first proof only.
 *
 * Prints a line a file and a sum. Exits 1 when anything differs, 2 for a wrong command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "elf/cfi.h"
#include "elf/file.h"
#include "elf/known.h"
#include "frame.h"
#include "lookup.h"

#define MAX_SHOWN 5  /* differences told of one file */
#define STUB_SIZE 16 /* bytes */

struct totals {
	uint64_t files, without, failed;
	uint64_t rows, fdes, bytes, parse_ns, build_ns;
	uint64_t looked_up, compared, different;
	uint64_t skipped, broken, lost_rbp, lost_rbx, refused_by_libdw;
	uint64_t our_own; /* addresses where the table knows more than the file */
	uint64_t refused[RULE_REFUSALS];
};

struct subject {
	const char *path;
	struct elf_file f;
	struct cfi_table cfi;
	struct unwind_table table;
	struct hp_unwind_table placed;
	Dwarf *dwarf;			  /* only for .debug_frame */
	Dwarf_CFI *oracle, *debug_oracle; /* of .eh_frame and .debug_frame; either may be NULL */
	struct known known;
	struct totals totals;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The executable segment of a virtual address, or NULL; found without the builder's help. */
static const struct elf_segment *segment_of(const struct elf_file *f, uint64_t address)
{
	const struct elf_segment *s;

	vec_each(s, &f->segments) {
		if (s->executable && address >= s->vaddr && address - s->vaddr < s->filesz)
			return s;
	}
	return NULL;
}

static void tell(struct subject *s, uint64_t address, const char *what)
{
	if (s->totals.different++ < MAX_SHOWN)
		printf("%s: %#" PRIx64 ": %s\n", s->path, address, what);
}

static void compare_registers(struct subject *s, uint64_t address, const struct frame *ours,
			      const struct frame *theirs)
{
	if (ours->cfa != theirs->cfa)
		tell(s, address, "another CFA");
	else if (ours->ra != theirs->ra)
		tell(s, address, "another return address");
	else if (ours->interrupted != theirs->interrupted)
		tell(s, address, "signal frame or not");
	s->totals.lost_rbp += ours->rbp.lost;
	s->totals.lost_rbx += ours->rbx.lost;
	if (!ours->rbp.lost && (theirs->rbp.lost || ours->rbp.value != theirs->rbp.value))
		tell(s, address, "another rbp");
	if (!ours->rbx.lost && (theirs->rbx.lost || ours->rbx.value != theirs->rbx.value))
		tell(s, address, "another rbx");
}

static void compare_frame(struct subject *s, uint64_t address, union hp_unwind_rule rule)
{
	struct frame_regs regs = frame_regs_at(address);
	struct frame ours = frame_by_rule(rule, &regs);
	struct frame theirs = {.end = FRAME_UNKNOWN};

	if (s->oracle)
		theirs = frame_by_libdw(s->oracle, address, &regs);
	if (s->debug_oracle && theirs.end == FRAME_UNKNOWN)
		theirs = frame_by_libdw(s->debug_oracle, address, &regs);
	if (ours.end == FRAME_UNKNOWN && (rule.how & HP_UNWIND_KIND) == HP_UNWIND_UNSUP)
		return; /* counted by the builder */
	s->totals.compared++;
	if (theirs.end == FRAME_REFUSED) {
		s->totals.compared--;
		s->totals.refused_by_libdw++;
	} else if (ours.end != theirs.end) {
		tell(s, address, ours.end == FRAME_UNKNOWN ? "we say nothing" : "another end");
	} else if (ours.end == FRAME_CALLER) {
		compare_registers(s, address, &ours, &theirs);
	}
}

static union hp_unwind_rule wanted_rule(const struct subject *s, uint32_t rule,
					enum rule_refusal *ret_refusal)
{
	*ret_refusal = rule == CFI_RULE_BROKEN ? RULE_BROKEN : RULE_FITS;
	if (rule == CFI_RULE_NONE)
		return (union hp_unwind_rule){.word = HP_UNWIND_NONE};
	if (rule == CFI_RULE_BROKEN)
		return (union hp_unwind_rule){.how = HP_UNWIND_UNSUP};
	return rule_of(&s->cfi.rules.at[rule], ret_refusal);
}

/* What the table knows beside the file; see elf/known.h. */
static bool is_our_own(const struct subject *s, uint64_t address, union hp_unwind_rule got)
{
	uint32_t before = cfi_find(&s->cfi, address - 1);
	const struct known_code *code;
	enum rule_refusal refusal;

	vec_each(code, &s->known.code) {
		if (address >= code->start && address < code->end)
			return got.word == unwind_known_rule(&s->known, code->kind).word;
	}
	return cfi_find(&s->cfi, address) == CFI_RULE_NONE &&
	       got.how == (HP_UNWIND_SIGNAL | HP_UNWIND_INTERRUPTED) &&
	       wanted_rule(s, before, &refusal).word == got.word;
}

static void check_address(struct subject *s, uint64_t address, uint32_t cfi_rule)
{
	const struct elf_segment *segment = segment_of(&s->f, address);
	union hp_unwind_rule want, got;
	enum rule_refusal refusal;

	if (!segment)
		return;
	want = wanted_rule(s, cfi_rule, &refusal);
	got = lookup_rule(&s->placed, address - segment->vaddr + segment->offset);
	s->totals.looked_up++;
	if (got.word != want.word && is_our_own(s, address, got)) {
		s->totals.our_own++;
		return;
	}
	if (got.word != want.word)
		tell(s, address, "the lookup finds another rule");
	if (s->oracle || s->debug_oracle)
		compare_frame(s, address, got);
}

/* In stubs for lazy binding the CFA depends on the place in the stub. */
static void check_stub(struct subject *s, const struct cfi_row *row, uint64_t end)
{
	if (s->cfi.rules.at[row->rule].cfa.how != CFI_PLT)
		return;
	for (uint64_t i = 0; i < 2 * STUB_SIZE && row->start + i < end; i++)
		check_address(s, row->start + i, row->rule);
}

static void check_rows(struct subject *s, size_t step)
{
	for (size_t i = 0; i + 1 < s->cfi.rows.n; i += step) {
		const struct cfi_row *row = &s->cfi.rows.at[i];
		uint64_t end = row[1].start;

		check_address(s, row->start, row->rule);
		check_address(s, row->start + (end - row->start) / 2, row->rule);
		check_address(s, end - 1, row->rule);
		check_stub(s, row, end);
	}
	if (s->cfi.rows.n) {
		uint64_t last = s->cfi.rows.at[s->cfi.rows.n - 1].start;

		check_address(s, s->cfi.rows.at[0].start - 1, CFI_RULE_NONE);
		check_address(s, last, CFI_RULE_NONE);
		check_address(s, last + 12345, CFI_RULE_NONE);
	}
}

static int open_oracle(struct subject *s)
{
	elf_version(EV_CURRENT);
	s->oracle = dwarf_getcfi_elf(s->f.elf);
	s->dwarf = dwarf_begin_elf(s->f.elf, DWARF_C_READ, NULL);
	s->debug_oracle = s->dwarf ? dwarf_getcfi(s->dwarf) : NULL;
	return s->oracle || s->debug_oracle ? 0 : -EBADMSG;
}

static int build_table(struct subject *s)
{
	uint64_t start = now_ns(), parsed;
	int err = cfi_read(&s->f, &s->cfi);

	if (err)
		return err;
	parsed = now_ns();
	err = unwind_table_build(&s->f, &s->cfi, &s->table);
	if (!err)
		err = known_read(&s->f, &s->cfi, &s->known);
	s->totals.parse_ns = parsed - start;
	s->totals.build_ns = now_ns() - parsed;
	return err;
}

static void count_table(struct subject *s)
{
	const struct unwind_counts *c = &s->table.counts;

	s->totals.rows = c->rows;
	s->totals.fdes = c->fdes;
	s->totals.bytes = s->table.blob.bytes.len;
	s->totals.skipped = c->skipped;
	s->totals.broken = c->broken;
	for (int i = 0; i < RULE_REFUSALS; i++)
		s->totals.refused[i] = c->refused[i];
	printf("%s: %u fdes, %u rows, %u rules, %zu bytes (%.2f a row), %.1f + %.1f ms", s->path,
	       c->fdes, c->rows, c->rules, s->table.blob.bytes.len,
	       (double)s->table.blob.bytes.len / (c->rows ? c->rows : 1),
	       (double)s->totals.parse_ns / 1e6, (double)s->totals.build_ns / 1e6);
}

/* Every row that has no rule, by address: what a walk will have to say "unsupported" for. */
static void list_refused(const struct subject *s)
{
	enum rule_refusal refusal;
	const struct cfi_row *row;

	vec_each(row, &s->cfi.rows) {
		wanted_rule(s, row->rule, &refusal);
		if (refusal && segment_of(&s->f, row->start))
			printf("  unsupported at %#" PRIx64 ": %s\n", row->start,
			       rule_refusal_name(refusal));
	}
}

static int check_subject(struct subject *s, size_t step, bool alone)
{
	int err = build_table(s);

	if (err)
		return err;
	if (!alone)
		err = open_oracle(s);
	if (err)
		return err;
	s->placed = lookup_place(&s->table.blob);
	count_table(s);
	check_rows(s, step);
	if (s->totals.skipped || s->totals.broken)
		printf("; %" PRIu64 " fdes skipped, %" PRIu64 " broken", s->totals.skipped,
		       s->totals.broken);
	printf("; %" PRIu64 " looked up, %" PRIu64 " compared, %" PRIu64 " different\n",
	       s->totals.looked_up, s->totals.compared, s->totals.different);
	if (!alone)
		list_refused(s);
	return 0;
}

static void close_subject(struct subject *s)
{
	if (s->dwarf)
		dwarf_end(s->dwarf);
	if (s->oracle)
		dwarf_cfi_end(s->oracle);
	known_done(&s->known);
	unwind_table_done(&s->table);
	cfi_done(&s->cfi);
	lookup_done();
	elf_file_done(&s->f);
}

static void add_totals(struct totals *sum, const struct totals *t)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)t;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

static void check_file(const char *path, size_t step, bool alone, struct totals *sum)
{
	struct subject s = {.path = path};
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	err = fd < 0 ? -errno : elf_file_init(&s.f, fd);
	if (!err) {
		err = check_subject(&s, step, alone);
		close_subject(&s);
	}
	if (err == -ENODATA || err == -ENOEXEC || err == -EOPNOTSUPP) {
		s.totals = (struct totals){.without = 1};
	} else if (err) {
		printf("%s: %s\n", path, strerror(-err));
		s.totals = (struct totals){.failed = 1};
	} else {
		s.totals.files = 1;
	}
	add_totals(sum, &s.totals);
	if (fd >= 0)
		close(fd);
}

static void print_totals(const struct totals *t)
{
	printf("files %" PRIu64 ", without tables %" PRIu64 ", failed %" PRIu64 "\n", t->files,
	       t->without, t->failed);
	printf("fdes %" PRIu64 " (skipped %" PRIu64 ", broken %" PRIu64 "), rows %" PRIu64
	       ", bytes %" PRIu64 " (%.2f a row), parse %.1f ms, encode %.1f ms\n",
	       t->fdes, t->skipped, t->broken, t->rows, t->bytes,
	       (double)t->bytes / (double)(t->rows ? t->rows : 1), (double)t->parse_ns / 1e6,
	       (double)t->build_ns / 1e6);
	printf("looked up %" PRIu64 ", compared with libdw %" PRIu64 ", different %" PRIu64
	       "; refused by libdw %" PRIu64 ", rbp lost %" PRIu64 ", rbx lost %" PRIu64
	       ", of our own %" PRIu64 "\n",
	       t->looked_up, t->compared, t->different, t->refused_by_libdw, t->lost_rbp,
	       t->lost_rbx, t->our_own);
	for (int i = 1; i < RULE_REFUSALS; i++)
		if (t->refused[i])
			printf("unsupported rows, %s: %" PRIu64 "\n", rule_refusal_name(i),
			       t->refused[i]);
}

int main(int argc, char **argv)
{
	struct totals sum = {0};
	size_t step = 1;
	bool alone = false;
	int option;

	while ((option = getopt(argc, argv, "sn:")) != -1) {
		if (option == 's')
			alone = true;
		else if (option == 'n' && atoi(optarg) > 0)
			step = (size_t)atoi(optarg);
		else
			return 2;
	}
	if (optind == argc) {
		fprintf(stderr, "usage: oracle [-s] [-n STEP] FILE...\n");
		return 2;
	}
	for (; optind < argc; optind++)
		check_file(argv[optind], step, alone, &sum);
	print_totals(&sum);
	return sum.different || sum.failed || !sum.looked_up;
}
