/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_CMD_H
#define HOSTPROF_CMD_CMD_H
/*
 * One file a command, ending in a `const struct cmd`; cmds.c lists them. A command parses its own
 * options, says what went wrong (nothing below it logs) and returns an exit status.
 */
#include "util/opt.h"

/* The last two are a shell's, for a command that could not be run. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

struct cmd {
	struct opt_command cli;
	int (*run)(const struct cmd *cmd, int argc,
		   char **argv); /* argv[0] is the command's name */
};

extern const struct cmd cmd_record, cmd_report, cmd_doctor;

const struct cmd *cmds_find(const char *name); /* NULL: no such command */
const struct cmd *cmds_at(unsigned int i);     /* in the order shown; NULL past the last */

#endif
