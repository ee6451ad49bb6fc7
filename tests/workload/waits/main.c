// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * waits SECONDS [PART...]: runs the parts at the same time (those named; else all), then prints
 * the books of every thread as JSON. See waits.h. Files are made in $TMPDIR, or /var/tmp.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "waits.h"

#define MAX_BOOKS   65536
#define MAX_PARTS   64
#define MAX_SECONDS 3600

const struct part parts[] = {
	{"mutex", part_mutex, false},
	{"rwlock", part_rwlock, false},
	{"condvar", part_condvar, false},
	{"semaphore", part_semaphore, false},
	{"barrier", part_barrier, false},
	{"join", part_join, false},
	{"sleep", part_sleep, false},
	{"pipe-read", part_pipe_read, false},
	{"pipe-write", part_pipe_write, false},
	{"poll", part_poll, false},
	{"select", part_select, false},
	{"epoll", part_epoll, false},
	{"eventfd", part_eventfd, false},
	{"fdatasync", part_fdatasync, false},
	{"fault", part_fault, true},
	{"uring", part_uring, true},
	{"unix-recv", part_unix_recv, false},
	{"unix-connect", part_unix_connect, false},
	{"tcp-recv", part_tcp_recv, false},
	{"tcp-send", part_tcp_send, false},
	{"tcp-accept", part_tcp_accept, false},
	{"child", part_child, false},
	{"vfork", part_vfork, false},
	{"stopped", part_stopped, false},
	{"spin", part_spin, true},
	{"never", part_never, true},
	{"blocked", part_blocked, true},
	{"seesaw", part_seesaw, true},
	{"hurry", part_hurry, true},
	{NULL, NULL, false},
};

static const char *const reason_names[REASONS] = {"lock",  "wait",    "disk", "pagefault",
						  "net",   "poll",    "pipe", "sleep",
						  "child", "stopped", "share"};

static struct {
	uint32_t n;
	struct book books[MAX_BOOKS];
} * shared;

uint64_t rounds;

static void *part_main(void *arg)
{
	const struct part *part = arg;

	book_open(part->name);
	part->run();
	book_close();
	return NULL;
}

struct book *book_new(void)
{
	uint32_t i = __atomic_fetch_add(&shared->n, 1, __ATOMIC_RELAXED);

	if (i >= MAX_BOOKS)
		die("too many threads");
	return &shared->books[i];
}

static void print_book(const struct book *b)
{
	const char *comma = "";

	printf("{\"thread\":\"%s\",\"pid\":%d,\"tid\":%d,\"closed\":%s,\"wall_ns\":%llu,"
	       "\"cpu_ns\":%llu,\"delay_ns\":%llu,\"waits\":{",
	       b->name, b->pid, b->tid, b->closed_well ? "true" : "false",
	       (unsigned long long)(b->closed - b->opened), (unsigned long long)b->cpu,
	       (unsigned long long)b->delay);
	for (int i = 0; i < REASONS; i++) {
		if (!b->n[i])
			continue;
		printf("%s\"%s\":{\"ns\":%llu,\"n\":%llu}", comma, reason_names[i],
		       (unsigned long long)b->ns[i], (unsigned long long)b->n[i]);
		comma = ",";
	}
	printf("}}");
}

static void print_books(void)
{
	printf("{\"pid\":%d,\"threads\":[\n", (int)getpid());
	for (uint32_t i = 0; i < shared->n; i++) {
		print_book(&shared->books[i]);
		printf("%s\n", i + 1 < shared->n ? "," : "");
	}
	printf("]}\n");
}

static bool asked(const struct part *part, int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i], part->name))
			return true;
	return argc <= 2 && !part->asked_only;
}

static void check_names(int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		const struct part *part = parts;

		while (part->name && strcmp(part->name, argv[i]))
			part++;
		if (!part->name) {
			fprintf(stderr, "%s: there is no part %s\n", argv[0], argv[i]);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	double seconds = arg_number(argc, argv, 1, 2, MAX_SECONDS);
	pthread_t threads[MAX_PARTS];
	uint32_t n = 0;

	check_names(argc, argv);
	rounds = (uint64_t)(seconds * NS_PER_SEC / ROUND_NS);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		die("mmap");
	book_open("waits");
	for (const struct part *part = parts; part->name; part++)
		if (asked(part, argc, argv))
			threads[n++] = partner(part_main, (void *)part);
	for (uint32_t i = 0; i < n; i++)
		partner_join(threads[i]);
	book_close();
	print_books();
	return 0;
}
