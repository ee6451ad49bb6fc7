/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_SYM_TEXT_H
#define HOSTPROF_SYM_TEXT_H
/*
 * Names and paths from files and processes are any bytes. Outputs print them on terminals, in JSON
 * and in protobuf: control characters and what is no UTF-8 become '?', byte by byte.
 */
#include <stddef.h>

void text_clean(char *s, size_t n);

#endif
