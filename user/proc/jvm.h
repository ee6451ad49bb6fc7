/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_JVM_H
#define HOSTPROF_PROC_JVM_H
/*
 * Which processes are Java virtual machines: those that have mapped libjvm.so. Asked once a
 * process; it may do as it likes with its mappings, so the answer is fit for advice only.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "util/vec.h"

#define JVM_MAX_PROCESSES 1024
#define JVM_MAX_LINES	  65536 /* of its mappings looked at */

struct jvm_process {
	pid_t tgid;
	uint64_t start; /* with tgid: its identity */
	bool is_jvm;
};

struct jvms {
	VEC(struct jvm_process) list; /* those asked for */
};

/* False too when there is no such process any more. */
bool jvms_has(struct jvms *jvms, pid_t tgid, uint64_t start);
void jvms_done(struct jvms *jvms);

#endif
