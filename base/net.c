#include "base/net.h"

#include "base/io.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HOST_MOST = 256, PORT_MOST = 32, CHUNK = 16 * 1024 };

/* ---- addresses ---- */

struct place {
	char host[HOST_MOST], port[PORT_MOST];
};

static bool copy(struct str s, char *to, size_t room)
{
	if (s.n == 0 || s.n >= room)
		return false;
	memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	return true;
}

/* Reads "[::1]:783", "host:783" or "host". */
static bool parse(struct str address, const char *usual_port, struct place *p)
{
	struct str host, port = str_of(usual_port);
	if (address.n && address.p[0] == '[') {
		size_t end = str_find(address, ']');
		host = str_slice(address, 1, end);
		if (end == address.n || (end + 1 < address.n && address.p[end + 1] != ':'))
			return false;
		if (end + 2 < address.n)
			port = str_slice(address, end + 2, address.n);
	} else {
		size_t colon = str_find(address, ':');
		host = str_slice(address, 0, colon);
		if (colon < address.n)
			port = str_slice(address, colon + 1, address.n);
	}
	unsigned long long number;
	return copy(host, p->host, sizeof p->host) && copy(port, p->port, sizeof p->port) &&
	       str_number(port, 65535, &number);
}

bool net_address_valid(struct str address)
{
	struct place p;
	for (size_t i = 0; i < address.n; i++)
		if ((unsigned char)address.p[i] <= ' ')
			return false;
	if (address.n && address.p[0] == '/')
		return address.n < sizeof((struct sockaddr_un *)0)->sun_path;
	return parse(address, "1", &p);
}

/* ---- waiting ---- */

static int fail(const struct net_exchange *x, const char *what, int code, struct err *err)
{
	return err_temp(err, "%s: %s: %s", x->server, what, strerror(code));
}

static int await(
	const struct net_exchange *x, int fd, short events, const char *what, struct err *err)
{
	struct pollfd p = {.fd = fd, .events = events};
	for (;;) {
		long long left = x->deadline - io_microseconds();
		if (left <= 0)
			return err_temp(err, "%s: %s takes too long", x->server, what);
		int r = poll(&p, 1, (int)(left / 1000 < 1000000 ? left / 1000 + 1 : 1000000));
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return fail(x, what, errno, err);
	}
}

/* ---- connecting ---- */

static int finish_connect(const struct net_exchange *x, int fd, struct err *err)
{
	int code = 0;
	socklen_t n = sizeof code;
	if (await(x, fd, POLLOUT, "to connect", err) < 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n) < 0)
		code = errno;
	return code ? fail(x, "cannot connect", code, err) : 0;
}

static int connect_to(const struct net_exchange *x, int family, const struct sockaddr *address,
	socklen_t size, struct err *err)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(x, "cannot make a socket", errno, err);
	int r = connect(fd, address, size);
	/* If the queue of a Unix socket is full, the error is EAGAIN, and waiting does not help. */
	if (r < 0 && (errno == EINPROGRESS || errno == EINTR))
		r = finish_connect(x, fd, err);
	else if (r < 0)
		(void)fail(x, "cannot connect", errno, err); /* R says that it failed */
	if (r == 0)
		return fd;
	close(fd); /* nothing was sent */
	return -1;
}

/* Who listens may have made the socket in a place where others can make files. */
static int check_listener(const struct net_exchange *x, int fd, struct err *err)
{
	struct ucred who;
	socklen_t n = sizeof who;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
		return fail(x, "cannot find out who listens", errno, err);
	if (who.uid == 0 || who.uid == geteuid())
		return 0;
	return err_temp(err, "%s: uid %ld listens there, not root", x->server, (long)who.uid);
}

static int connect_unix(const struct net_exchange *x, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (!copy(str_of(x->server), address.sun_path, sizeof address.sun_path))
		return err_temp(err, "%s: the path of the socket is too long", x->server);
	int fd = connect_to(x, AF_UNIX, (const struct sockaddr *)&address, sizeof address, err);
	if (fd < 0 || !x->trusted || check_listener(x, fd, err) == 0)
		return fd;
	close(fd); /* nothing was sent */
	return -1;
}

void net_limit_lookups(unsigned seconds)
{
	enum { ATTEMPTS = 2, NAME_SERVERS = 3 };
	char options[64];
	unsigned each = seconds / (ATTEMPTS * NAME_SERVERS);
	snprintf(options, sizeof options, "timeout:%u attempts:%d", each ? each : 1,
		ATTEMPTS); /* it fits */
	/*
	 * See resolv.conf(5). If there is no memory for it, the limit of the process ends a lookup.
	 */
	(void)setenv("RES_OPTIONS", options, 1);
}

/* Tries each address of the name until one answers. */
static int connect_tcp(const struct net_exchange *x, struct err *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found, *a;
	struct place p;
	int fd = -1;
	if (!parse(str_of(x->server), x->usual_port, &p))
		return err_temp(err, "%s is not host:port", x->server);
	int r = getaddrinfo(p.host, p.port, &hints, &found);
	if (r != 0)
		return err_temp(err, "%s: cannot find the host: %s", x->server, gai_strerror(r));
	for (a = found; a && fd < 0; a = a->ai_next)
		fd = connect_to(x, a->ai_family, a->ai_addr, a->ai_addrlen, err);
	freeaddrinfo(found);
	return fd;
}

/* ---- talking ---- */

static int send_piece(const struct net_exchange *x, int fd, struct str piece, struct err *err)
{
	while (piece.n) {
		/* MSG_NOSIGNAL: an error instead of SIGPIPE. */
		ssize_t n = send(fd, piece.p, piece.n, MSG_NOSIGNAL);
		if (n > 0) {
			piece = str_slice(piece, (size_t)n, piece.n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
			return fail(x, "cannot send", errno, err);
		if (await(x, fd, POLLOUT, "to send", err) < 0)
			return -1;
	}
	return 0;
}

static int send_all(const struct net_exchange *x, int fd, struct err *err)
{
	for (size_t i = 0; i < x->count; i++)
		if (send_piece(x, fd, x->pieces[i], err) < 0)
			return -1;
	if (x->half_close && shutdown(fd, SHUT_WR) < 0)
		return fail(x, "cannot end the request", errno, err);
	return 0;
}

static int receive_all(const struct net_exchange *x, int fd, struct buf *reply, struct err *err)
{
	for (;;) {
		if (await(x, fd, POLLIN, "the answer", err) < 0)
			return -1;
		char *p = buf_grow(reply, CHUNK);
		ssize_t n = recv(fd, p, CHUNK, 0);
		if (n == 0)
			return 0;
		if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
			continue;
		if (n < 0)
			return fail(x, "cannot receive", errno, err);
		reply->n += (size_t)n;
		if (reply->n > x->most)
			return err_temp(
				err, "%s: the answer has more than %zu bytes", x->server, x->most);
		if (x->is_whole && x->is_whole(x->context, buf_str(reply)))
			return 0;
	}
}

int net_exchange(const struct net_exchange *x, struct buf *reply, struct err *err)
{
	int fd = x->server[0] == '/' ? connect_unix(x, err) : connect_tcp(x, err);
	if (fd < 0)
		return -1;
	int r = send_all(x, fd, err);
	if (r == 0)
		r = receive_all(x, fd, reply, err);
	close(fd); /* the conversation is over or has failed */
	return r;
}
