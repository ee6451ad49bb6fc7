// SPDX-License-Identifier: GPL-2.0-or-later
/* The option table: every way to be right, and the line that every way to be wrong gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/nearest.h"
#include "util/opt.h"

#define MAX_ARGS 40

struct values {
	bool quiet;
	unsigned int verbose, format;
	uint64_t frequency, any, duration, wait;
	const char *output;
	struct opt_names kinds, comms;
	struct opt_numbers pids;
};

static const struct opt rows[] = {
	{OPT_NAMES, "kinds", 'k', "LIST", "what to record", offsetof(struct values, kinds), 0, 0,
	 "cpu|offcpu|lock"},
	{OPT_NAMES, "comm", 0, "NAMES", "only these names", offsetof(struct values, comms), 0, 0,
	 NULL},
	{OPT_NUMBERS, "pid", 'p', "PID", "only these processes", offsetof(struct values, pids), 1,
	 4194304, NULL},
	{OPT_UINT, "frequency", 'F', "HZ", "samples a second", offsetof(struct values, frequency),
	 1, 9999, NULL},
	{OPT_UINT, "any", 0, NULL, "any number", offsetof(struct values, any), 0, 0, NULL},
	{OPT_SECONDS, "duration", 'd', "SECONDS", "how long", offsetof(struct values, duration),
	 1000000, 0, NULL},
	{OPT_SECONDS, "wait", 0, "SECONDS", "how long", offsetof(struct values, wait), 0,
	 1500000000, NULL},
	{OPT_STRING, "output", 'o', "DIR", "the folder", offsetof(struct values, output), 0, 0,
	 NULL},
	{OPT_CHOICE, "format", 0, "FORMAT", "how to show it", offsetof(struct values, format), 0, 0,
	 "text|tree|json"},
	{OPT_FLAG, "quiet", 'q', NULL, "say less", offsetof(struct values, quiet), 0, 0, NULL},
	{OPT_COUNT, "verbose", 'v', NULL, "say more", offsetof(struct values, verbose), 0, 0, NULL},
	{.type = OPT_END},
};

static const struct opt_command record = {
	.name = "record",
	.summary = "record something",
	.args = "[-- COMMAND [ARG...]]",
	.about = "First paragraph.\n\n  .example 'a'\n\n.second \\ one",
	.opts = rows,
	.stop_at_args = true,
};

static const struct opt_command report = {
	.name = "report",
	.summary = "report something",
	.args = "DIR|FILE...",
	.about = "About.",
	.opts = rows,
};

struct outcome {
	struct values v;
	int err, n_args;
	char *argv[MAX_ARGS + 1], **args;
	char said[4096]; /* on stderr */
};

/* Parses `line`, split at blanks; "''" is an empty word. The words live in `line`. */
static void parse(struct outcome *o, const struct opt_command *command, char *line)
{
	int argc = 0, pipe_fds[2], saved;
	char *word, *save = NULL;
	ssize_t n;

	memset(o, 0, sizeof(*o));
	o->v.frequency = 99;
	o->argv[argc++] = (char *)command->name;
	for (word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(argc < MAX_ARGS);
		o->argv[argc++] = strcmp(word, "''") ? word : word + 2;
	}
	fflush(stderr);
	assert_int_equal(pipe(pipe_fds), 0);
	saved = dup(STDERR_FILENO);
	dup2(pipe_fds[1], STDERR_FILENO);
	close(pipe_fds[1]);
	o->err = opt_parse(command, &o->v, argc, o->argv, &o->args, &o->n_args);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(pipe_fds[0], o->said, sizeof(o->said) - 1);
	assert_true(n >= 0);
	close(pipe_fds[0]);
}

#define GOOD(command, text)                                                                        \
	char good_line[] = text;                                                                   \
	struct outcome o;                                                                          \
	parse(&o, command, good_line);                                                             \
	assert_string_equal(o.said, "");                                                           \
	assert_int_equal(o.err, 0)

static void defaults_stay(void **state)
{
	GOOD(&record, "");
	(void)state;
	assert_int_equal(o.v.frequency, 99);
	assert_int_equal(o.n_args, 0);
	assert_null(o.args[0]);
}

static void every_type(void **state)
{
	GOOD(&record, "-k cpu,lock -k offcpu -p 1,2 --pid=3 -F 9999 -d 0.5 --wait 1.5 -o out "
		      "--format tree -qvv --comm a,b --any 18446744073709551615");
	(void)state;
	assert_int_equal(o.v.kinds.list.n, 3);
	assert_string_equal(o.v.kinds.list.at[1], "lock");
	assert_string_equal(o.v.kinds.list.at[2], "offcpu");
	assert_int_equal(o.v.pids.list.n, 3);
	assert_int_equal(o.v.pids.list.at[2], 3);
	assert_int_equal(o.v.frequency, 9999);
	assert_int_equal(o.v.duration, 500000000);
	assert_int_equal(o.v.wait, 1500000000);
	assert_string_equal(o.v.output, "out");
	assert_int_equal(o.v.format, 1);
	assert_true(o.v.quiet);
	assert_int_equal(o.v.verbose, 2);
	assert_string_equal(o.v.comms.list.at[1], "b");
	assert_true(o.v.any == UINT64_MAX);
	opt_values_done(&record, &o.v);
	assert_int_equal(o.v.kinds.list.n, 0);
	assert_int_equal(o.v.pids.list.n, 0);
}

static void seconds(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{"-d 10", 10000000000ull},
		{"-d 0.001", 1000000},
		{"-d .5", 500000000},
		{"-d 5.", 5000000000ull},
		{"-d 1.0000000019", 1000000001},
		{"-d 18446744073", 18446744073000000000ull},
	};
	struct outcome o;
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "%s", cases[i].text);
		parse(&o, &record, line);
		assert_string_equal(o.said, "");
		assert_true(o.v.duration == cases[i].ns);
	}
}

static void abbreviated(void **state)
{
	GOOD(&record, "--freq=5 --ver");
	(void)state;
	assert_int_equal(o.v.frequency, 5);
	assert_int_equal(o.v.verbose, 1);
}

static void command_keeps_its_options(void **state)
{
	GOOD(&record, "-q ls -v --json");
	(void)state;
	assert_true(o.v.quiet);
	assert_int_equal(o.v.verbose, 0);
	assert_int_equal(o.n_args, 3);
	assert_string_equal(o.args[0], "ls");
	assert_string_equal(o.args[2], "--json");
	assert_null(o.args[3]);
}

static void dashes_end_options(void **state)
{
	GOOD(&record, "-q -- -v --");
	(void)state;
	assert_int_equal(o.v.verbose, 0);
	assert_int_equal(o.n_args, 2);
	assert_string_equal(o.args[0], "-v");
	assert_string_equal(o.args[1], "--");
}

static void options_after_files(void **state)
{
	GOOD(&report, "a -q b -v -- -c");
	(void)state;
	assert_true(o.v.quiet);
	assert_int_equal(o.v.verbose, 1);
	assert_int_equal(o.n_args, 3);
	assert_string_equal(o.args[0], "a");
	assert_string_equal(o.args[1], "b");
	assert_string_equal(o.args[2], "-c");
}

static const struct {
	const char *line, *said;
} wrong[] = {
	{"-F 0", "-F 0 is out of range: give 1 to 9999"},
	{"-F 10000", "-F 10000 is out of range: give 1 to 9999"},
	{"-F -3", "-F -3 is out of range: give 1 to 9999"},
	{"-F 99999999999999999999", "-F 99999999999999999999 is out of range: give 1 to 9999"},
	{"--any 18446744073709551616",
	 "--any 18446744073709551616 is out of range: give a smaller number"},
	{"-F x", "-F x is not a number: give a whole number like 10"},
	{"-F 9x", "-F 9x is not a number: give a whole number like 10"},
	{"-F 0x10", "-F 0x10 is not a number: give a whole number like 10"},
	{"-F +5", "-F +5 is not a number: give a whole number like 10"},
	{"-F 1.5", "-F 1.5 is not a number: give a whole number like 10"},
	{"-F ''", "-F has an empty argument: give HZ"},
	{"--frequency=", "-F has an empty argument: give HZ"},
	{"--any=", "--any has an empty argument: give NUMBER"},
	{"-o ''", "-o has an empty argument: give DIR"},
	{"-F", "-F needs an argument: give -F HZ"},
	{"-qF", "-F needs an argument: give -F HZ"},
	{"-q --frequency", "--frequency needs an argument: give --frequency=HZ"},
	{"-d 10x", "-d 10x is not a number of seconds: give a number like 10 or 0.5"},
	{"-d .", "-d . is not a number of seconds: give a number like 10 or 0.5"},
	{"-d 1.2.3", "-d 1.2.3 is not a number of seconds: give a number like 10 or 0.5"},
	{"-d inf", "-d inf is not a number of seconds: give a number like 10 or 0.5"},
	{"-d nan", "-d nan is not a number of seconds: give a number like 10 or 0.5"},
	{"-d 1e3", "-d 1e3 is not a number of seconds: give a number like 10 or 0.5"},
	{"-d -1", "-d -1 is out of range: give at least 0.001"},
	{"-d 0", "-d 0 is out of range: give at least 0.001"},
	{"-d 99999999999", "-d 99999999999 is out of range: give a smaller number"},
	{"--wait 1.6", "--wait 1.6 is out of range: give 0 to 1.5"},
	{"-p 1,,2", "-p 1,,2 has an empty item: give a list like 1,2,3"},
	{"-p ,", "-p , has an empty item: give a list like 1,2,3"},
	{"-p 1,", "-p 1, has an empty item: give a list like 1,2,3"},
	{"-p 1,x", "-p x is not a number: give a whole number like 10"},
	{"-p 1,0", "-p 0 is out of range: give 1 to 4194304"},
	{"--comm a,,b", "--comm a,,b has an empty item: give a list like a,b,c"},
	{"-k cpu,foo", "-k foo is not known: give one of cpu, offcpu, lock"},
	{"-k cp", "-k cp is not known: give one of cpu, offcpu, lock"},
	{"--format xml", "--format xml is not known: give one of text, tree, json"},
	{"--format text|tree", "--format text|tree is not known: give one of text, tree, json"},
	{"--frequncy 3", "unknown option --frequncy: did you mean --frequency?"},
	{"--zzz", "unknown option --zzz"},
	{"--zzz=3", "unknown option --zzz"},
	{"-X", "unknown option -X in '-X'"},
	{"-qX", "unknown option -X in '-qX'"},
	{"-Xq", "unknown option -X in '-Xq'"},
	{"-q -Xv", "unknown option -X in '-Xv'"},
	{"-o -x -Xq", "unknown option -X in '-Xq'"},
	{"-q -X ls", "unknown option -X in '-X'"},
	{"--quiet=3", "--quiet takes no argument: give it alone"},
	{"--help=3", "--help takes no argument: give it alone"},
	{"--f 5", "--f could be --frequency or --format: give more of it"},
	{"-F a\nb\033[31m", "-F a?b?[31m is not a number: give a whole number like 10"},
};

static void wrong_usage(void **state)
{
	char line[128], want[256];
	struct outcome o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(line, sizeof(line), "%s", wrong[i].line);
		snprintf(want, sizeof(want), "hostprof record: %s (see hostprof record --help)\n",
			 wrong[i].said);
		parse(&o, &record, line);
		assert_string_equal(o.said, want);
		assert_int_equal(o.err, -EINVAL);
		assert_null(o.args); /* untouched on failure */
		opt_values_done(&record, &o.v);
	}
}

/* With files among the options getopt moves words about; the culprit must still be found. */
static void wrong_after_files(void **state)
{
	char line[] = "a -q b -Xq c";
	struct outcome o;

	(void)state;
	parse(&o, &report, line);
	assert_string_equal(
		o.said,
		"hostprof report: unknown option -X in '-Xq' (see hostprof report --help)\n");
}

/* Runs the command in a child; its stdout goes into `out`. Returns the exit status. */
static int run_child(const struct opt_command *command, const char *words, char *out, size_t size)
{
	int fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct values v = {0};
		char line[64], *argv[4] = {(char *)command->name}, *save = NULL, **args;
		int argc = 1, n_args;

		dup2(fds[1], STDOUT_FILENO);
		snprintf(line, sizeof(line), "%s", words);
		for (char *w = strtok_r(line, " ", &save); w && argc < 3;
		     w = strtok_r(NULL, " ", &save))
			argv[argc++] = w;
		opt_parse(command, &v, argc, argv, &args, &n_args);
		_exit(99); /* help was to end it */
	}
	close(fds[1]);
	while (len < size - 1 && (n = read(fds[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void help(void **state)
{
	static const char *const ways[] = {"--help", "-h", "-q -h", "--help -X"};
	const struct opt *row;
	char out[8192], name[32];
	const char *before;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		assert_int_equal(run_child(&record, ways[i], out, sizeof(out)), 0);
		assert_memory_equal(out, "Usage: hostprof record [OPTION...] [-- COMMAND", 46);
		before = out;
		for (row = rows; row->type != OPT_END; row++) { /* all, in the table's order */
			snprintf(name, sizeof(name), "--%s", row->name);
			before = strstr(before, name);
			assert_non_null(before);
		}
		assert_non_null(strstr(out, "how to show it: text, tree, json"));
		assert_non_null(strstr(out, "First paragraph."));
		assert_null(strstr(out, "corresponding short options"));
	}
	assert_int_equal(run_child(&record, "--usage", out, sizeof(out)), 0);
	assert_non_null(strstr(out, "[-F HZ]"));
	assert_null(strstr(out, "First paragraph."));
}

static void manual(void **state)
{
	struct buf out = {0};

	(void)state;
	opt_man(&record, &out);
	assert_non_null(strstr(out.data, "\\fB\\-F\\fR, \\fB\\-\\-frequency\\fR=\\fIHZ\\fR\n"
					 "samples a second; 1 to 9999\n"));
	assert_non_null(strstr(out.data, "how long; at least 0.001\n"));
	assert_non_null(strstr(out.data, "how long; 0 to 1.5\n"));
	assert_non_null(strstr(out.data, "any number\n"));
	assert_non_null(strstr(out.data, "\\fB\\-\\-usage\\fR\n"));
	assert_non_null(strstr(out.data, ".nf\n  .example \\(aqa\\(aq\n.fi\n"));
	/* Words of ours are never requests of roff. */
	assert_non_null(strstr(out.data, "\n\\&.second \\e one\n"));
	buf_done(&out);
}

static void completion(void **state)
{
	struct buf out = {0};

	(void)state;
	opt_completion(&record, &out);
	assert_non_null(strstr(out.data, "_hostprof_record()\n"));
	assert_non_null(strstr(out.data, "\t--format) _hostprof_words \"text tree json\"; return"));
	assert_non_null(
		strstr(out.data, "\t-k|--kinds) _hostprof_list \"cpu offcpu lock\"; return"));
	assert_non_null(strstr(out.data, "\t-p|--pid) _hostprof_pids; return"));
	assert_non_null(strstr(out.data, "\t-o|--output) _hostprof_dirs; return"));
	assert_non_null(strstr(out.data, "_hostprof_commands"));
	assert_null(strstr(out.data, "\t-q|--quiet)")); /* takes no argument */
	buf_clear(&out);
	opt_completion(&report, &out);
	assert_non_null(strstr(out.data, "_hostprof_files ;;"));
	buf_done(&out);
}

static const char *nearest_of(const char *word)
{
	static const char *const candidates[] = {"record", "report", "doctor"};
	struct nearest n;
	size_t i;

	nearest_init(&n, word);
	for (i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
		nearest_try(&n, candidates[i]);
	return n.best;
}

static void nearest_words(void **state)
{
	char huge[4096];

	(void)state;
	assert_string_equal(nearest_of("recrod"), "record");
	assert_string_equal(nearest_of("reprot"), "report");
	assert_string_equal(nearest_of("doc"), "doctor");
	assert_string_equal(nearest_of("dcotor"), "doctor");
	assert_null(nearest_of(""));
	assert_null(nearest_of("make"));
	memset(huge, 'r', sizeof(huge));
	huge[sizeof(huge) - 1] = '\0';
	assert_null(nearest_of(huge));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_stay),
		cmocka_unit_test(every_type),
		cmocka_unit_test(seconds),
		cmocka_unit_test(abbreviated),
		cmocka_unit_test(command_keeps_its_options),
		cmocka_unit_test(dashes_end_options),
		cmocka_unit_test(options_after_files),
		cmocka_unit_test(wrong_usage),
		cmocka_unit_test(wrong_after_files),
		cmocka_unit_test(help),
		cmocka_unit_test(manual),
		cmocka_unit_test(completion),
		cmocka_unit_test(nearest_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
