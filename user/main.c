// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the command in the table and runs it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/cmds.h"
#include "hostprof/version.h"
#include "util/log.h"

static void ignore_signal(int signal)
{
	(void)signal;
}

static void survive(int signal)
{
	struct sigaction action = {.sa_handler = ignore_signal, .sa_flags = SA_RESTART}, old;

	sigemptyset(&action.sa_mask);
	if (!sigaction(signal, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(signal, &action, NULL);
}

/*
 * A reader that stops early (report | head), or a file that outgrows `ulimit -f`, must not kill us
 * in the middle of a recording: writing shall fail with EPIPE or EFBIG instead. A handler rather
 * than SIG_IGN, since a command that we start must find the default, and exec resets handlers only.
 */
static void survive_writing(void)
{
	survive(SIGPIPE);
	survive(SIGXFSZ);
}

/* Data that did not reach stdout is a failure, unless nobody is reading it any more. */
static int finish_stdout(int status)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	errno = EIO; /* what failed before this left a mark, but no reason */
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (poll(&out, 1, 0) > 0 && (out.revents & POLLERR))
		return status;
	log_error("cannot write to standard output: %m");
	return status ? status : EXIT_FAILED;
}

static int print_text(void (*text)(struct buf *out))
{
	struct buf out = {0};

	text(&out);
	fputs(buf_str(&out), stdout);
	buf_done(&out);
	return EXIT_OK;
}

static int unknown(const char *what, const char *word)
{
	const char *nearest = cmds_nearest(word);

	if (nearest)
		log_error("unknown %s '%s': did you mean '%s'? (see hostprof --help)", what, word,
			  nearest);
	else
		log_error("unknown %s '%s' (see hostprof --help)", what, word);
	return EXIT_USAGE;
}

static int run_help(int argc, char **argv)
{
	char flag[] = "--help", *help_argv[] = {NULL, flag, NULL};
	const struct cmd *cmd;

	if (argc < 3)
		return print_text(cmds_help);
	cmd = cmds_find(argv[2]);
	if (!cmd)
		return unknown("command", argv[2]);
	help_argv[0] = argv[2];
	return cmd->run(cmd, 2, help_argv);
}

static int run(int argc, char **argv)
{
	const struct cmd *cmd;
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		print_text(cmds_help);
		return EXIT_USAGE;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help"))
		return run_help(argc, argv);
	if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
		puts("hostprof " HOSTPROF_VERSION);
		return EXIT_OK;
	}
	/* For `make install`; no word about them in --help. */
	if (!strcmp(word, "--man"))
		return print_text(cmds_man);
	if (!strcmp(word, "--completion"))
		return print_text(cmds_completion);
	cmd = cmds_find(word);
	if (!cmd)
		return unknown(word[0] == '-' ? "option" : "command", word);
	return cmd->run(cmd, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	survive_writing();
	return finish_stdout(run(argc, argv));
}
