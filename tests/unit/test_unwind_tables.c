// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules, their encoding, and the kernel side's lookup; and with all of it a walk of this program's
 * own stack, which must find what GCC's unwinder finds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include "../oracle/lookup.h"

#define R_RBX 3
#define R_RBP 6
#define R_RSP 7

static const struct cfi_rule plain = {.cfa = {CFI_REG, R_RSP, 8, 0}, .ra = {CFI_AT_CFA, 0, -8, 0}};

static void assert_rule(const struct cfi_rule *cfi, unsigned int how, unsigned int bx, int bp,
			int cfa)
{
	enum rule_refusal refusal;
	union hp_unwind_rule rule = rule_of(cfi, &refusal);

	assert_int_equal(refusal, RULE_FITS);
	assert_int_equal(rule.how, how);
	assert_int_equal(rule.bx, bx);
	assert_int_equal(rule.bp, bp);
	assert_int_equal(rule.cfa, cfa);
}

static void assert_refused(const struct cfi_rule *cfi, enum rule_refusal why)
{
	enum rule_refusal refusal;
	union hp_unwind_rule rule = rule_of(cfi, &refusal);

	assert_int_equal(refusal, why);
	assert_int_equal(rule.word, HP_UNWIND_UNSUP);
}

static void test_cfa_rules(void **state)
{
	struct cfi_rule c = plain;

	(void)state;
	assert_rule(&c, HP_UNWIND_SP, 0, 0, 8);
	c.cfa = (struct cfi_place){CFI_REG, R_RBP, 1 << 24, 0};
	assert_rule(&c, HP_UNWIND_BP, 0, 0, 1 << 24);
	c.cfa = (struct cfi_place){CFI_REG, R_RBX, 16, 0};
	c.interrupted = 1;
	assert_rule(&c, HP_UNWIND_BX | HP_UNWIND_INTERRUPTED, 0, 0, 16);
	c.interrupted = 0;
	c.cfa = (struct cfi_place){CFI_DEREF, R_RSP, 40, 8};
	assert_rule(&c, HP_UNWIND_SP_DEREF, 0, 0, 8 << 16 | 40);
	c.cfa = (struct cfi_place){CFI_DEREF, R_RBP, -8, 0};
	assert_rule(&c, HP_UNWIND_BP_DEREF, 0, 0, (uint16_t)-8);
	c.cfa = (struct cfi_place){CFI_PLT, R_RSP, 8, 11};
	assert_rule(&c, HP_UNWIND_PLT, 0, 0, 11);
	c.cfa = (struct cfi_place){CFI_INDEX, 9, 8, 16};
	assert_rule(&c, HP_UNWIND_INDEX, 0, 0, 16 << 16 | 8 << 4 | 9);
	c.cfa = (struct cfi_place){CFI_REG, 10, -16, 0};
	assert_rule(&c, HP_UNWIND_REG, 0, 0, -16 * 16 + 10);
	c.cfa = (struct cfi_place){CFI_REG, R_RSP, 24, 0};
	c.ra = (struct cfi_place){CFI_REG, 5, 0, 0};
	assert_rule(&c, HP_UNWIND_RA_REG, 0, 0, 24 * 16 + 5);
	c.ra = (struct cfi_place){.how = CFI_UNDEFINED};
	assert_rule(&c, HP_UNWIND_END, 0, 0, 0);
}

static void test_register_rules(void **state)
{
	struct cfi_rule c = plain;

	(void)state;
	c.rbp = (struct cfi_place){CFI_AT_CFA, 0, -16, 0};
	c.rbx = (struct cfi_place){CFI_AT_CFA, 0, -24, 0};
	assert_rule(&c, HP_UNWIND_SP | HP_UNWIND_BP_AT_CFA, 3, -16, 8);
	c.rbp = (struct cfi_place){CFI_DEREF, R_RBP, 0, 0};
	c.rbx = (struct cfi_place){CFI_DEREF, R_RBP, -40, 0};
	assert_rule(&c, HP_UNWIND_SP | HP_UNWIND_BP_AT_BP | HP_UNWIND_BX_AT_BP, 5, 0, 8);
	c.rbp = (struct cfi_place){CFI_AT_CFA, 0, -40000, 0};
	c.rbx = (struct cfi_place){CFI_AT_CFA, 0, -8 * 255, 0};
	assert_rule(&c, HP_UNWIND_SP | HP_UNWIND_BP_LOST, HP_UNWIND_BX_LOST, 0, 8);
	c.rbp = (struct cfi_place){.how = CFI_SAME};
	c.rbx = (struct cfi_place){CFI_AT_CFA, 0, -8 * 254, 0};
	assert_rule(&c, HP_UNWIND_SP, 254, 0, 8);
	c.rbx = (struct cfi_place){CFI_AT_CFA, 0, -12, 0};
	assert_rule(&c, HP_UNWIND_SP, HP_UNWIND_BX_LOST, 0, 8);
	c.rbx = (struct cfi_place){CFI_REG, R_RBX, 0, 0};
	assert_rule(&c, HP_UNWIND_SP, 0, 0, 8);
	c.rsp = (struct cfi_place){.how = CFI_CFA};
	assert_rule(&c, HP_UNWIND_SP, 0, 0, 8);
}

static void test_refused_rules(void **state)
{
	struct cfi_rule c = plain;

	(void)state;
	c.cfa.how = CFI_OTHER;
	assert_refused(&c, RULE_CFA_OTHER);
	c.cfa = (struct cfi_place){CFI_DEREF, R_RBX, 8, 0};
	assert_refused(&c, RULE_CFA_BASE);
	c.cfa = (struct cfi_place){CFI_DEREF, R_RSP, 1 << 15, 0};
	assert_refused(&c, RULE_CFA_RANGE);
	c.cfa = (struct cfi_place){CFI_REG, 11, 1 << 27, 0};
	assert_refused(&c, RULE_CFA_RANGE);
	c.cfa = (struct cfi_place){CFI_INDEX, 9, 2048, 0};
	assert_refused(&c, RULE_CFA_RANGE);
	c.cfa = (struct cfi_place){CFI_INDEX, 16, 8, 0};
	assert_refused(&c, RULE_CFA_OTHER);
	c.cfa = plain.cfa;
	c.ra = (struct cfi_place){CFI_AT_CFA, 0, -16, 0};
	assert_refused(&c, RULE_RA_OTHER);
	c.ra = plain.ra;
	c.rsp = (struct cfi_place){CFI_REG, 8, 0, 0};
	assert_refused(&c, RULE_RSP_OTHER);
	c.interrupted = 1;
	assert_refused(&c, RULE_SIGNAL_OTHER);
	for (int i = 0; i < RULE_REFUSALS; i++)
		assert_non_null(rule_refusal_name(i));
}

static void test_signal_rule(void **state)
{
	struct cfi_rule c = {
		.cfa = {CFI_DEREF, R_RSP, offsetof(ucontext_t, uc_mcontext.gregs[REG_RSP]), 0},
		.ra = {CFI_DEREF, R_RSP, offsetof(ucontext_t, uc_mcontext.gregs[REG_RIP]), 0},
		.rbp = {CFI_DEREF, R_RSP, offsetof(ucontext_t, uc_mcontext.gregs[REG_RBP]), 0},
		.rbx = {CFI_DEREF, R_RSP, offsetof(ucontext_t, uc_mcontext.gregs[REG_RBX]), 0},
		.interrupted = 1,
	};

	(void)state;
	assert_rule(&c, HP_UNWIND_SIGNAL | HP_UNWIND_INTERRUPTED, 0, 0, 0);
	c.rbx.n += 8;
	assert_refused(&c, RULE_SIGNAL_OTHER);
}

/* --- encoding --------------------------------------------------------------------------------- */

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((random_state >> 33) % n);
}

static union hp_unwind_rule nth_rule(uint32_t n)
{
	union hp_unwind_rule rule = {.how = HP_UNWIND_SP};

	rule.cfa = (int32_t)(8 + 8 * n);
	return n ? rule : (union hp_unwind_rule){.word = HP_UNWIND_NONE};
}

struct made {
	uint32_t *want; /* rule by offset from `first` */
	uint64_t first;
	uint32_t size;
};

/* Fills an encoder with spans of up to `longest` bytes, a tenth of them gaps. */
static void fill(struct encoder *e, struct made *made, uint32_t rules, uint32_t longest)
{
	uint64_t at = 0;

	while (at < made->size) {
		uint32_t n = 1 + random_below(longest), rule = 1 + random_below(rules), id;

		if (n > made->size - at)
			n = (uint32_t)(made->size - at);
		if (!random_below(10))
			rule = 0;
		if (rule) {
			assert_int_equal(encoder_rule(e, nth_rule(rule), &id), 0);
			encoder_add(e, made->first + at, made->first + at + n, id);
		}
		for (uint32_t i = 0; i < n; i++)
			made->want[at + i] = rule;
		at += n;
	}
}

static void check_made(uint64_t first, uint32_t size, uint32_t rules, uint32_t longest)
{
	struct made made = {mem_array(size, sizeof(uint32_t)), first, size};
	struct hp_unwind_table table;
	struct unwind_blob blob;
	struct encoder e;

	encoder_init(&e);
	fill(&e, &made, rules, longest);
	assert_int_equal(encoder_finish(&e, &blob), 0);
	table = lookup_place(&blob);
	for (uint32_t i = 0; i < size; i++)
		if (lookup_rule(&table, first + i).word != nth_rule(made.want[i]).word)
			fail_msg("offset %#lx", (unsigned long)(first + i));
	for (uint32_t i = 1; i < 1000; i++) {
		assert_int_equal(lookup_rule(&table, first - i).word, HP_UNWIND_NONE);
		assert_int_equal(lookup_rule(&table, first + size - 1 + i).word, HP_UNWIND_NONE);
	}
	assert_int_equal(lookup_rule(&table, UINT64_MAX).word, HP_UNWIND_NONE);
	assert_int_equal(lookup_rule(&table, (first & ~0xffull) + (1ull << 40)).word,
			 HP_UNWIND_NONE);
	unwind_blob_done(&blob);
	encoder_done(&e);
	free(made.want);
}

static void test_encoding(void **state)
{
	(void)state;
	random_state = 1;
	check_made(0x1000, 1, 1, 1);
	check_made(0x10ff, 2, 2, 1);
	check_made(0x12345, 100000, 3, 5000); /* mostly pages of one rule */
	check_made(0x12345, 100000, 200, 20);
	check_made(0x12345, 100000, 600, 20); /* wide and narrow blocks */
	check_made(0x12300, 30000, 250, 1);   /* full blocks, narrow */
	check_made(0x12300, 30000, 60000, 1); /* full blocks, wide */
	check_made(3ull << 32, 3000, 100, 9);
	check_made(0x1000, 3000000, 700, 4); /* larger than a chunk: blocks must not straddle */
}

static void test_encoder_limits(void **state)
{
	union hp_unwind_rule rule = {.how = HP_UNWIND_BP};
	struct unwind_blob blob;
	struct encoder e;
	uint32_t id, other;

	(void)state;
	encoder_init(&e);
	assert_int_equal(encoder_finish(&e, &blob), -ENODATA);
	assert_int_equal(encoder_rule(&e, rule, &id), 0);
	assert_int_equal(encoder_rule(&e, rule, &other), 0);
	assert_int_equal(id, other);
	encoder_add(&e, 100, 100, id);
	assert_int_equal(encoder_finish(&e, &blob), -ENODATA);
	encoder_add(&e, 100, 200, id);
	encoder_add(&e, 150, 180, 0); /* inside what is taken */
	encoder_add(&e, 200 + (uint64_t)ENCODE_MAX_PAGES * HP_UNWIND_PAGE, 1ull << 40, id);
	assert_int_equal(encoder_finish(&e, &blob), -EFBIG);
	for (uint32_t i = 0; i <= HP_UNWIND_MAX_ID; i++) {
		rule.cfa = (int32_t)i;
		id = HASH_NONE;
		if (encoder_rule(&e, rule, &id))
			break;
	}
	assert_int_equal(e.rules.n, HP_UNWIND_MAX_ID + 1);
	assert_int_equal(id, HASH_NONE);
	encoder_done(&e);
}

/* --- a walk of our own stack -------------------------------------------------------------------
 */

#define WALK_DEPTH 40

struct walk {
	uint64_t ip, sp, bp, bx;
	void *frames[WALK_DEPTH];
	int n;
	bool ended; /* by HP_UNWIND_END */
};

struct object {
	uint64_t ip; /* looked for */
	uint64_t offset;
	char path[4096];
};

static int find_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct object *o = arg;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type != PT_LOAD || o->ip < start || o->ip - start >= ph->p_memsz)
			continue;
		o->offset = o->ip - start + ph->p_offset;
		snprintf(o->path, sizeof(o->path), "%s",
			 *info->dlpi_name ? info->dlpi_name : "/proc/self/exe");
		return 1;
	}
	return 0;
}

static union hp_unwind_rule rule_at(uint64_t ip)
{
	struct object o = {.ip = ip};
	struct hp_unwind_table placed;
	union hp_unwind_rule rule;
	struct unwind_table table;
	int fd;

	assert_int_equal(dl_iterate_phdr(find_object, &o), 1);
	fd = open(o.path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unwind_table_read(fd, &table), 0);
	close(fd);
	placed = lookup_place(&table.blob);
	rule = lookup_rule(&placed, o.offset);
	unwind_table_done(&table);
	lookup_done();
	return rule;
}

__attribute__((no_sanitize("address", "undefined"))) static uint64_t word_at(uint64_t address)
{
	return *(const volatile uint64_t *)(uintptr_t)address;
}

/* To the caller; false at the end. The kinds that the code of C programs is made of. */
static bool step(struct walk *w)
{
	union hp_unwind_rule rule = rule_at(w->n == 1 ? w->ip : w->ip - 1);
	uint64_t cfa;

	switch (rule.how & HP_UNWIND_KIND) {
	case HP_UNWIND_SP: cfa = w->sp + (uint64_t)(int64_t)rule.cfa; break;
	case HP_UNWIND_BP: cfa = w->bp + (uint64_t)(int64_t)rule.cfa; break;
	case HP_UNWIND_BP_DEREF:
		cfa = word_at(w->bp + (uint64_t)(int64_t)rule.from) + (uint64_t)(int64_t)rule.add;
		break;
	case HP_UNWIND_END: w->ended = true; return false;
	default: fail_msg("rule of kind %d", rule.how & HP_UNWIND_KIND); return false;
	}
	if ((rule.how & HP_UNWIND_BP_MASK) == HP_UNWIND_BP_AT_CFA)
		w->bp = word_at(cfa + (uint64_t)(int64_t)rule.bp);
	else if ((rule.how & HP_UNWIND_BP_MASK) == HP_UNWIND_BP_AT_BP)
		w->bp = word_at(w->bp + (uint64_t)(int64_t)rule.bp);
	w->ip = word_at(cfa - 8);
	w->sp = cfa;
	return true;
}

__attribute__((noinline)) static void walk_here(struct walk *w, void **other, int *ret_n_other)
{
	ucontext_t here;

	assert_int_equal(getcontext(&here), 0);
	*ret_n_other = backtrace(other, WALK_DEPTH);
	w->ip = (uint64_t)here.uc_mcontext.gregs[REG_RIP];
	w->sp = (uint64_t)here.uc_mcontext.gregs[REG_RSP];
	w->bp = (uint64_t)here.uc_mcontext.gregs[REG_RBP];
	do
		w->frames[w->n++] = (void *)(uintptr_t)w->ip;
	while (w->n < WALK_DEPTH && step(w));
}

static int compare_ints(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

static struct walk own;
static void *theirs[WALK_DEPTH];
static int n_theirs;

/* qsort's callback: the C library's code, without frame pointers, lies in the middle. */
static int walk_in_callback(const void *left, const void *right)
{
	if (!own.n)
		walk_here(&own, theirs, &n_theirs);
	return compare_ints(left, right);
}

static void test_own_stack(void **state)
{
	int numbers[] = {3, 1, 2}, skip;

	(void)state;
	qsort(numbers, 3, sizeof(numbers[0]), walk_in_callback);
	assert_true(own.ended);
	assert_true(own.n > 6);
	/* A sanitizer's stand-in for backtrace() adds a frame of its own. */
	skip = n_theirs - own.n;
	assert_in_range(skip, 0, 1);
	/* The innermost is where each was called from: two places of one function. */
	for (int i = 1; i < own.n; i++)
		assert_ptr_equal(own.frames[i], theirs[i + skip]);
}

static void test_vdso(void **state)
{
	const Elf64_Ehdr *vdso = (const void *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
	struct unwind_table table;

	(void)state;
	if (!vdso)
		skip();
	assert_int_equal(unwind_table_read_memory(
				 vdso, vdso->e_shoff + vdso->e_shnum * vdso->e_shentsize, &table),
			 0);
	assert_true(table.counts.rows > 10);
	assert_int_equal(table.counts.skipped + table.counts.broken, 0);
	unwind_table_done(&table);
}

static void test_no_table(void **state)
{
	struct unwind_table table;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(unwind_table_read(fd, &table), -ENOEXEC);
	assert_int_equal(unwind_table_read(-1, &table), -EBADF);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cfa_rules),     cmocka_unit_test(test_register_rules),
		cmocka_unit_test(test_refused_rules), cmocka_unit_test(test_signal_rule),
		cmocka_unit_test(test_encoding),      cmocka_unit_test(test_encoder_limits),
		cmocka_unit_test(test_own_stack),     cmocka_unit_test(test_vdso),
		cmocka_unit_test(test_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
