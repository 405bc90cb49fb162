/*
 * lmtp CONNECTIONS MAILBOXES BATCH ROUNDS SIZE < PLAN: CONNECTIONS clients at once hand messages of
 * SIZE bytes to an LMTP server, for MAILBOXES mailboxes in turn. Each server of the plan gets a
 * batch of BATCH messages, in turns, ROUNDS times. Prints messages a second (median of the rounds),
 * and the time that a message took from MAIL to its reply: the median and the 99th percentile.
 *
 * A line of the plan: name TAB directory TAB socket. The directory is where all its mailboxes are.
 * A figure is printed only when as many messages were stored as were given.
 */
#include "tests/bench/feed.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_SERVERS = 4, LINE_MOST = 1024 };

struct server {
	char *name, *directory, *socket;
	double *rates, *times; /* messages a second, a round each; microseconds, a message each */
	long given;
};

static struct server servers[MAX_SERVERS];
static size_t server_count;
static long connections, mailboxes, batch, rounds, size;

/* ---- one client ---- */

struct client {
	const struct server *server;
	size_t number;
	long first, count;
	atomic_long *next; /* of the batch */
	double *times;
	FILE *in;
	int fd;
};

static void put(const struct client *c, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = send(c->fd, bytes, n, MSG_NOSIGNAL);
		if (done < 0)
			feed_fail(c->server->name, strerror(errno));
		bytes += done;
		n -= (size_t)done;
	}
}

static void expect(struct client *c, char first)
{
	char line[LINE_MOST];
	do
		if (!fgets(line, sizeof line, c->in))
			feed_fail(c->server->name, "the connection was lost");
	while (line[3] == '-');
	if (line[0] != first)
		feed_fail(c->server->name, line);
}

static void open_client(struct client *c)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", c->server->socket);
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0)
		feed_fail(c->server->name, strerror(errno));
	c->in = fdopen(c->fd, "r");
	if (!c->in)
		feed_fail(c->server->name, strerror(errno));
	expect(c, '2');
	put(c, "LHLO bench\r\n", 12);
	expect(c, '2');
}

/* The lines end in CR LF. */
static size_t on_the_wire(const char *message, char *to)
{
	size_t n = 0;
	for (long i = 0; i < size; i++) {
		if (message[i] == '\n')
			to[n++] = '\r';
		to[n++] = message[i];
	}
	memcpy(to + n, "\r\n.\r\n", 5);
	return n + 5;
}

/* As Postfix does it: the three commands at once. */
static void hand_over(struct client *c, long mailbox, const char *wire, size_t n)
{
	char commands[LINE_MOST];
	int length = snprintf(commands, sizeof commands,
		"MAIL FROM:<alice@outside.test>\r\nRCPT TO:<%ld@example.com>\r\nDATA\r\n", mailbox);
	put(c, commands, (size_t)length);
	expect(c, '2');
	expect(c, '2');
	expect(c, '3');
	put(c, wire, n);
	expect(c, '2');
}

static void *run_client(void *context)
{
	struct client *c = context;
	char *message = feed_space((size_t)size), *wire = feed_space(2 * (size_t)size + 8);
	open_client(c);
	for (long i; (i = (*c->next)++) < c->count;) {
		feed_message(message, (size_t)size, c->number, c->first + i);
		size_t n = on_the_wire(message, wire);
		double start = feed_now();
		hand_over(c, (c->first + i) % mailboxes, wire, n);
		c->times[i] = feed_now() - start;
	}
	put(c, "QUIT\r\n", 6);
	expect(c, '2');
	fclose(c->in);
	free(message);
	free(wire);
	return NULL;
}

/* ---- a batch ---- */

/* Returns the microseconds that it took. */
static double run_batch(struct server *s, size_t number, long count, double *times)
{
	atomic_long next = 0;
	pthread_t *threads = calloc((size_t)connections, sizeof *threads);
	struct client *clients = calloc((size_t)connections, sizeof *clients);
	if (!threads || !clients)
		feed_fail(s->name, strerror(errno));
	double start = feed_now();
	for (long i = 0; i < connections; i++) {
		clients[i] = (struct client){.server = s,
			.number = number,
			.first = s->given,
			.count = count,
			.next = &next,
			.times = times};
		if (pthread_create(&threads[i], NULL, run_client, &clients[i]) != 0)
			feed_fail(s->name, "cannot start a thread");
	}
	for (long i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	s->given += count;
	free(threads);
	free(clients);
	return feed_now() - start;
}

/* The first message to a mailbox makes it, which is not what is measured. */
static void make_mailboxes(struct server *s, size_t number)
{
	double *times = calloc((size_t)mailboxes, sizeof *times);
	if (!times)
		feed_fail(s->name, strerror(errno));
	if (s->given < mailboxes)
		(void)run_batch(s, number, mailboxes, times);
	free(times);
}

static bool read_line(char *line)
{
	if (server_count == MAX_SERVERS)
		feed_fail(line, "too many servers");
	struct server *s = &servers[server_count];
	char *rest = NULL;
	s->name = strtok_r(line, "\t\n", &rest);
	if (!s->name)
		return false;
	s->directory = strtok_r(NULL, "\t\n", &rest);
	s->socket = strtok_r(NULL, "\t\n", &rest);
	s->rates = calloc((size_t)rounds, sizeof *s->rates);
	s->times = calloc((size_t)(rounds * batch), sizeof *s->times);
	if (!s->socket || !s->rates || !s->times)
		feed_fail(s->name, "a line is: name TAB directory TAB socket");
	server_count++;
	return true;
}

/* Sorted, the rounds show their median. */
static double sort_rates(struct server *s)
{
	qsort(s->rates, (size_t)rounds, sizeof *s->rates, feed_ascending);
	return s->rates[rounds / 2];
}

static void print(struct server *s, double base)
{
	size_t all = (size_t)(rounds * batch);
	double rate = sort_rates(s);
	qsort(s->times, all, sizeof *s->times, feed_ascending);
	printf("%-32s %8.0f a second %6.2f x  median %8.2f ms  99th %8.2f ms\n", s->name, rate,
		rate / base, s->times[all / 2] / 1e3, s->times[all * 99 / 100] / 1e3);
}

int main(int argc, char **argv)
{
	char line[4 * LINE_MOST];
	if (argc != 6)
		feed_fail("usage", "lmtp CONNECTIONS MAILBOXES BATCH ROUNDS SIZE < PLAN");
	connections = atol(argv[1]);
	mailboxes = atol(argv[2]);
	batch = atol(argv[3]);
	rounds = atol(argv[4]);
	size = atol(argv[5]);
	while (fgets(line, sizeof line, stdin)) {
		char *kept = strdup(line);
		if (!kept || !read_line(kept))
			feed_fail(line, "not a line of a plan");
	}
	for (size_t i = 0; i < server_count; i++) {
		servers[i].given = feed_stored(servers[i].directory);
		make_mailboxes(&servers[i], i);
	}
	for (long round = 0; round < rounds; round++)
		for (size_t i = 0; i < server_count; i++)
			servers[i].rates[round] =
				(double)batch * 1e6 /
				run_batch(&servers[i], i, batch, servers[i].times + round * batch);
	for (size_t i = 0; i < server_count; i++)
		if (feed_stored(servers[i].directory) != servers[i].given)
			feed_fail(servers[i].name, "not every message was stored");
	for (size_t i = 0; i < server_count; i++)
		print(&servers[i], sort_rates(&servers[0]));
	return 0;
}
