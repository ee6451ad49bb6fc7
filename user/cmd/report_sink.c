// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"

static int sink_fail(const struct report_sink *s, int err)
{
	log_error("cannot write to %s: %s%s", s->name, strerror(-err),
		  s->to == stdout ? "" : ": choose another file with -o");
	return err;
}

int report_sink_open(struct report_sink *s, const char *path)
{
	struct stat st;
	int err = 0;

	*s = (struct report_sink){.to = stdout, .name = "standard output"};
	if (!path)
		return 0;
	s->name = path;
	/* What is no plain file is written to, never replaced: /dev/stdout is a link in /dev. */
	if (!lstat(path, &st) && !S_ISREG(st.st_mode)) {
		s->to = fopen(path, "we");
		err = s->to ? 0 : -errno;
	} else {
		err = file_create(&s->file, AT_FDCWD, path);
		s->to = s->file.stream;
		s->is_new = !err;
	}
	return err ? sink_fail(s, err) : 0;
}

int report_sink_close(struct report_sink *s, int err)
{
	if (!err && !s->is_new && fflush(s->to))
		err = -errno;
	if (!err && s->is_new)
		err = file_commit(&s->file);
	else if (s->is_new)
		file_abandon(&s->file);
	if (err == -EPIPE)
		err = 0;
	else if (err)
		sink_fail(s, err);
	if (s->to == stdout) { /* it has been said: main() shall not find it again */
		__fpurge(stdout);
		clearerr(stdout);
	} else if (!s->is_new) {
		__fpurge(s->to);
		fclose(s->to);
	}
	return err;
}
