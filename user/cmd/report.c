// SPDX-License-Identifier: GPL-2.0-or-later
/* hostprof report: profiles in, one view of them out. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/report_list.h"
#include "cmd/report_load.h"
#include "cmd/screen.h"
#include "hostprof/version.h"
#include "model/filter.h"
#include "model/profile.h"
#include "out/out.h"
#include "out/style.h"
#include "util/file.h"
#include "util/log.h"

#define DEFAULT_ROWS 20
#define MAX_ROWS     UINT32_MAX
#define MAX_PID	     4194304 /* PID_MAX_LIMIT */

struct report_options {
	unsigned int kind, by, format; /* kind: REPORT_ANY_KIND or a position in kinds.def */
	struct opt_numbers pids;
	const char *comm, *container, *focus, *ignore, *value, *output;
	const char *list, *source_path;
	uint64_t rows;
	bool cumulative;
};

/* "cpu|...": each name with a bar in front, the first bar left out. */
#define HP_KIND(id, name, file, question, types) "|" name
static const char bar_names[] =
#include "hostprof/kinds.def"
	;
#undef HP_KIND
#define KIND_NAMES (bar_names + 1)

#define AT(member) .offset = offsetof(struct report_options, member)

static const struct opt report_table[] = {
	{OPT_CHOICE, "kind", 'k', "KIND", "only this kind of a folder", AT(kind),
	 .choices = KIND_NAMES},
	{OPT_CHOICE, "by", 0, "WHAT", "what the rows are (default: function)", AT(by),
	 .choices = RANK_BY_WORDS},
	{OPT_NUMBERS, "pid", 'p', "LIST", "only these processes", AT(pids), 0, MAX_PID},
	{OPT_STRING, "comm", 0, "NAME", "only processes of this name", AT(comm)},
	{OPT_STRING, "container", 0, "NAME",
	 "only this container: its name, a pattern, or the start of its id", AT(container)},
	{OPT_STRING, "focus", 0, "REGEX", "only stacks with a function that matches", AT(focus)},
	{OPT_STRING, "ignore", 0, "REGEX", "no stack with a function that matches", AT(ignore)},
	{OPT_STRING, "value", 0, "TYPE",
	 "the value shown, such as alloc_space (default: the file's)", AT(value)},
	{OPT_UINT, "rows", 'n', "ROWS", "rows shown at most; 0: all (default: 20)", AT(rows), 0,
	 MAX_ROWS},
	{OPT_STRING, "list", 0, "REGEX",
	 "functions that match, from the inside: samples by source line or instruction", AT(list)},
	{OPT_STRING, "source-path", 0, "DIR", "where --list looks for source files first",
	 AT(source_path)},
	{OPT_FLAG, "cumulative", 0, NULL, "sort by cumulative instead of self", AT(cumulative)},
	{OPT_CHOICE, "format", 0, "FORMAT", "how to write it (default: text)", AT(format),
	 .choices = OUT_FORMAT_WORDS},
	{OPT_STRING, "output", 'o', "FILE", "write there instead of to standard output",
	 AT(output)},
	{.type = OPT_END},
};

/* Where it goes: standard output, a new file, or a device, pipe or link that is already there. */
struct sink {
	FILE *to;
	const char *name;
	struct file_new file;
	bool is_new;
};

static int sink_fail(const struct sink *s, int err)
{
	log_error("cannot write to %s: %s%s", s->name, strerror(-err),
		  s->to == stdout ? "" : ": choose another file with -o");
	return err;
}

static int sink_open(struct sink *s, const char *path)
{
	struct stat st;
	int err = 0;

	*s = (struct sink){.to = stdout, .name = "standard output"};
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

/*
 * `err` is what writing returned. 0, or -errno that has been said. A reader who has gone is no
 * error: `report | head` has what it wanted.
 */
static int sink_close(struct sink *s, int err)
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

static int choose_value(const struct report_options *o, const struct out_format *format,
			const struct profile *p, const char *path, uint32_t *ret_value)
{
	struct buf names = {0};
	uint32_t value;

	if (!o->value) {
		*ret_value = format->default_value ? format->default_value(p) : p->default_type;
		return 0;
	}
	value = profile_find_type(p, o->value);
	if (value != PROFILE_NONE) {
		*ret_value = value;
		return 0;
	}
	for (uint32_t i = 0; i < p->n_types; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", profile_str(p, p->types[i].type));
	log_error("cannot show the value '%s' of %s: it has %s: choose one of these with --value",
		  o->value, path, buf_str(&names));
	buf_done(&names);
	return -EINVAL;
}

/* Replaces *p by what the filter leaves of it. */
static int choose_samples(const struct report_options *o, const char *path, struct profile **p)
{
	struct filter filter = {
		.pids = o->pids.list.at,
		.n_pids = o->pids.list.n,
		.comm = o->comm,
		.container = o->container,
		.focus = o->focus,
		.ignore = o->ignore,
	};
	struct profile *chosen;
	struct buf why = {0};
	int err;

	if (filter_is_empty(&filter))
		return 0;
	err = filter_run(&filter, *p, &chosen, &why);
	if (err) {
		log_error(
			"cannot use the pattern of --%s: write a POSIX extended regular expression",
			buf_str(&why));
	} else {
		if ((*p)->samples.n && !chosen->samples.n)
			log_warn("no sample of %s matches what was asked for", path);
		profile_free(*p);
		*p = chosen;
	}
	buf_done(&why);
	return err;
}

static void print_heading(const struct report_group *group, const struct out_options *show,
			  bool first, FILE *to)
{
	struct buf line = {0};

	style_on(&line, show->colour, STYLE_TITLE);
	buf_printf(&line, "%s: %s", group->kind, group->question);
	style_off(&line, show->colour, STYLE_TITLE);
	fprintf(to, "%s%s\n\n", first ? "" : "\n", buf_str(&line));
	buf_done(&line);
}

/* EXIT_OK, or the status to end with; *ret_error is an error of writing. `list` may be NULL. */
static int report_group(const struct report_options *o, const struct report_groups *groups,
			size_t i, struct out_options *show, struct report_list *list, FILE *to,
			int *ret_error)
{
	const struct out_format *format = outs_at(o->format);
	const struct report_group *group = &groups->at.at[i];
	const char *path = group->paths.at[0];
	int status = EXIT_USAGE;
	struct profile *p;

	if (report_group_load(group, &p))
		return EXIT_FAILED;
	if (choose_samples(o, path, &p) || choose_value(o, format, p, path, &show->value))
		goto out;
	status = EXIT_OK;
	if (groups->at.n > 1)
		print_heading(group, show, !i, to);
	if (list) {
		list->path = path;
		*ret_error = report_list_write(list, p, show, to);
	} else {
		*ret_error = format->write(p, show, to);
	}
out:
	profile_free(p);
	return status;
}

/* All groups in one output. As report_group(). */
static int report_parts(const struct report_options *o, const struct report_groups *groups,
			const struct out_options *show, FILE *to, int *ret_error)
{
	const struct out_format *format = outs_at(o->format);
	struct out_part *parts = mem_array(groups->at.n, sizeof(*parts));
	struct profile **profiles = mem_array(groups->at.n, sizeof(*profiles));
	int status = EXIT_OK;
	size_t n = 0;

	for (; n < groups->at.n && status == EXIT_OK; n++) {
		const struct report_group *group = &groups->at.at[n];
		const char *path = group->paths.at[0];

		parts[n] = (struct out_part){.kind = group->kind, .question = group->question};
		if (report_group_load(group, &profiles[n]))
			status = EXIT_FAILED;
		else if (choose_samples(o, path, &profiles[n]) ||
			 choose_value(o, format, profiles[n], path, &parts[n].value))
			status = EXIT_USAGE;
		parts[n].profile = profiles[n];
	}
	if (status == EXIT_OK)
		*ret_error = format->write_parts(parts, n, show, to);
	while (n-- > 0)
		profile_free(profiles[n]);
	free(profiles);
	free(parts);
	return status;
}

static int report(const struct report_options *o, const struct report_groups *groups)
{
	struct out_options show = {
		.by = o->by,
		.rows = (uint32_t)o->rows,
		.cumulative = o->cumulative,
		.version = HOSTPROF_VERSION,
	};
	struct report_list list = {
		.pattern = o->list,
		.source_path = o->source_path,
		.json = !strcmp(outs_at(o->format)->name, "json"),
	};
	int status = EXIT_OK, err = 0;
	struct sink sink;

	if (sink_open(&sink, o->output))
		return EXIT_FAILED;
	screen_options(sink.to, &show.columns, &show.colour);
	if (outs_at(o->format)->write_parts)
		status = report_parts(o, groups, &show, sink.to, &err);
	else
		for (size_t i = 0; i < groups->at.n && !err && status == EXIT_OK; i++)
			status = report_group(o, groups, i, &show, o->list ? &list : NULL, sink.to,
					      &err);
	if (o->list && status == EXIT_OK && !err && !list.found)
		status = EXIT_FAILED;
	if (status != EXIT_OK && sink.is_new) {
		file_abandon(&sink.file);
		return status;
	}
	return sink_close(&sink, err) ? EXIT_FAILED : status;
}

/* What can be seen to be wrong before any file is read. */
static int check(const struct report_options *o, const struct report_groups *groups)
{
	const struct out_format *format = outs_at(o->format);

	if (o->list && strcmp(format->name, "text") && strcmp(format->name, "json")) {
		log_error("cannot list functions as %s: choose --format text or json",
			  format->name);
		return EXIT_USAGE;
	}
	if (o->list && report_list_check(o->list))
		return EXIT_USAGE;
	if (!o->list && o->source_path) {
		log_error("--source-path is for source files: say which functions with --list");
		return EXIT_USAGE;
	}
	if (groups->at.n > 1 && !format->many && !format->write_parts) {
		log_error("cannot write several kinds as %s: choose one with -k KIND",
			  format->name);
		return EXIT_USAGE;
	}
	if (format->binary && !o->output && isatty(STDOUT_FILENO)) {
		log_error("cannot write %s to a terminal: it is binary: use -o FILE or a pipe",
			  format->name);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
	struct report_options o = {.kind = REPORT_ANY_KIND, .rows = DEFAULT_ROWS};
	struct report_groups groups = {0};
	int status = EXIT_USAGE, n_args;
	char **args;

	if (opt_parse(&cmd->cli, &o, argc, argv, &args, &n_args))
		goto out;
	if (!n_args) {
		log_error(
			"nothing to report: give a folder or a file (see hostprof report --help)");
		goto out;
	}
	status = EXIT_FAILED;
	if (report_groups_find(args, n_args, o.kind, &groups))
		goto out;
	status = check(&o, &groups);
	if (status == EXIT_OK)
		status = report(&o, &groups);
out:
	report_groups_done(&groups);
	opt_values_done(&cmd->cli, &o);
	return status;
}

const struct cmd cmd_report = {
	.cli =
		{
			.name = "report",
			.summary = "show a recording, or any pprof file",
			.args = "DIR|FILE...",
			.about =
				"Reads folders that 'hostprof record' wrote, or pprof files of any "
				"profiler, and shows where the time or the memory went. Several "
				"files are "
				"added up when they measure the same.\n\n"
				"Folded lines are 'comm;root;...;leaf value', for flame graph "
				"tools; "
				"json is for programs; html is one page that needs nothing else, "
				"svg a still "
				"picture, speedscope a file for that viewer; pprof writes the "
				"chosen samples "
				"as a new file.",
			.opts = report_table,
		},
	.run = run,
};
