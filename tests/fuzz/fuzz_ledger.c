// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a ledger: read, and if that works shown, written, and put on a page. */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/reasons.h"
#include "model/ledger.h"
#include "model/profile.h"
#include "model/wall.h"
#include "out/html_ledger.h"
#include "out/ledger_json.h"
#include "out/ledger_text.h"
#include "out/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const enum rank_by by[] = {RANK_PROCESS, RANK_THREAD, RANK_CONTAINER};
	struct out_options show = {.by = by[size % 3], .columns = (unsigned int)(size % 5) * 40};
	int fd = memfd_create("ledger", MFD_CLOEXEC);
	struct ledger *ledger = NULL;
	struct buf out = {0};
	uint32_t n;
	const struct ledger_reason *reasons = reasons_list(&n);
	FILE *nowhere;

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		goto out;
	if (ledger_json_read(fd, reasons, n, &ledger, &out))
		goto out;
	ledger_text(ledger, NULL, &show, &out);
	html_ledger(ledger, &out);
	profile_free(wall_profile(ledger, NULL, NULL));
	nowhere = fopen("/dev/null", "w");
	if (nowhere) {
		ledger_json_write(ledger, nowhere);
		fclose(nowhere);
	}
out:
	ledger_free(ledger);
	buf_done(&out);
	close(fd);
	return 0;
}
