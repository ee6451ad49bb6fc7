// SPDX-License-Identifier: GPL-2.0-or-later
/* The user half of the scan probe: runs its iterator once, before anything is attached. */
#include "probes/probe.h"

#include "hook/iter.h"
#include "scan.skel.h"

/* Of a command there is only our fork yet, which waits: it maps the C library and the linker. */
static bool scan_wanted(const struct probe_request *request)
{
	return !request->config.no_user;
}

static void *scan_open(void)
{
	return scan_probe__open();
}

static void scan_destroy(void *skeleton)
{
	scan_probe__destroy(skeleton);
}

static void scan_configure(struct probe_run *run, const struct probe_request *request)
{
	struct scan_probe *skeleton = run->skeleton;

	skeleton->rodata->hp_config = request->config;
	if (request->scan_all)
		skeleton->rodata->hp_config.filter = 0;
}

static int scan_prepare(struct probe_run *run, const struct probe_request *request)
{
	struct scan_probe *skeleton = run->skeleton;

	(void)request;
	return iter_run(skeleton->progs.hp_scan_vma, 0, NULL, NULL);
}

const struct probe probe_scan = {
	.name = "scan",
	.wanted = scan_wanted,
	.open = scan_open,
	.destroy = scan_destroy,
	.configure = scan_configure,
	.prepare = scan_prepare,
};
