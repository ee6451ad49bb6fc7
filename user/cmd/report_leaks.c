// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_leaks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "out/leaks_json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/procfs.h"

int report_leaks(char **folders, int n, size_t rows, FILE *to)
{
	int first = 0;

	for (int i = 0; i < n; i++) {
		char *path = mem_printf("%s/" LEAKS_FILE, folders[i]);
		struct buf text = {0};
		int err = procfs_read(path, &text, LEAKS_MAX_FILE);

		if (!err)
			err = leaks_json_print(buf_str(&text), text.len, rows, to);
		if (err == -ENOENT || err == -ENOTDIR)
			log_error(
				"no %s: give a folder that 'hostprof record -k memory' wrote of a "
				"target, or with --memory=heap",
				path);
		else if (err)
			log_error("cannot read %s: %s", path,
				  err == -EBADMSG ? "not written by hostprof" : strerror(-err));
		first = first ? first : err;
		buf_done(&text);
		free(path);
	}
	return first;
}
