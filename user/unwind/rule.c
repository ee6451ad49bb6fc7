// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/rule.h"

#include <stdbool.h>

#define WORD 8

static bool is_place(const struct cfi_place *p, enum cfi_how how, unsigned int reg, int n, int m)
{
	return p->how == how && p->reg == reg && p->n == n && p->m == m;
}

static bool fits_16(int n)
{
	return n == (int16_t)n;
}

static bool is_kept(const struct cfi_place *p, unsigned int reg)
{
	return p->how == CFI_UNSET || p->how == CFI_SAME || is_place(p, CFI_REG, reg, 0, 0);
}

/* The kernel's frame, as the C library describes the code that handlers return to. */
static bool is_signal(const struct cfi_rule *c)
{
	return is_place(&c->cfa, CFI_DEREF, CFI_X86_64_RSP, HP_SIGNAL_RSP, 0) &&
	       is_place(&c->ra, CFI_DEREF, CFI_X86_64_RSP, HP_SIGNAL_RIP, 0) &&
	       is_place(&c->rbp, CFI_DEREF, CFI_X86_64_RSP, HP_SIGNAL_RBP, 0) &&
	       is_place(&c->rbx, CFI_DEREF, CFI_X86_64_RSP, HP_SIGNAL_RBX, 0) &&
	       (c->rsp.how == CFI_UNSET || is_place(&c->rsp, CFI_CFA, 0, 0, 0) ||
		is_place(&c->rsp, CFI_DEREF, CFI_X86_64_RSP, HP_SIGNAL_RSP, 0));
}

static enum rule_refusal put_deref(const struct cfi_place *cfa, union hp_unwind_rule *rule)
{
	if (cfa->reg == CFI_X86_64_RSP)
		rule->how = HP_UNWIND_SP_DEREF;
	else if (cfa->reg == CFI_X86_64_RBP)
		rule->how = HP_UNWIND_BP_DEREF;
	else
		return RULE_CFA_BASE;
	if (!fits_16(cfa->n) || !fits_16(cfa->m))
		return RULE_CFA_RANGE;
	rule->from = (int16_t)cfa->n;
	rule->add = (int16_t)cfa->m;
	return RULE_FITS;
}

static enum rule_refusal put_index(const struct cfi_place *cfa, union hp_unwind_rule *rule)
{
	if (cfa->reg >= CFI_X86_64_RA)
		return RULE_CFA_OTHER;
	if (cfa->n < INT16_MIN / 16 || cfa->n > INT16_MAX / 16 || !fits_16(cfa->m))
		return RULE_CFA_RANGE;
	rule->how = HP_UNWIND_INDEX;
	rule->from = (int16_t)(cfa->n * 16 + cfa->reg);
	rule->add = (int16_t)cfa->m;
	return RULE_FITS;
}

static enum rule_refusal put_packed(int n, unsigned int reg, union hp_unwind_rule *rule)
{
	if (n < INT32_MIN / 16 || n > INT32_MAX / 16)
		return RULE_CFA_RANGE;
	rule->cfa = n * 16 + (int)reg;
	return RULE_FITS;
}

static enum rule_refusal put_register(const struct cfi_place *cfa, union hp_unwind_rule *rule)
{
	switch (cfa->reg) {
	case CFI_X86_64_RSP: rule->how = HP_UNWIND_SP; break;
	case CFI_X86_64_RBP: rule->how = HP_UNWIND_BP; break;
	case CFI_X86_64_RBX: rule->how = HP_UNWIND_BX; break;
	default:
		if (cfa->reg >= CFI_X86_64_RA)
			return RULE_CFA_OTHER;
		rule->how = HP_UNWIND_REG;
		return put_packed(cfa->n, cfa->reg, rule);
	}
	rule->cfa = cfa->n;
	return RULE_FITS;
}

static enum rule_refusal put_cfa(const struct cfi_place *cfa, union hp_unwind_rule *rule)
{
	switch (cfa->how) {
	case CFI_REG: return put_register(cfa, rule);
	case CFI_DEREF: return put_deref(cfa, rule);
	case CFI_INDEX: return put_index(cfa, rule);
	case CFI_PLT:
		rule->how = HP_UNWIND_PLT;
		rule->cfa = cfa->m;
		return RULE_FITS;
	default: return RULE_CFA_OTHER;
	}
}

static enum rule_refusal put_ra(const struct cfi_place *ra, union hp_unwind_rule *rule)
{
	if (is_place(ra, CFI_AT_CFA, 0, -WORD, 0))
		return RULE_FITS;
	if (ra->how != CFI_REG || ra->n || ra->reg >= CFI_X86_64_RA ||
	    (rule->how & HP_UNWIND_KIND) != HP_UNWIND_SP)
		return RULE_RA_OTHER;
	rule->how = HP_UNWIND_RA_REG;
	return put_packed(rule->cfa, ra->reg, rule);
}

static void put_rbp(const struct cfi_place *rbp, union hp_unwind_rule *rule)
{
	bool at_cfa = rbp->how == CFI_AT_CFA;

	if (is_kept(rbp, CFI_X86_64_RBP))
		return;
	if ((at_cfa || (rbp->how == CFI_DEREF && rbp->reg == CFI_X86_64_RBP && !rbp->m)) &&
	    fits_16(rbp->n)) {
		rule->how |= at_cfa ? HP_UNWIND_BP_AT_CFA : HP_UNWIND_BP_AT_BP;
		rule->bp = (int16_t)rbp->n;
	} else {
		rule->how |= HP_UNWIND_BP_LOST;
	}
}

static void put_rbx(const struct cfi_place *rbx, union hp_unwind_rule *rule)
{
	bool at_cfa = rbx->how == CFI_AT_CFA;

	if (is_kept(rbx, CFI_X86_64_RBX))
		return;
	rule->bx = HP_UNWIND_BX_LOST;
	if (!at_cfa && (rbx->how != CFI_DEREF || rbx->reg != CFI_X86_64_RBP || rbx->m))
		return;
	if (rbx->n % WORD || rbx->n >= 0 || rbx->n <= -WORD * (int)HP_UNWIND_BX_LOST)
		return;
	rule->bx = (uint8_t)(-rbx->n / WORD);
	rule->how |= at_cfa ? 0 : HP_UNWIND_BX_AT_BP;
}

static enum rule_refusal put_frame(const struct cfi_rule *cfi, union hp_unwind_rule *rule)
{
	enum rule_refusal refusal = put_cfa(&cfi->cfa, rule);

	if (!refusal)
		refusal = put_ra(&cfi->ra, rule);
	if (refusal)
		return refusal;
	if (cfi->rsp.how != CFI_UNSET && !is_place(&cfi->rsp, CFI_CFA, 0, 0, 0))
		return RULE_RSP_OTHER;
	put_rbp(&cfi->rbp, rule);
	put_rbx(&cfi->rbx, rule);
	rule->how |= cfi->interrupted ? HP_UNWIND_INTERRUPTED : 0;
	return RULE_FITS;
}

union hp_unwind_rule rule_of(const struct cfi_rule *cfi, enum rule_refusal *ret_refusal)
{
	union hp_unwind_rule rule = {.word = 0};

	*ret_refusal = RULE_FITS;
	if (cfi->ra.how == CFI_UNDEFINED) {
		rule.how = HP_UNWIND_END;
		return rule;
	}
	if (is_signal(cfi)) {
		rule.how = HP_UNWIND_SIGNAL | HP_UNWIND_INTERRUPTED;
		return rule;
	}
	*ret_refusal = put_frame(cfi, &rule);
	if (*ret_refusal && cfi->interrupted)
		*ret_refusal = RULE_SIGNAL_OTHER;
	if (*ret_refusal)
		rule = (union hp_unwind_rule){.how = HP_UNWIND_UNSUP};
	return rule;
}

const char *rule_refusal_name(enum rule_refusal refusal)
{
	static const char *const names[RULE_REFUSALS] = {
		[RULE_FITS] = "fits",
		[RULE_BROKEN] = "broken instructions",
		[RULE_CFA_OTHER] = "another CFA expression",
		[RULE_CFA_BASE] = "a CFA read through another register",
		[RULE_CFA_RANGE] = "a CFA too far away",
		[RULE_RA_OTHER] = "a return address elsewhere",
		[RULE_RSP_OTHER] = "a caller's rsp that is not the CFA",
		[RULE_SIGNAL_OTHER] = "another signal frame",
	};

	return names[refusal];
}
