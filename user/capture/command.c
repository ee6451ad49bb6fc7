// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void run_child(int go_fd, int exec_fd, char **argv)
{
	sigset_t none;
	char go;
	int err;

	/* Ends quietly if the profiler dies before it says go. */
	if (read(go_fd, &go, 1) != 1)
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	err = errno;
	if (write(exec_fd, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

int command_start(struct command *command, char **argv)
{
	int go[2] = {-1, -1}, exec[2] = {-1, -1};
	int err = 0;
	pid_t pid;

	*command = (struct command){.pidfd = -1, .go_fd = -1, .exec_fd = -1};
	if (pipe2(go, O_CLOEXEC) || pipe2(exec, O_CLOEXEC)) {
		err = -errno;
		goto out;
	}
	pid = fork();
	if (pid < 0) {
		err = -errno;
		goto out;
	}
	if (!pid) {
		close(go[1]);
		close(exec[0]);
		run_child(go[0], exec[1], argv);
	}
	command->pid = pid;
	command->pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by nature */
	if (command->pidfd < 0) {
		err = -errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		command->pid = 0;
		goto out;
	}
	command->go_fd = go[1];
	command->exec_fd = exec[0];
	go[1] = exec[0] = -1;
out:
	close_fd(&go[0]);
	close_fd(&go[1]);
	close_fd(&exec[0]);
	close_fd(&exec[1]);
	return err;
}

int command_go(struct command *command)
{
	int err = 0;

	if (write(command->go_fd, "g", 1) != 1)
		return -errno;
	close_fd(&command->go_fd);
	/* End of file: exec closed the other end, so it worked. */
	if (read(command->exec_fd, &err, sizeof(err)) != sizeof(err))
		err = 0;
	close_fd(&command->exec_fd);
	return -err;
}

void command_reap(struct command *command)
{
	if (command->pid && !command->ended &&
	    waitpid(command->pid, &command->wait_status, WNOHANG) == command->pid)
		command->ended = true;
}

int command_exit_status(const struct command *command)
{
	if (!command->ended)
		return 0;
	if (WIFSIGNALED(command->wait_status))
		return 128 + WTERMSIG(command->wait_status);
	return WEXITSTATUS(command->wait_status);
}

void command_done(struct command *command)
{
	bool never_ran = command->go_fd >= 0;

	if (!command->pid)
		return;
	close_fd(&command->go_fd);
	close_fd(&command->exec_fd);
	close_fd(&command->pidfd);
	if (never_ran)
		waitpid(command->pid, NULL, 0);
	command->pid = 0;
}

int command_open(const char *name)
{
	const char *path = getenv("PATH"), *end;
	char full[4096];

	if (strchr(name, '/') || !path)
		return open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	for (; *path; path = *end ? end + 1 : end) {
		int fd;

		end = strchrnul(path, ':');
		snprintf(full, sizeof(full), "%.*s/%s", (int)(end - path), path, name);
		if (access(full, X_OK))
			continue;
		fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0)
			return fd;
	}
	return -ENOENT;
}
