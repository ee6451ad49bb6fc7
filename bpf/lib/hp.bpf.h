/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_BPF_H
#define HP_BPF_H
/* What every BPF file of ours starts with. */
#include "vmlinux.h"
#include "compat.h"
#if defined(__TARGET_ARCH_x86) || (!defined(__bpf__) && defined(__x86_64__))
#include "x86.h"
#else
#error "no register layout for this machine yet"
#endif
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "hostprof/config.h"
#include "hostprof/event.h"

/*
 * Hides from the compiler what it knows of a value, so that a bounds check or mask right before
 * its use stays there for the verifier to see (clang 19 on 6.1 dropped one).
 */
#define hp_opaque(value) asm volatile("" : "+r"(value))

/* Where a field is in the kernel's own layout of a type. */
#ifdef __bpf__
#define hp_field_offset(type, field) bpf_core_field_offset(type, field)
#else
#define hp_field_offset(type, field) __builtin_offsetof(type, field)
#endif

#endif
