/* A small IMAP client: commands, their answers, IDLE. Whatever goes wrong ends the program. */
#ifndef TESTS_E2E_IMAP_CLIENT_H
#define TESTS_E2E_IMAP_CLIENT_H

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { IMAP_LINE = 65536, IMAP_SECONDS = 600 };

struct imap {
	int fd;
	unsigned tag;
	char bytes[IMAP_LINE];
	size_t from, to;
};

/* Called for each untagged line of an answer. */
typedef void imap_visit(void *context, const char *line);

static inline void imap_die(const char *what, const char *why)
{
	printf("%s: %s\n", what, why);
	exit(1);
}

/* The next line, without its CRLF; valid until the next call. */
static inline const char *imap_line(struct imap *c)
{
	for (;;) {
		char *end = memchr(c->bytes + c->from, '\n', c->to - c->from);
		if (end) {
			char *line = c->bytes + c->from;
			c->from = (size_t)(end - c->bytes) + 1;
			*end = '\0';
			if (end > line && end[-1] == '\r')
				end[-1] = '\0';
			return line;
		}
		memmove(c->bytes, c->bytes + c->from, c->to - c->from);
		c->to -= c->from;
		c->from = 0;
		ssize_t n = read(c->fd, c->bytes + c->to, sizeof c->bytes - c->to);
		if (n <= 0)
			imap_die("IMAP", n ? "no answer" : "the server hung up");
		c->to += (size_t)n;
	}
}

static inline void imap_send(struct imap *c, const char *text)
{
	if (write(c->fd, text, strlen(text)) != (ssize_t)strlen(text))
		imap_die("IMAP", "cannot send");
}

/* Reads up to the tagged answer. False when it is NO; BAD ends the program. */
static inline bool imap_answer(struct imap *c, imap_visit *visit, void *context)
{
	char tag[16];
	int n = snprintf(tag, sizeof tag, "t%u ", c->tag);
	for (;;) {
		const char *line = imap_line(c);
		if (strncmp(line, tag, (size_t)n) == 0) {
			if (strncmp(line + n, "BAD", 3) == 0)
				imap_die("IMAP", line);
			return strncmp(line + n, "OK", 2) == 0;
		}
		if (visit)
			visit(context, line);
	}
}

static inline void __attribute__((format(printf, 2, 3)))
imap_start(struct imap *c, const char *format, ...)
{
	char text[4096];
	va_list args;
	int n = snprintf(text, sizeof text, "t%u ", ++c->tag);
	va_start(args, format);
	n += vsnprintf(text + n, sizeof text - (size_t)n - 3, format, args);
	va_end(args);
	strcpy(text + n, "\r\n");
	imap_send(c, text);
}

static inline void imap_connect(struct imap *c, unsigned short port, const char *user)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct timeval limit = {.tv_sec = IMAP_SECONDS};
	*c = (struct imap){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&at, sizeof at) < 0)
		imap_die("IMAP", "cannot connect");
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	imap_line(c);
	imap_start(c, "LOGIN %s secret", user);
	if (!imap_answer(c, NULL, NULL))
		imap_die("IMAP", "cannot log in");
}

static inline void imap_logout(struct imap *c)
{
	imap_start(c, "LOGOUT");
	imap_answer(c, NULL, NULL);
	close(c->fd);
}

static inline void imap_idle(struct imap *c)
{
	imap_start(c, "IDLE");
	while (imap_line(c)[0] != '+')
		;
}

static inline void imap_done(struct imap *c)
{
	imap_send(c, "DONE\r\n");
	imap_answer(c, NULL, NULL);
}

#endif
