/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_TIME_TEXT_H
#define HOSTPROF_OUT_TIME_TEXT_H
/* A time by itself, for people: three digits and the unit that suits it; 0 is "0". */
#include <stdint.h>
#include "util/buf.h"

void time_text(struct buf *out, uint64_t ns);

#endif
