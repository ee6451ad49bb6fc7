/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UNWIND_RULE_H
#define HOSTPROF_UNWIND_RULE_H
/*
 * From what call frame information says to the 8 bytes that the stack walk understands.
 */
#include "elf/cfi.h"
#include "hostprof/unwind.h"

/* Why a rule became HP_UNWIND_UNSUP. */
enum rule_refusal {
	RULE_FITS,
	RULE_BROKEN,	   /* the instructions made no sense */
	RULE_CFA_OTHER,	   /* an unknown expression, or none at all, for the CFA */
	RULE_CFA_BASE,	   /* a dereference of a register that is not rsp or rbp */
	RULE_CFA_RANGE,	   /* too far away */
	RULE_RA_OTHER,	   /* the return address is neither at CFA - 8 nor in a register */
	RULE_RSP_OTHER,	   /* the caller's rsp is not the CFA */
	RULE_SIGNAL_OTHER, /* an unknown layout of the signal frame */
	RULE_REFUSALS
};

/*
 * The walk's rule, UNSUP when none fits. A caller's rbp or rbx that cannot be expressed is only
 * marked as lost: most callers do not need it.
 */
union hp_unwind_rule rule_of(const struct cfi_rule *cfi, enum rule_refusal *ret_refusal);
const char *rule_refusal_name(enum rule_refusal refusal);

#endif
