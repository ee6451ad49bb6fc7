// SPDX-License-Identifier: GPL-2.0-or-later
/* The user half of the follow probe: children of a command belong to it. */
#include "probes/probe.h"

#include "follow.skel.h"

static bool follow_wanted(const struct probe_request *request)
{
	return request->follow;
}

static void *follow_open(void)
{
	return follow_probe__open();
}

static void follow_destroy(void *skeleton)
{
	follow_probe__destroy(skeleton);
}

static void follow_configure(struct probe_run *run, const struct probe_request *request)
{
	(void)run;
	(void)request;
}

static int follow_attach(struct probe_run *run, const struct probe_request *request)
{
	struct follow_probe *skeleton = run->skeleton;
	int err = links_attach(&run->links, skeleton->progs.hp_follow_fork);

	(void)request;
	return err ? err : links_attach(&run->links, skeleton->progs.hp_follow_free);
}

const struct probe probe_follow = {
	.name = "follow",
	.wanted = follow_wanted,
	.open = follow_open,
	.destroy = follow_destroy,
	.configure = follow_configure,
	.attach = follow_attach,
};
