/* A connection of the server: memory, and what is said of clients and messages. */
#include "tests/unit/table.h"

#include "mda/lmtp/conn.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
	struct arena *mem;
	struct conf conf;
	struct server server;
	struct spool_room room;
	struct conn_shared shared;
	struct conn *conn;
	int client, back;
	struct buf got; /* what the client has read */
};

static void trust(struct fixture *f, struct peer_networks *networks)
{
	struct err err;
	const struct str word = STR_LIT("unix");
	const struct str_list words = {.items = (struct str *)&word, .count = 1};
	assert_int_equal(peer_networks_read(&words, "key", f->mem, networks, &err), 0);
}

static void begin(struct fixture *f)
{
	struct err err;
	int ends[2], channel[2];
	const struct sockaddr_storage address = {.ss_family = AF_UNIX};
	struct peer peer;
	*f = (struct fixture){.mem = arena_new(),
		.conf = {.lmtp_timeout = 300, .spool_dir = STR_LIT("/tmp")},
		.server = {.dialog = {.host = "here", .recipients = 10}},
		.room = {.most = 1000}};
	f->server.session.conf = &f->conf;
	trust(f, &f->server.trusted);
	trust(f, &f->server.xclient);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(channel_open(channel, &err), 0);
	f->shared =
		(struct conn_shared){.server = &f->server, .room = &f->room, .channel = channel[0]};
	f->client = ends[0];
	f->back = channel[1];
	peer_of(&address, &peer);
	f->conn = conn_new(&f->shared, ends[1], 1, &peer);
}

static void end(struct fixture *f)
{
	conn_free(f->conn);
	close(f->client);
	close(f->shared.channel);
	if (f->back >= 0)
		close(f->back);
	buf_free(&f->got);
	arena_free(f->mem);
}

static void read_all(struct fixture *f)
{
	char bytes[4096];
	ssize_t n;
	while ((n = recv(f->client, bytes, sizeof bytes, 0)) > 0)
		buf_add(&f->got, (struct str){bytes, (size_t)n});
}

/* Does what the connection can do now, as its front does. */
static void go_on(struct fixture *f)
{
	uint32_t events = conn_events(f->conn);
	if (events)
		conn_go_on(f->conn, events & EPOLLIN);
}

static void say(struct fixture *f, const char *text)
{
	assert_int_equal(send(f->client, text, strlen(text), 0), (ssize_t)strlen(text));
	go_on(f);
	read_all(f);
}

static size_t replies(const struct fixture *f, const char *start)
{
	struct str rest = buf_str(&f->got), line;
	size_t n = 0;
	while (str_line(&rest, &line))
		n += str_starts(line, str_of(start));
	return n;
}

/* The client sends commands with long replies, and reads none until it can send no more. */
static void never_reads(void **state)
{
	enum { COMMANDS = 100000, BATCH = 1000 };
	static const char line[] = "LHLO x\r\n";
	struct fixture f;
	struct buf batch = {0};
	size_t sent = 0, all = COMMANDS * (sizeof line - 1), before;
	(void)state;
	begin(&f);
	for (size_t i = 0; i < BATCH; i++)
		buf_text(&batch, line);
	for (before = SIZE_MAX; sent != before; go_on(&f)) {
		size_t from = sent % batch.n;
		before = sent;
		ssize_t n = send(f.client, batch.p + from, batch.n - from, 0);
		sent += n > 0 ? (size_t)n : 0;
		assert_true(dialog_output(f.conn->dialog)->n < 2 * DIALOG_OUTPUT_MOST);
	}
	assert_true(sent < all);
	/* When it reads, it gets a reply to each of them. */
	while (replies(&f, "250 ") < sent / (sizeof line - 1)) {
		before = f.got.n;
		read_all(&f);
		assert_true(f.got.n > before || conn_events(f.conn));
		go_on(&f);
		read_all(&f);
		if (f.got.n > (1 << 20)) { /* so much that the rest would only take time */
			assert_int_not_equal(conn_events(f.conn), 0);
			break;
		}
	}
	buf_free(&batch);
	end(&f);
}

static void answer(struct fixture *f, enum channel_kind kind)
{
	struct reply r;
	reply_set(&r, 250, "2.0.0", "done");
	const struct channel_message m = channel_reply(kind, f->conn->id, 0, &r);
	conn_hear(f->conn, &m);
	read_all(f);
}

static struct channel_message hear(struct fixture *f, enum channel_kind kind)
{
	static char buffer[CHANNEL_LARGEST];
	struct channel_message m;
	assert_int_equal(channel_receive(f->back, buffer, &m), 1);
	assert_int_equal(m.kind, kind);
	if (m.fd >= 0)
		close(m.fd);
	return m;
}

static void begin_message(struct fixture *f)
{
	say(f, "MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test> ORCPT=rfc822;c@z.test\r\n");
	(void)hear(f, CHANNEL_PROBE);
	answer(f, CHANNEL_KNOWN);
	say(f, "DATA\r\n");
}

static void assert_handed(struct fixture *f, const char *queue_id, const char *original)
{
	struct channel_message m = hear(f, CHANNEL_MAIL);
	assert_true(str_eq(m.text[1], str_of(queue_id)));
	m = hear(f, CHANNEL_TO);
	assert_true(str_eq(m.text[1], str_of(original)));
	answer(f, CHANNEL_DONE);
}

static void names_one_message(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	say(&f, "LHLO x\r\nXFORWARD IDENT=4Q\r\n");
	begin_message(&f);
	say(&f, ".\r\n");
	assert_handed(&f, "4Q", "c@z.test");
	begin_message(&f);
	say(&f, ".\r\n");
	assert_handed(&f, "", "c@z.test");
	end(&f);
}

static const struct xclient {
	const char *name, *command;
	const char *original; /* what is believed */
} xclients[] = {
	{"no address", "XCLIENT LOGIN=u\r\n", "c@z.test"},
	{"an address", "XCLIENT ADDR=192.0.2.1\r\n", ""},
	{"an IPv6 address", "XCLIENT ADDR=IPv6:2001:db8::1\r\n", ""},
	{"an unavailable address", "XCLIENT ADDR=[UNAVAILABLE]\r\n", ""},
	{"a temporarily unavailable address", "XCLIENT ADDR=[TEMPUNAVAIL]\r\n", ""},
	{"what is no address", "XCLIENT ADDR=unix\r\n", ""},
};

static void trusts(void **state)
{
	const struct xclient *row = *state;
	struct fixture f;
	begin(&f);
	say(&f, "LHLO x\r\n");
	say(&f, row->command);
	say(&f, "LHLO x\r\n");
	begin_message(&f);
	say(&f, ".\r\n");
	assert_handed(&f, "", row->original);
	end(&f);
}

/* Part of the message may have reached the back: nothing more can be said by this connection. */
static void loses_its_back(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	say(&f, "LHLO x\r\n");
	begin_message(&f);
	close(f.back);
	f.back = -1;
	say(&f, ".\r\nMAIL FROM:<>\r\n");
	assert_int_equal(replies(&f, "451 4.3.0"), 1);
	assert_int_equal(replies(&f, "421 4.3.0"), 1);
	assert_int_equal(replies(&f, "250 2.1.0"), 1);
	assert_true(conn_is_over(f.conn));
	end(&f);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(never_reads, "a client that does not read"),
		TABLE_OF_ONE(names_one_message, "XFORWARD names one message"),
		TABLE(trusts, xclients),
		TABLE_OF_ONE(loses_its_back, "a back that cannot be reached"),
	};
	return table_run("lmtp_conn", tables, sizeof tables / sizeof *tables);
}
