/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_CAPTURE_COMMAND_H
#define HOSTPROF_CAPTURE_COMMAND_H
/*
 * The command of `record -- COMMAND`: started stopped, let go when the probes are in, so that
 * nothing of it is missed. It inherits our standard descriptors and nothing else.
 */
#include <stdbool.h>
#include <sys/types.h>

struct command {
	pid_t pid;   /* 0: none */
	int pidfd;   /* readable when it has ended */
	int go_fd;   /* closing it without a word ends the child */
	int exec_fd; /* tells why exec failed */
	bool ended;
	int wait_status; /* as of waitpid, when ended */
};

int command_start(struct command *command, char **argv); /* 0 or -errno; waits for command_go() */
/* Lets it exec. 0, or what exec failed with (-ENOENT: no such command). */
int command_go(struct command *command);
void command_reap(struct command *command); /* takes the status, if it has ended */
/* Its own status; 128 + signal; 0 while it runs or when there is none. */
int command_exit_status(const struct command *command);
/* A command that never got to run is ended; one that runs goes on. */
void command_done(struct command *command);

/* The program of that name, where the shell would find it: a descriptor or -errno. */
int command_open(const char *name);

#endif
