// SPDX-License-Identifier: GPL-2.0-or-later
/* Pipes, what polls them, and a file on a disk. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "waits.h"

#define SYNC_BYTES  (1 << 20)
#define FAULT_BYTES (64 << 20)
#define PAGE	    4096

struct pipe {
	int read, write;
};

static struct pipe pipe_new(void)
{
	int fds[2];

	must(pipe(fds), "pipe");
	return (struct pipe){fds[0], fds[1]};
}

static void pipe_done(struct pipe *p)
{
	close(p->read);
	close(p->write);
}

/* Writes eight bytes once a round, be it to a pipe or to an eventfd. */
static void *ticker(void *arg)
{
	uint64_t one = 1;

	book_open("ticker");
	for (uint64_t i = 0; i < rounds; i++) {
		nap();
		if (write(*(int *)arg, &one, sizeof(one)) != sizeof(one))
			die("write");
	}
	book_close();
	return NULL;
}

static void must_read(int fd)
{
	uint64_t tick;

	if (read(fd, &tick, sizeof(tick)) != sizeof(tick))
		die("read");
}

static NOINLINE void wait_on_pipe(int fd)
{
	struct instant begin = wait_begin();

	must_read(fd);
	wait_end(PIPE, begin);
}

void part_pipe_read(void)
{
	struct pipe p = pipe_new();
	pthread_t other = partner(ticker, &p.write);

	for (uint64_t i = 0; i < rounds; i++)
		wait_on_pipe(p.read);
	partner_join(other);
	pipe_done(&p);
}

static void *emptier(void *arg)
{
	static char buffer[1 << 20];
	int fd = *(int *)arg;

	book_open("emptier");
	for (;;) {
		nap();
		if (read(fd, buffer, sizeof(buffer)) <= 0)
			break;
	}
	book_close();
	return NULL;
}

void part_pipe_write(void)
{
	uint64_t end = mono_ns() + rounds * ROUND_NS;
	static char buffer[1 << 16]; /* what a pipe holds */
	struct pipe p = pipe_new();
	pthread_t other = partner(emptier, &p.read);

	while (mono_ns() < end)
		WAITED(PIPE, write(p.write, buffer, sizeof(buffer)));
	close(p.write);
	partner_join(other);
	close(p.read);
}

static NOINLINE void wait_in_poll(int fd)
{
	struct pollfd want = {.fd = fd, .events = POLLIN};

	WAITED(POLL, poll(&want, 1, -1));
}

void part_poll(void)
{
	struct pipe p = pipe_new();
	pthread_t other = partner(ticker, &p.write);

	for (uint64_t i = 0; i < rounds; i++) {
		wait_in_poll(p.read);
		must_read(p.read);
	}
	partner_join(other);
	pipe_done(&p);
}

void part_select(void)
{
	struct pipe p = pipe_new();
	pthread_t other = partner(ticker, &p.write);

	for (uint64_t i = 0; i < rounds; i++) {
		fd_set set;

		FD_ZERO(&set);
		FD_SET(p.read, &set);
		WAITED(POLL, select(p.read + 1, &set, NULL, NULL, NULL));
		must_read(p.read);
	}
	partner_join(other);
	pipe_done(&p);
}

void part_epoll(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct pipe p = pipe_new();
	pthread_t other = partner(ticker, &p.write);
	int fd = epoll_create1(0);

	must(epoll_ctl(fd, EPOLL_CTL_ADD, p.read, &event), "epoll_ctl");
	for (uint64_t i = 0; i < rounds; i++) {
		WAITED(POLL, epoll_wait(fd, &event, 1, -1));
		must_read(p.read);
	}
	partner_join(other);
	close(fd);
	pipe_done(&p);
}

/* A read, of a file that belongs to no file system. */
void part_eventfd(void)
{
	int fd = eventfd(0, EFD_SEMAPHORE);
	pthread_t other = partner(ticker, &fd);

	for (uint64_t i = 0; i < rounds; i++) {
		struct instant begin = wait_begin();

		must_read(fd);
		wait_end(POLL, begin);
	}
	partner_join(other);
	close(fd);
}

static int file_new(off_t size)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/waits-XXXXXX", dir ? dir : "/var/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		die(path);
	unlink(path);
	must(posix_fallocate(fd, 0, size), "posix_fallocate");
	return fd;
}

static NOINLINE void wait_on_disk(int fd)
{
	WAITED(DISK, fdatasync(fd));
}

void part_fdatasync(void)
{
	uint64_t end = mono_ns() + rounds * ROUND_NS;
	int fd = file_new(SYNC_BYTES);
	char *data = malloc(SYNC_BYTES);

	for (int round = 0; mono_ns() < end; round++) {
		memset(data, round, SYNC_BYTES);
		if (pwrite(fd, data, SYNC_BYTES, 0) != SYNC_BYTES)
			die("pwrite");
		wait_on_disk(fd);
	}
	free(data);
	close(fd);
}

static NOINLINE void wait_on_fault(const volatile char *at)
{
	WAITED(PAGEFAULT, *at);
}

/* A page here, a page there, of a file that is not in memory. */
void part_fault(void)
{
	uint64_t end = mono_ns() + rounds * ROUND_NS, pages = FAULT_BYTES / PAGE;
	int fd = file_new(FAULT_BYTES);
	char *page = malloc(PAGE);
	const char *file;

	memset(page, 1, PAGE); /* what was never written would not be read */
	for (uint64_t i = 0; i < pages; i++)
		if (pwrite(fd, page, PAGE, (off_t)(i * PAGE)) != PAGE)
			die("pwrite");
	WAITED(DISK, fdatasync(fd));
	file = mmap(NULL, FAULT_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		die("mmap");
	madvise((void *)file, FAULT_BYTES, MADV_RANDOM);
	for (uint64_t i = 0; mono_ns() < end; i++) {
		if (i % pages == 0) {
			madvise((void *)file, FAULT_BYTES, MADV_DONTNEED);
			must(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "posix_fadvise");
		}
		wait_on_fault(file + i * 4097 % pages * PAGE);
	}
	munmap((void *)file, FAULT_BYTES);
	free(page);
	close(fd);
}

/* One read of a pipe that the kernel gives to a worker of the process; no library is needed. */
static void uring_read(int ring, struct io_uring_params *p, int fd, uint64_t *to)
{
	char *sq = mmap(NULL, p->sq_off.array + p->sq_entries * 4, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p->sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	unsigned int *tail;

	if (sq == MAP_FAILED || sqe == MAP_FAILED)
		die("mmap of the ring");
	tail = (unsigned int *)(sq + p->sq_off.tail);
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_READ;
	sqe->flags = IOSQE_ASYNC;
	sqe->fd = fd;
	sqe->addr = (uintptr_t)to;
	sqe->len = sizeof(*to);
	*(unsigned int *)(sq + p->sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	WAITED(POLL, syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	munmap(sq, p->sq_off.array + p->sq_entries * 4);
	munmap(sqe, p->sq_entries * sizeof(*sqe));
}

void part_uring(void)
{
	struct io_uring_params params = {0};
	struct pipe p = pipe_new();
	uint64_t tick = 0;
	pthread_t other;
	int ring;

	ring = (int)syscall(SYS_io_uring_setup, 1, &params);
	if (ring < 0)
		die("io_uring_setup");
	other = partner(ticker, &p.write);
	uring_read(ring, &params, p.read, &tick);
	for (uint64_t i = 1; i < rounds; i++)
		must_read(p.read);
	if (tick != 1)
		die("what the ring read");
	partner_join(other);
	close(ring);
	pipe_done(&p);
}
