// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "capture/reasons.h"
#include "cmd/report_load.h"
#include "model/profile.h"
#include "model/wall.h"
#include "out/ledger_json.h"
#include "util/log.h"

int report_ledger_load(const char *path, struct ledger **ret_ledger)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf why = {0};
	int err = fd < 0 ? -errno : 0;
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);

	if (err) {
		log_error("cannot open %s: %s: run it as a user who may read it", path,
			  strerror(-err));
		return err;
	}
	err = ledger_json_read(fd, reasons, n, ret_ledger, &why);
	if (err)
		log_error("cannot read %s: %s: record again, or remove it", path, buf_str(&why));
	buf_done(&why);
	close(fd);
	return err;
}

int report_wall_load(const struct report_groups *groups, const struct ledger *ledger,
		     struct profile **ret_profile)
{
	struct profile *cpu = NULL, *offcpu = NULL;
	const struct report_group *group;
	int err = 0;

	vec_each(group, &groups->at) {
		if (!err && !strcmp(group->kind, "cpu"))
			err = report_group_load(group, &cpu);
		if (!err && !strcmp(group->kind, "offcpu"))
			err = report_group_load(group, &offcpu);
	}
	if (!err)
		*ret_profile = wall_profile(ledger, cpu, offcpu);
	profile_free(cpu);
	profile_free(offcpu);
	return err;
}
