/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_OUT_SPEEDSCOPE_H
#define HOSTPROF_OUT_SPEEDSCOPE_H
/*
 * The JSON file of the viewer speedscope: each part one profile of type "sampled", its chosen
 * value as the weights, equal stacks merged. The process is the outermost frame where samples name
 * one. Samples without weight, or below zero, are left out: the format has no place for them.
 */
#include "out/out.h"

int speedscope_write(const struct out_part *parts, size_t n, const struct out_options *o, FILE *to);

#endif
