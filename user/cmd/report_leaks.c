// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_leaks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report_sink.h"
#include "out/leaks_json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/procfs.h"

/* *ret_write_error is an error of writing, which is not said here. */
static int print_one(const char *folder, size_t rows, FILE *to, int *ret_write_error)
{
	char *path = mem_printf("%s/" LEAKS_FILE, folder);
	struct buf text = {0};
	int err = procfs_read(path, &text, LEAKS_MAX_FILE), printed = 0;

	if (!err)
		printed = leaks_json_print(buf_str(&text), text.len, rows, to);
	if (printed == -EBADMSG)
		err = printed;
	else if (printed)
		*ret_write_error = printed;
	if (err == -ENOENT || err == -ENOTDIR)
		log_error("no %s: give a folder that 'hostprof record -k memory' wrote of a "
			  "target, or with --memory=heap",
			  path);
	else if (err)
		log_error("cannot read %s: %s", path,
			  err == -EBADMSG ? "not written by hostprof" : strerror(-err));
	buf_done(&text);
	free(path);
	return err;
}

int report_leaks(char **folders, int n, size_t rows, const char *output)
{
	struct report_sink sink;
	int first = report_sink_open(&sink, output), write_error = 0, closed;

	if (first)
		return first;
	for (int i = 0; i < n && !write_error; i++) {
		int err = print_one(folders[i], rows, sink.to, &write_error);

		first = first ? first : err;
	}
	if (first && sink.is_new) { /* what was written is not all */
		file_abandon(&sink.file);
		return first;
	}
	closed = report_sink_close(&sink, write_error);
	return first ? first : closed;
}
