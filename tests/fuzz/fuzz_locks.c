// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as the locks of a recording: read, and if that works shown, written, put on a page. */
#include <stdint.h>
#include <stdio.h>

#include "capture/reasons.h"
#include "model/filter.h"
#include "model/lock_rank.h"
#include "model/locks.h"
#include "model/profile.h"
#include "out/html_locks.h"
#include "out/lock_rank_json.h"
#include "out/locks_json.h"
#include "out/locks_text.h"
#include "out/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The samples beside it: of a lock that may be in it. */
static struct profile *make_profile(void)
{
	struct profile *p = profile_new();
	struct profile_label labels[] = {
		{.key = profile_string(p, "pid"), .num = 100},
		{.key = profile_string(p, "comm"), .str = profile_string(p, "app")},
		{.key = profile_string(p, "lock"), .str = profile_string(p, "queue_lock")},
		{.key = profile_string(p, "class"), .str = profile_string(p, "mutex")},
		{.key = profile_string(p, "reason"), .str = profile_string(p, "lock")},
		{.key = profile_string(p, "holder"), .str = profile_string(p, "worker-3 (13)")},
		{.key = profile_string(p, "holder_state"), .str = profile_string(p, "disk")},
	};
	int64_t values[PROFILE_MAX_VALUES] = {3, 700};

	profile_add_type(p, "contentions", "count");
	profile_add_type(p, "delay", "nanoseconds");
	profile_add_sample(p, profile_add_stack(p, NULL, 0),
			   profile_add_labels(p, labels, sizeof(labels) / sizeof(labels[0])),
			   values);
	return p;
}

static void show(const struct profile *p, const struct locks *locks, enum rank_by by, size_t size,
		 FILE *nowhere)
{
	struct out_options o = {.by = by, .columns = (unsigned int)(size % 5) * 40, .locks = locks};
	struct lock_rank *rank = lock_rank_new(p);
	struct filter all = {0};
	struct buf out = {0};

	lock_rank_exact(rank, locks, &all);
	locks_text(rank, (enum lock_waits)(size % 3), &o, &out);
	locks_text_inversions(locks, &o, &out);
	lock_rank_json_write(rank, locks, LOCK_WAITS_ALL, &o, nowhere);
	buf_done(&out);
	lock_rank_free(rank);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct locks *locks = NULL;
	struct profile *p = NULL;
	struct buf out = {0};
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);
	FILE *nowhere = fopen("/dev/null", "w");

	if (!nowhere || locks_json_read((const char *)bytes, size, reasons, n, &locks, &out))
		goto out;
	p = make_profile();
	show(p, locks, RANK_LOCK, size, nowhere);
	show(p, locks, RANK_HOLDER, size, nowhere);
	locks_text_top(p, locks, &(struct out_options){.rows = 2}, &out);
	html_locks(p, 0, locks, NULL, &out);
	locks_json_write(locks, nowhere);
out:
	if (nowhere)
		fclose(nowhere);
	profile_free(p);
	locks_free(locks);
	buf_done(&out);
	return 0;
}
