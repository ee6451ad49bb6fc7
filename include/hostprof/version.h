/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_VERSION_H
#define HOSTPROF_VERSION_H
/* The one place of the version: `hostprof --version`, summary.json, the man page. */
#define HOSTPROF_VERSION "0.1.0"
#endif
