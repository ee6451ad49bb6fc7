/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_SCREEN_H
#define HOSTPROF_CMD_SCREEN_H
/*
 * How to write to a stream: on a terminal its width, and colours unless NO_COLOR is set; elsewhere
 * no colours, and the width that COLUMNS asks for, or 0 (nothing is cut).
 */
#include <stdbool.h>
#include <stdio.h>

void screen_options(FILE *stream, unsigned int *ret_columns, bool *ret_colour);

#endif
