/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_PROC_CONTAINER_STORAGE_H
#define HOSTPROF_PROC_CONTAINER_STORAGE_H
/*
 * The folders of containers/storage, which podman (root's and users') and CRI-O keep their
 * containers in. A part of proc/container_engine.
 */
#include <stdbool.h>

struct container_engines;
struct container_facts;

bool container_storage_ask(const struct container_engines *engines, const char *id,
			   unsigned long uid, struct container_facts *facts);

#endif
