// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a pprof file: decoded, and if that works written in every format. */
#include <stdint.h>
#include <stdio.h>

#include "model/lock_rank.h"
#include "model/profile.h"
#include "out/lock_rank_json.h"
#include "out/locks_text.h"
#include "out/out.h"
#include "out/pprof.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void write_locks(const struct profile *p, const struct out_options *show, FILE *to)
{
	struct lock_rank *rank = lock_rank_new(p);
	struct buf out = {0};

	locks_text(rank, LOCK_WAITS_ALL, show, &out);
	lock_rank_json_write(rank, NULL, LOCK_WAITS_ALL, show, to);
	buf_done(&out);
	lock_rank_free(rank);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct profile *p = NULL;
	struct buf why = {0};
	int err = pprof_decode(bytes, size, &p, &why);
	const struct out_format *format;
	FILE *nowhere;

	buf_done(&why);
	if (err)
		return 0;
	nowhere = fopen("/dev/null", "w");
	for (unsigned int i = 0; nowhere && (format = outs_at(i)); i++) {
		struct out_options show = {
			.by = (enum rank_by)(size % (RANK_LAST + 1)),
			.columns = (unsigned int)(size % 3) * 60,
			.value = p->default_type,
		};

		if (format->write)
			format->write(p, &show, nowhere);
		show.by = i % 2 ? RANK_LOCK : RANK_HOLDER;
		if (i < 2 && lock_rank_known(p))
			write_locks(p, &show, nowhere);
	}
	if (nowhere)
		fclose(nowhere);
	profile_free(p);
	return 0;
}
