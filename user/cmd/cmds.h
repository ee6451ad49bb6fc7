/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_CMDS_H
#define HOSTPROF_CMD_CMDS_H
/*
 * Texts about all commands together: what `hostprof` alone says, the man page and the bash
 * completion. The last two are made from the option tables, so they cannot fall behind.
 */
#include "util/buf.h"

void cmds_help(struct buf *out);
void cmds_man(struct buf *out);	       /* hostprof(8), roff */
void cmds_completion(struct buf *out); /* a bash script */

/* The command or option nearest to a mistyped first word, or NULL. */
const char *cmds_nearest(const char *name);

#endif
