// SPDX-License-Identifier: GPL-2.0-or-later
/* The user half of the scan probe: runs its iterator once, before anything is attached. */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "probes/probe.h"

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
	struct bpf_link *link = bpf_program__attach_iter(skeleton->progs.hp_scan_vma, NULL);
	char nothing[64];
	int fd, err = 0;
	ssize_t n;

	(void)request;
	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0) {
		err = -errno;
		goto out;
	}
	/* The kernel walks while we read; the program writes nothing here. */
	while ((n = read(fd, nothing, sizeof(nothing))) > 0 || (n < 0 && errno == EAGAIN))
		;
	if (n < 0)
		err = -errno;
	close(fd);
out:
	bpf_link__destroy(link);
	return err;
}

const struct probe probe_scan = {
	.name = "scan",
	.wanted = scan_wanted,
	.open = scan_open,
	.destroy = scan_destroy,
	.configure = scan_configure,
	.prepare = scan_prepare,
};
