/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HP_CONFIG_BPF_H
#define HP_CONFIG_BPF_H
/* Each probe's own copy of what it must obey, set by its user half before it is loaded. */
#include "lib/hp.bpf.h"

const volatile struct hp_config hp_config = {.max_depth = HP_MAX_FRAMES};

#endif
