// SPDX-License-Identifier: GPL-2.0-or-later
/* hostprof report: profiles in, one view of them out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/report_choose.h"
#include "cmd/report_leaks.h"
#include "cmd/report_ledger.h"
#include "cmd/report_list.h"
#include "cmd/report_load.h"
#include "cmd/report_locks.h"
#include "cmd/report_memory.h"
#include "cmd/report_sink.h"
#include "cmd/screen.h"
#include "hostprof/version.h"
#include "model/ledger.h"
#include "model/lock_rank.h"
#include "model/locks.h"
#include "model/profile.h"
#include "model/wakers.h"
#include "model/wall.h"
#include "out/label.h"
#include "out/leaks_json.h"
#include "out/ledger_json.h"
#include "out/ledger_text.h"
#include "out/out.h"
#include "out/style.h"
#include "out/tree.h"
#include "util/file.h"
#include "util/log.h"

#define DEFAULT_ROWS 20
#define DEFAULT_BY   (-1u) /* function, or what suits the kind */
#define NOTE_INDENT  2
#define MAX_ROWS     UINT32_MAX
#define MAX_PID	     4194304 /* PID_MAX_LIMIT */

struct report_options {
	unsigned int kind, by, format; /* kind: as in report_load.h */
	unsigned int waits;
	struct opt_numbers pids;
	struct opt_names reasons, containers;
	const char *comm, *focus, *ignore, *value, *output;
	const char *list, *source_path;
	uint64_t rows;
	bool cumulative, leaks;
};

/* "cpu|...": each name with a bar in front, the first bar left out. */
#define HP_KIND(id, name, file, question, types) "|" name
static const char bar_names[] =
#include "hostprof/kinds.def"
	REPORT_MORE_KINDS;
#undef HP_KIND
#define KIND_NAMES (bar_names + 1)

#define HP_REASON(id, name, what, idle) "|" name
static const char bar_reasons[] =
#include "hostprof/reasons.def"
	;
#undef HP_REASON
#define REASON_NAMES (bar_reasons + 1)

#define AT(member) .offset = offsetof(struct report_options, member)

static const struct opt report_table[] = {
	{OPT_CHOICE, "kind", 'k', "KIND",
	 "only this kind of a folder; memory: growth and heap; ledger: where the wall time went; "
	 "wall: that with stacks",
	 AT(kind), .choices = KIND_NAMES},
	{OPT_CHOICE, "by", 0, "WHAT",
	 "what the rows are (default: function; of locks, as text: lock)", AT(by),
	 .choices = RANK_BY_WORDS},
	{OPT_NUMBERS, "pid", 'p', "LIST", "only these processes", AT(pids), 0, MAX_PID},
	{OPT_STRING, "comm", 0, "NAME", "only processes of this name", AT(comm)},
	{OPT_NAMES, "container", 0, "NAME",
	 "only these containers: names, patterns like 'web-*', or the start of an id",
	 AT(containers)},
	{OPT_NAMES, "reason", 0, "LIST", "only waits for these reasons, comma-separated",
	 AT(reasons), .choices = REASON_NAMES},
	{OPT_CHOICE, "waits", 0, "WHICH",
	 "waits for what is in the way (busy), for work to come (idle: poll, sleep, wait), or all "
	 "(default: busy for text and tree, all for other formats)",
	 AT(waits), .choices = REPORT_WAITS_WORDS},
	{OPT_STRING, "focus", 0, "REGEX", "only stacks with a function that matches", AT(focus)},
	{OPT_STRING, "ignore", 0, "REGEX", "no stack with a function that matches", AT(ignore)},
	{OPT_STRING, "value", 0, "TYPE",
	 "the value shown, such as alloc_space (default: the file's)", AT(value)},
	{OPT_FLAG, "leaks", 0, NULL,
	 "the stacks that keep memory: what is old, what grows, what leaks", AT(leaks)},
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

static void print_heading(const struct out_part *part, const struct out_options *show, bool first,
			  FILE *to)
{
	struct buf line = {0};

	style_on(&line, show->colour, STYLE_TITLE);
	buf_printf(&line, "%s: %s", part->kind, part->question);
	style_off(&line, show->colour, STYLE_TITLE);
	fprintf(to, "%s%s\n\n", first ? "" : "\n", buf_str(&line));
	buf_done(&line);
}

/* What is shown: each group, or what its ledger makes of them. */
struct views {
	const struct report_options *o;
	const struct report_groups *groups;
	const struct out_format *format;
	struct report_choice choice;
	struct ledger *ledger; /* NULL: none, or not wanted */
	struct locks *locks;   /* the same */
	size_t n;
	bool wall; /* the last is all wall time */
};

static bool is_format(const struct views *v, const char *name)
{
	return !strcmp(v->format->name, name);
}

/* Where samples know their lock: asked for, or what suits people. */
static bool rows_are_locks(const struct views *v)
{
	const struct report_options *o = v->o;

	if (o->list || o->value || o->cumulative)
		return false;
	if (is_format(v, "json"))
		return o->by == RANK_LOCK || o->by == RANK_HOLDER;
	return is_format(v, "text") &&
	       (o->by == RANK_LOCK || o->by == RANK_HOLDER || o->by == DEFAULT_BY);
}

static int views_init(struct views *v, const struct report_options *o,
		      const struct report_groups *groups)
{
	*v = (struct views){
		.o = o,
		.groups = groups,
		.format = outs_at(o->format),
		.n = groups->at.n,
		.choice = {.filter = {.pids = o->pids.list.at,
				      .n_pids = o->pids.list.n,
				      .comm = o->comm,
				      .containers = (const char *const *)o->containers.list.at,
				      .n_containers = o->containers.list.n,
				      .reasons = (const char *const *)o->reasons.list.at,
				      .n_reasons = o->reasons.list.n,
				      .focus = o->focus,
				      .ignore = o->ignore},
			   .waits = o->waits,
			   .value = o->value},
	};
	/* Wall time is all of it. */
	v->choice.for_people =
		o->kind != REPORT_WALL && (is_format(v, "text") || is_format(v, "tree"));
	v->choice.locks = rows_are_locks(v);
	v->choice.wakers = o->by == RANK_WAKER && !is_format(v, "text") && !is_format(v, "json") &&
			   !is_format(v, "pprof");
	v->wall =
		o->kind == REPORT_WALL || (groups->ledger && groups->at.n && is_format(v, "html"));
	v->n = o->kind == REPORT_WALL ? 1 : groups->at.n + v->wall;
	if ((v->choice.locks || is_format(v, "html")) && report_locks_load(groups, &v->locks))
		return -EINVAL;
	return groups->ledger && (v->wall || is_format(v, "text") || o->kind == REPORT_LEDGER) &&
			       report_ledger_load(groups->ledger, &v->ledger)
		       ? -EINVAL
		       : 0;
}

static void views_done(struct views *v)
{
	ledger_free(v->ledger);
	locks_free(v->locks);
}

/* Loads one and chooses of it. EXIT_OK, or the status to end with. */
static int view_load(const struct views *v, size_t i, struct out_part *ret_part,
		     struct profile **ret_profile, struct buf *note)
{
	const struct report_group *group = v->groups->at.at + i;
	bool wall = v->wall && i + 1 == v->n;
	const char *path = wall ? v->groups->ledger : group->paths.at[0];
	struct out_part part = {.kind = "wall", .question = WALL_QUESTION};
	struct profile *p;

	if (!wall)
		part = (struct out_part){.kind = group->kind, .question = group->question};
	if (wall ? report_wall_load(v->groups, v->ledger, &p) : report_group_load(group, &p))
		return EXIT_FAILED;
	if (report_choose(&v->choice, path, &p, note) ||
	    report_choose_value(&v->choice, v->format, p, path, &part.value)) {
		profile_free(p);
		return EXIT_USAGE;
	}
	part.profile = p;
	*ret_part = part;
	*ret_profile = p;
	return EXIT_OK;
}

/* Is the ledger to be seen, too? With a choice of rows or waits it is the profiles that are meant.
 */
static bool shows_ledger(const struct views *v)
{
	const struct report_options *o = v->o;

	return v->ledger && is_format(v, "text") && !o->list &&
	       (o->kind == REPORT_LEDGER ||
		(o->kind == REPORT_ANY_KIND && (o->by == DEFAULT_BY || o->by == RANK_FUNCTION) &&
		 !o->reasons.list.n && o->waits == REPORT_WAITS_DEFAULT && !o->focus &&
		 !o->ignore && !o->value));
}

/* The wakers' stacks below their table. */
static int wakers_write(const struct profile *p, const struct out_options *show, FILE *to)
{
	struct profile *wakers = wakers_profile(p);
	int err;

	fputs("\nwakers\n", to);
	err = tree_write(wakers, show, to);
	profile_free(wakers);
	return err;
}

static void note_write(const struct buf *note, const struct out_options *show, FILE *to)
{
	struct buf line = {0};

	label_wrap(&line, buf_str(note), NOTE_INDENT, false, show->columns);
	fputs(buf_str(&line), to);
	buf_done(&line);
}

/* EXIT_OK, or the status to end with; *ret_error is an error of writing. `list` may be NULL. */
static int report_view(const struct views *v, size_t i, struct out_options *show,
		       struct report_list *list, FILE *to, int *ret_error)
{
	struct out_part part;
	struct profile *p;
	struct buf note = {0};
	int status = view_load(v, i, &part, &p, &note);

	if (status != EXIT_OK)
		goto out;
	show->value = part.value;
	if (v->n > 1)
		print_heading(&part, show, !i && !shows_ledger(v), to);
	if (list) {
		list->path = v->groups->at.at[i].paths.at[0];
		*ret_error = report_list_write(list, p, show, to);
	} else if (v->choice.locks && lock_rank_known(p)) {
		*ret_error = report_locks_write(p, &v->choice, is_format(v, "json"), show, to);
	} else {
		*ret_error = v->format->write(p, show, to);
	}
	if (!*ret_error && !list && v->o->by == RANK_WAKER && is_format(v, "text"))
		*ret_error = wakers_write(p, show, to);
	if (!*ret_error && note.len)
		note_write(&note, show, to);
	profile_free(p);
out:
	buf_done(&note);
	return status;
}

/* All in one output. As report_view(). */
static int report_parts(const struct views *v, const struct out_options *show, FILE *to,
			int *ret_error)
{
	struct out_part *parts = mem_array(v->n, sizeof(*parts));
	struct profile **profiles = mem_array(v->n, sizeof(*profiles));
	struct buf note = {0};
	int status = EXIT_OK;
	size_t n = 0;

	while (n < v->n && status == EXIT_OK) {
		status = view_load(v, n, &parts[n], &profiles[n], &note);
		n += status == EXIT_OK;
	}
	if (status == EXIT_OK)
		*ret_error = v->format->write_parts(parts, n, show, to);
	while (n-- > 0)
		profile_free(profiles[n]);
	free(profiles);
	free(parts);
	buf_done(&note);
	return status;
}

static int write_all(const struct views *v, struct out_options *show, struct report_list *list,
		     FILE *to, int *ret_error)
{
	int status = EXIT_OK;

	show->ledger = v->ledger;
	show->locks = v->locks;
	show->filter = &v->choice.filter;
	if (shows_ledger(v))
		*ret_error = ledger_text_write(v->ledger, &v->choice.filter, show, to);
	else if (v->o->kind == REPORT_LEDGER && is_format(v, "json"))
		*ret_error = ledger_json_write(v->ledger, to);
	if (v->format->write_parts)
		return report_parts(v, show, to, ret_error);
	for (size_t i = 0; i < v->n && !*ret_error && status == EXIT_OK; i++)
		status = report_view(v, i, show, list, to, ret_error);
	return status;
}

static int report(const struct report_options *o, const struct report_groups *groups)
{
	struct out_options show = {
		.by = o->by == DEFAULT_BY ? RANK_FUNCTION : (enum rank_by)o->by,
		.rows = (uint32_t)o->rows,
		.cumulative = o->cumulative,
		.version = HOSTPROF_VERSION,
	};
	struct report_list list = {
		.pattern = o->list,
		.source_path = o->source_path,
		.json = !strcmp(outs_at(o->format)->name, "json"),
	};
	struct report_memory memory = {0};
	struct report_sink sink;
	struct views v;
	int status, err = 0;

	if (views_init(&v, o, groups) || report_sink_open(&sink, o->output)) {
		views_done(&v);
		return EXIT_FAILED;
	}
	screen_options(sink.to, &show.columns, &show.colour);
	/* It is of all processes: not beside a choice of some. */
	if (is_format(&v, "html") && !o->pids.list.n && !o->comm && !o->containers.list.n)
		report_memory_load(groups, &memory);
	show.growth = memory.growth;
	show.leaks = memory.leaks;
	status = write_all(&v, &show, o->list ? &list : NULL, sink.to, &err);
	views_done(&v);
	report_memory_done(&memory);
	if (o->list && status == EXIT_OK && !err && !list.found)
		status = EXIT_FAILED;
	if (status != EXIT_OK && sink.is_new) {
		file_abandon(&sink.file);
		return status;
	}
	return report_sink_close(&sink, err) ? EXIT_FAILED : status;
}

/* What cannot be shown of a ledger, or of wall time. */
static int check_ledger(const struct report_options *o, const struct report_groups *groups)
{
	const char *name = outs_at(o->format)->name;

	if (o->list && !groups->at.n) {
		log_error("cannot list functions of a ledger: it has none");
		return EXIT_USAGE;
	}
	if (o->kind == REPORT_LEDGER && (o->focus || o->ignore || o->reasons.list.n || o->value ||
					 o->waits != REPORT_WAITS_DEFAULT ||
					 (o->by != DEFAULT_BY && o->by != RANK_THREAD &&
					  o->by != RANK_PROCESS && o->by != RANK_CONTAINER))) {
		log_error("cannot choose stacks or waits of the ledger, which has sums by thread, "
			  "process and container: choose -k wall");
		return EXIT_USAGE;
	}
	if (o->kind == REPORT_LEDGER && strcmp(name, "text") && strcmp(name, "json") &&
	    strcmp(name, "html")) {
		log_error("cannot write the ledger as %s: choose text, json or html, or -k wall",
			  name);
		return EXIT_USAGE;
	}
	if (o->kind == REPORT_LEDGER && strcmp(name, "text") &&
	    (o->pids.list.n || o->comm || o->containers.list.n)) {
		log_error("cannot write a part of the ledger as %s: choose --format text, or leave "
			  "out -p, --comm and --container",
			  name);
		return EXIT_USAGE;
	}
	return EXIT_OK;
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
	if (check_ledger(o, groups) != EXIT_OK)
		return EXIT_USAGE;
	if (groups->at.n > 1 && o->kind != REPORT_WALL && !format->many && !format->write_parts) {
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

/* The stacks of leaks.json are of all processes. */
static int check_leaks(const struct report_options *o)
{
	if (strcmp(outs_at(o->format)->name, "text") || o->list || o->by != DEFAULT_BY ||
	    o->pids.list.n || o->comm || o->containers.list.n || o->focus || o->ignore ||
	    o->value) {
		log_error("cannot choose among the leaks, nor write them but as text: leave out "
			  "all but --leaks, -n and -o, or read " LEAKS_FILE);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
	struct report_options o = {.kind = REPORT_ANY_KIND,
				   .by = DEFAULT_BY,
				   .rows = DEFAULT_ROWS,
				   .waits = REPORT_WAITS_DEFAULT};
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
	if (o.leaks) {
		status = check_leaks(&o);
		if (status == EXIT_OK && report_leaks(args, n_args, o.rows, o.output))
			status = EXIT_FAILED;
		goto out;
	}
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

#define ABOUT                                                                                      \
	"Reads folders that 'hostprof record' wrote, or pprof files of any profiler, and shows "   \
	"where the time or the memory went. Several files are added up when they measure the "     \
	"same.\n\n"                                                                                \
	"Folded lines are 'comm;root;...;leaf value', for flame graph tools; json is for "         \
	"programs; html is one page that needs nothing else, svg a still picture, speedscope a "   \
	"file for that viewer; pprof writes the chosen samples as a new file."

const struct cmd cmd_report = {
	.cli =
		{
			.name = "report",
			.summary = "show a recording, or any pprof file",
			.args = "DIR|FILE...",
			.about = ABOUT,
			.opts = report_table,
		},
	.run = run,
};
