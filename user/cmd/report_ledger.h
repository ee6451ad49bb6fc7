/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CMD_REPORT_LEDGER_H
#define HOSTPROF_CMD_REPORT_LEDGER_H
/* A recording's ledger on its own, and with its profiles as one of wall time. */
struct ledger;
struct profile;
struct report_groups;

/* 0, or -errno that has been said. */
int report_ledger_load(const char *path, struct ledger **ret_ledger);
/* Reads the CPU and off-CPU profiles among the groups, those that are there. The same. */
int report_wall_load(const struct report_groups *groups, const struct ledger *ledger,
		     struct profile **ret_profile);

#endif
