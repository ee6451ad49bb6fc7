// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/cmd.h"
#include "cmd/cmds.h"

#include <string.h>

#include "hostprof/version.h"
#include "util/nearest.h"

static const struct cmd *const cmds[] = {&cmd_record, &cmd_report, &cmd_doctor};

const struct cmd *cmds_at(unsigned int i)
{
	return i < sizeof(cmds) / sizeof(cmds[0]) ? cmds[i] : NULL;
}

const struct cmd *cmds_find(const char *name)
{
	const struct cmd *cmd;
	unsigned int i;

	for (i = 0; (cmd = cmds_at(i)); i++)
		if (!strcmp(cmd->cli.name, name))
			return cmd;
	return NULL;
}

const char *cmds_nearest(const char *name)
{
	const struct cmd *cmd;
	struct nearest nearest;
	unsigned int i;

	nearest_init(&nearest, name);
	for (i = 0; (cmd = cmds_at(i)); i++)
		nearest_try(&nearest, cmd->cli.name);
	nearest_try(&nearest, "help");
	nearest_try(&nearest, "--help");
	nearest_try(&nearest, "--version");
	return nearest.best;
}

void cmds_help(struct buf *out)
{
	const struct cmd *cmd;
	unsigned int i;

	buf_puts(out, "Usage: hostprof COMMAND [OPTION...]\n"
		      "\n"
		      "Profiles every process and container of this host at once, without changing "
		      "any.\n\nCommands:\n");
	for (i = 0; (cmd = cmds_at(i)); i++)
		buf_printf(out, "  %-10s %s\n", cmd->cli.name, cmd->cli.summary);
	buf_puts(out, "  help       show the options of a command: hostprof help record\n"
		      "\n"
		      "Examples:\n"
		      "  hostprof record -d 10                 the whole host, for ten seconds\n"
		      "  hostprof record -o out -- make -j2    a command and all it starts\n"
		      "  hostprof report out                   the functions that took the time\n"
		      "\n"
		      "hostprof --version prints " HOSTPROF_VERSION ". See also: man hostprof\n");
}
