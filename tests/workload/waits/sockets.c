// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets, local and over the loopback device. The other side acts once a round. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "waits.h"

#define CHUNK (1 << 20)

static void *sender(void *arg)
{
	int fd = *(int *)arg;
	char byte = 0;

	book_open("sender");
	for (uint64_t i = 0; i < rounds; i++) {
		nap();
		if (send(fd, &byte, 1, 0) != 1)
			die("send");
	}
	book_close();
	return NULL;
}

static void receive(int from, int to)
{
	pthread_t other = partner(sender, &to);
	char byte;

	for (uint64_t i = 0; i < rounds; i++)
		WAITED(NET, recv(from, &byte, 1, 0));
	partner_join(other);
	close(from);
	close(to);
}

void part_unix_recv(void)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	receive(pair[0], pair[1]);
}

static int tcp_listen(struct sockaddr_in *ret_address)
{
	socklen_t len = sizeof(*ret_address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*ret_address = (struct sockaddr_in){.sin_family = AF_INET};
	ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(fd, (struct sockaddr *)ret_address, len), "bind");
	must(listen(fd, 16), "listen");
	must(getsockname(fd, (struct sockaddr *)ret_address, &len), "getsockname");
	return fd;
}

static int tcp_connect(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	must(connect(fd, (const struct sockaddr *)address, sizeof(*address)), "connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void tcp_pair(int pair[2])
{
	struct sockaddr_in address;
	int fd = tcp_listen(&address);

	pair[0] = tcp_connect(&address);
	pair[1] = accept(fd, NULL, NULL);
	if (pair[1] < 0)
		die("accept");
	close(fd);
}

void part_tcp_recv(void)
{
	int pair[2];

	tcp_pair(pair);
	receive(pair[0], pair[1]);
}

static void *drainer(void *arg)
{
	static char buffer[CHUNK];
	int fd = *(int *)arg;

	book_open("drainer");
	for (;;) {
		ssize_t n;

		nap();
		do {
			n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		} while (n > 0);
		if (n == 0 || errno != EAGAIN)
			break;
	}
	book_close();
	return NULL;
}

void part_tcp_send(void)
{
	uint64_t end = mono_ns() + rounds * ROUND_NS;
	static char buffer[CHUNK];
	pthread_t other;
	int pair[2];

	tcp_pair(pair);
	other = partner(drainer, &pair[1]);
	while (mono_ns() < end)
		WAITED(NET, send(pair[0], buffer, sizeof(buffer), 0));
	shutdown(pair[0], SHUT_WR);
	partner_join(other);
	close(pair[0]);
	close(pair[1]);
}

static void *connector(void *arg)
{
	book_open("connector");
	for (uint64_t i = 0; i < rounds; i++) {
		nap();
		close(tcp_connect(arg));
	}
	book_close();
	return NULL;
}

void part_tcp_accept(void)
{
	struct sockaddr_in address;
	int fd = tcp_listen(&address), got = -1;
	pthread_t other = partner(connector, &address);

	for (uint64_t i = 0; i < rounds; i++) {
		WAITED(NET, got = accept(fd, NULL, NULL));
		close(got);
	}
	partner_join(other);
	close(fd);
}

static void *acceptor(void *arg)
{
	book_open("acceptor");
	for (uint64_t i = 0; i < rounds; i++) {
		nap();
		close(accept(*(int *)arg, NULL, NULL));
	}
	book_close();
	return NULL;
}

/* The queue of those who want to connect is full until one of them is accepted. */
void part_unix_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(sa_family_t);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pthread_t other;

	must(bind(fd, (struct sockaddr *)&address, len),
	     "bind"); /* a name of the kernel's choice */
	len = sizeof(address);
	must(getsockname(fd, (struct sockaddr *)&address, &len), "getsockname");
	must(listen(fd, 0), "listen");
	other = partner(acceptor, &fd);
	for (uint64_t i = 0; i < rounds; i++) {
		int to = socket(AF_UNIX, SOCK_STREAM, 0);

		WAITED(NET, connect(to, (struct sockaddr *)&address, len));
		close(to);
	}
	partner_join(other);
	close(fd);
}
