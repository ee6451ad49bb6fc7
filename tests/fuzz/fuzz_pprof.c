// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a pprof file: decoded, and if that works written in every format. */
#include <stdint.h>
#include <stdio.h>

#include "model/profile.h"
#include "out/out.h"
#include "out/pprof.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

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
	}
	if (nowhere)
		fclose(nowhere);
	profile_free(p);
	return 0;
}
