// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_locks.h"

#include <errno.h>
#include <string.h>

#include "capture/reasons.h"
#include "cmd/report_choose.h"
#include "cmd/report_load.h"
#include "model/lock_rank.h"
#include "model/locks.h"
#include "model/profile.h"
#include "out/label.h"
#include "out/lock_rank_json.h"
#include "out/locks_json.h"
#include "out/locks_text.h"
#include "out/out.h"
#include "util/log.h"
#include "util/procfs.h"

#define LOCK_KIND      "lock"
#define COMMENT_INDENT 2

static int load(const char *path, struct locks **ret_locks)
{
	struct buf text = {0}, why = {0};
	int err = procfs_read(path, &text, LOCKS_JSON_MAX_FILE);
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);

	if (err == -ENOENT) {
		err = 0;
		goto out;
	}
	if (!err)
		err = locks_json_read(buf_str(&text), text.len, reasons, n, ret_locks, &why);
	if (err)
		log_error("cannot read %s: %s: record again, or remove it", path,
			  why.len ? buf_str(&why) : strerror(-err));
out:
	buf_done(&text);
	buf_done(&why);
	return err;
}

int report_locks_load(const struct report_groups *groups, struct locks **ret_locks)
{
	const struct report_group *group;
	const char *slash;
	char *path;
	int err;

	vec_each(group, &groups->at) {
		if (strcmp(group->kind, LOCK_KIND) || group->paths.n != 1)
			continue;
		slash = strrchr(group->paths.at[0], '/');
		path = mem_printf("%.*s" LOCKS_FILE,
				  slash ? (int)(slash + 1 - group->paths.at[0]) : 0,
				  group->paths.at[0]);
		err = load(path, ret_locks);
		free(path);
		return err;
	}
	return 0;
}

static enum lock_waits waits_of(const struct report_choice *choice, bool json)
{
	unsigned int waits = choice->waits;

	if (waits == REPORT_WAITS_DEFAULT)
		waits = json || choice->filter.n_reasons ? REPORT_WAITS_ALL : REPORT_WAITS_BUSY;
	return waits == REPORT_WAITS_ALL    ? LOCK_WAITS_ALL
	       : waits == REPORT_WAITS_IDLE ? LOCK_WAITS_EVENTS
					    : LOCK_WAITS_HELD;
}

static int text_write(const struct lock_rank *rank, enum lock_waits waits,
		      const struct out_options *show, FILE *to)
{
	const struct profile *p = rank->p;
	const uint32_t *comment;
	struct buf out = {0};
	int err = 0;

	locks_text(rank, waits, show, &out);
	locks_text_inversions(show->locks, show, &out);
	if (p->comments.n)
		buf_putc(&out, '\n');
	vec_each(comment, &p->comments)
		label_wrap(&out, profile_str(p, *comment), COMMENT_INDENT, false, show->columns);
	if (fwrite(out.data, 1, out.len, to) != out.len)
		err = errno ? -errno : -EIO;
	buf_done(&out);
	return err;
}

int report_locks_write(const struct profile *p, const struct report_choice *choice, bool json,
		       const struct out_options *show, FILE *to)
{
	struct lock_rank *rank = lock_rank_new(p);
	enum lock_waits waits = waits_of(choice, json);
	struct out_options by = *show;
	int err;

	if (show->locks)
		lock_rank_exact(rank, show->locks, &choice->filter);
	if (by.by != RANK_HOLDER)
		by.by = RANK_LOCK;
	err = json ? lock_rank_json_write(rank, show->locks, waits, &by, to)
		   : text_write(rank, waits, &by, to);
	lock_rank_free(rank);
	return err;
}
