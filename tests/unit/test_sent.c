/*
 * What was to be sent and what was, in the journal of a delivery; limits; and the SMTP client with
 * servers that fail.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/smtp.h"
#include "store/store.h"
#include "store/tally.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
	char dir[64];
	struct arena *mem;
	struct err err;
};

static void place_open(struct place *p)
{
	strcpy(p->dir, "/tmp/test_sent.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	p->mem = arena_new();
}

static void place_close(struct place *p)
{
	assert_int_equal(tree_remove(p->dir), 0);
	arena_free(p->mem);
}

/* ---- the journal ---- */

static struct store *open_store(struct place *p)
{
	const struct store_conf conf = {.maildir = arena_fmt(p->mem, "%s/Maildir", p->dir).p};
	struct store *s = store_open(&conf, &p->err);
	assert_non_null(s);
	return s;
}

static void put(struct place *p, struct store *s, const struct store_id *id)
{
	static const struct str text = STR_LIT("A: b\n\nx\n");
	const struct store_item item = {.pieces = &text, .piece_count = 1};
	struct store_receipt receipt;
	assert_int_equal(store_put(s, id, &item, 1, p->mem, &receipt, &p->err), 0);
}

static void check_intended(
	struct place *p, struct store *s, const struct store_id *id, const char *wanted)
{
	struct str_list whats;
	struct str all = {"", 0};
	assert_int_equal(store_intended(s, id, p->mem, &whats, &p->err), 0);
	for (size_t i = 0; i < whats.count; i++)
		all = arena_fmt(
			p->mem, STR_FMT STR_FMT ";", STR_ARGS(all), STR_ARGS(whats.items[i]));
	if (!str_eq(all, str_of(wanted)))
		fail_msg(STR_FMT " instead of %s", STR_ARGS(all), wanted);
}

static bool was_sent(struct place *p, struct store *s, const struct store_id *id, const char *what)
{
	bool sent;
	assert_int_equal(store_was_sent(s, id, str_of(what), &sent, &p->err), 0);
	return sent;
}

/* Each step by another process, as after a kill. */
static void test_journal(void **state)
{
	struct place p;
	const struct str part = STR_LIT("delivery");
	struct store_id id = store_id_of(&part, 1), other = store_id_of(&part, 0);
	(void)state;
	place_open(&p);
	id.unique = true;
	struct store *s = open_store(&p);
	check_intended(&p, s, &id, "");
	store_intend(s, STR_LIT("redirect a"));
	store_intend(s, STR_LIT("vacation"));
	store_close(s); /* dies before it stores: nothing was meant */
	s = open_store(&p);
	check_intended(&p, s, &id, "");
	store_intend(s, STR_LIT("redirect a"));
	store_intend(s, STR_LIT("vacation"));
	put(&p, s, &id);
	store_close(s);
	s = open_store(&p);
	check_intended(&p, s, &id, "redirect a;vacation;");
	check_intended(&p, s, &other, "");
	assert_false(was_sent(&p, s, &id, "vacation"));
	assert_int_equal(store_set_sent(s, &id, STR_LIT("vacation"), &p.err), 0);
	store_close(s);
	s = open_store(&p);
	assert_true(was_sent(&p, s, &id, "vacation"));
	assert_false(was_sent(&p, s, &id, "redirect a"));
	check_intended(&p, s, &id, "redirect a;");
	/* The retry reports it again and stores nothing new. */
	store_intend(s, STR_LIT("redirect a"));
	store_intend(s, STR_LIT("vacation"));
	put(&p, s, &id);
	assert_true(was_sent(&p, s, &id, "vacation"));
	check_intended(&p, s, &id, "redirect a;");
	assert_int_equal(store_set_sent(s, &id, STR_LIT("redirect a"), &p.err), 0);
	assert_int_equal(store_set_sent(s, &id, STR_LIT("redirect a"), &p.err), 0);
	assert_int_equal(store_set_sent(s, &id, STR_LIT("vacation"), &p.err), 0);
	check_intended(&p, s, &id, "");
	store_intend(s, STR_LIT("vacation"));
	put(&p, s, &id);
	check_intended(&p, s, &id, "");
	store_close(s);
	place_close(&p);
}

/* ---- limits ---- */

static const struct tally_row {
	const char *name;
	int64_t times[6]; /* when one more comes; 0 ends them */
	const char *over; /* 1 for each that is too much */
} tally_rows[] = {
	{"tally: below the limit", {100, 101}, "00"},
	{"tally: above it", {100, 101, 102, 103}, "0011"},
	{"tally: the next period", {100, 101, 102, 160, 161, 162}, "001001"},
	{"tally: the last second", {100, 101, 159}, "001"},
	{"tally: a clock that was set back", {100, 101, 50, 51, 52}, "00001"},
};

static void test_tally(void **state)
{
	const struct tally_row *row = *state;
	struct place p;
	place_open(&p);
	for (size_t i = 0; i < 6 && row->times[i]; i++) {
		bool over;
		assert_int_equal(
			tally_add(p.dir, STR_LIT("a"), 60, 2, row->times[i], &over, &p.err), 0);
		if (over != (row->over[i] == '1'))
			fail_msg("number %zu", i);
		/* Others do not count. */
		assert_int_equal(tally_add(p.dir, arena_fmt(p.mem, "b%zu", i), 60, 1, row->times[i],
					 &over, &p.err),
			0);
		assert_false(over);
	}
	place_close(&p);
}

/* ---- SMTP ---- */

/*
 * What the server says to the greeting, EHLO, MAIL, RCPT, DATA, the end of the message; "" closes,
 * "-" hangs.
 */
static const struct smtp_row {
	const char *name, *says[6];
	const char *error; /* NULL: it is taken */
	enum fault fault;
	bool unknown; /* the server may have it */
	bool hangs;   /* after its answer, whatever it is asked */
} smtp_rows[] = {
	{"smtp: taken", {"220 x", "250 x", "250 x", "250 x", "354 x", "250 x"}, NULL, FAULT_TEMP,
		false, false},
	{"smtp: closes at once", {""}, "did not accept", FAULT_TEMP, false, false},
	{"smtp: no greeting", {"-"}, "takes too long", FAULT_TEMP, false, false},
	{"smtp: a greeting of failure", {"554 x"}, "did not accept", FAULT_TEMP, false, false},
	{"smtp: we are refused", {"220 x", "550 x", "550 x"}, "did not accept", FAULT_TEMP, false,
		false},
	{"smtp: nonsense", {"hello"}, "takes too long", FAULT_TEMP, false, false},
	{"smtp: the sender is refused", {"220 x", "250 x", "550 x"}, "550", FAULT_REFUSED, false,
		false},
	{"smtp: the recipient is refused", {"220 x", "250 x", "250 x", "550 x"}, "550",
		FAULT_REFUSED, false, false},
	{"smtp: later, please", {"220 x", "250 x", "250 x", "451 x"}, "451", FAULT_TEMP, false,
		false},
	{"smtp: no data", {"220 x", "250 x", "250 x", "250 x", "554 x"}, "554", FAULT_REFUSED,
		false, false},
	{"smtp: not after all", {"220 x", "250 x", "250 x", "250 x", "354 x", "552 x"}, "552",
		FAULT_REFUSED, false, false},
	{"smtp: goes away in the message", {"220 x", "250 x", "250 x", "250 x", "354 x", ""},
		"did not say", FAULT_TEMP, true, false},
	{"smtp: hangs after the message", {"220 x", "250 x", "250 x", "250 x", "354 x", "-"},
		"did not say", FAULT_TEMP, true, false},
	{"smtp: a half answer", {"220 x", "250 x", "250 x", "250 x", "354 x", "250-x"},
		"did not say", FAULT_TEMP, true, false},
	{"smtp: no answer to QUIT", {"220 x", "250 x", "250 x", "250 x", "354 x", "250 x"}, NULL,
		FAULT_TEMP, false, true},
};

static const char sent[] = "A: b\n\n.dot\nlast";
static const char received[] = "A: b\r\n\r\n..dot\r\nlast\r\n.\r\n";

static bool read_until(int fd, struct buf *all, const char *end)
{
	while (all->n < strlen(end) || strcmp(buf_cstr(all) + all->n - strlen(end), end) != 0) {
		ssize_t n = read(fd, buf_grow(all, 1), 1);
		if (n <= 0)
			return false;
		all->n++;
	}
	return true;
}

/* Exits with 0 when it got what was sent. */
static void serve(int listener, const struct smtp_row *row)
{
	int fd = accept(listener, NULL, NULL);
	struct buf got = {0};
	for (int i = 0; i < 6; i++) {
		if (i > 0 && !read_until(fd, &got, i == 5 ? "\r\n.\r\n" : "\r\n"))
			_exit(1);
		if (i == 5)
			break;
		buf_clear(&got);
		if (!row->says[i] || !row->says[i][0])
			_exit(1);
		if (row->says[i][0] == '-')
			pause();
		if (dprintf(fd, "%s\r\n", row->says[i]) < 0)
			_exit(1);
	}
	if (row->says[5][0] == '-')
		pause();
	if (row->says[5][0])
		dprintf(fd, "%s\r\n", row->says[5]);
	if (row->hangs)
		pause();
	buf_clear(&got);
	_exit(0);
}

static void test_smtp(void **state)
{
	const struct smtp_row *row = *state;
	struct place p;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	place_open(&p);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	pid_t pid = fork();
	if (pid == 0)
		serve(listener, row);
	close(listener);
	FILE *file = tmpfile();
	assert_non_null(file);
	assert_int_equal(fputs(sent, file) < 0, 0);
	rewind(file);
	static const struct str recipient = STR_LIT("ann@a.test");
	const struct smtp_message m = {
		.url = arena_fmt(p.mem, "smtp://127.0.0.1:%d", ntohs(at.sin_port)).p,
		.sender = STR_LIT("bob@b.test"),
		.recipients = &recipient,
		.recipient_count = 1,
		.file = fileno(file),
		.seconds = row->hangs ? 120 : 2};
	time_t start = time(NULL);
	int r = smtp_send(&m, &p.err);
	assert_int_equal(r, row->unknown ? SMTP_UNKNOWN : row->error ? -1 : 0);
	assert_true(time(NULL) < start + 100);
	if (row->error && !strstr(p.err.text, row->error))
		fail_msg("%s", p.err.text);
	if (row->error)
		assert_int_equal(p.err.fault, row->fault);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fclose(file);
	place_close(&p);
}

/* ---- what reaches MAIL FROM and RCPT TO ---- */

#define UTF8_ "250-x\r\n250-SIZE 100\r\n250 SMTPUTF8"
#define X100                                                                                       \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxx"

static const struct path_row {
	const char *name;
	struct str sender, recipient;
	const char *ehlo; /* the answer; NULL: that of a server without extensions */
	const char *says; /* MAIL and RCPT, as the server gets them; NULL: neither */
	enum fault fault;
} path_rows[] = {
	{"smtp: plain", STR_LIT("a@b.test"), STR_LIT("c@d.test"), NULL,
		"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n", FAULT_TEMP},
	{"smtp: null sender", STR_LIT(""), STR_LIT("c@d.test"), NULL,
		"MAIL FROM:<>\r\nRCPT TO:<c@d.test>\r\n", FAULT_TEMP},
	{"smtp: brackets and a route", STR_LIT("<@x.test:a@b.test>"), STR_LIT("<c@d.test>"), NULL,
		"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n", FAULT_TEMP},
	{"smtp: what needs quotes", STR_LIT("a> b@b.test"), STR_LIT("c,d@e.test"), NULL,
		"MAIL FROM:<\"a> b\"@b.test>\r\nRCPT TO:<\"c,d\"@e.test>\r\n", FAULT_TEMP},
	{"smtp: a literal", STR_LIT("a@[192.0.2.1]"), STR_LIT("c@[IPv6:2001:db8::1]"), NULL,
		"MAIL FROM:<a@[192.0.2.1]>\r\nRCPT TO:<c@[IPv6:2001:db8::1]>\r\n", FAULT_TEMP},
	{"smtp: an international domain goes as A-labels",
		STR_LIT("a@b\xc3\xbc"
			"cher.test"),
		STR_LIT("c@b\xc3\xbc"
			"cher.test"),
		NULL, "MAIL FROM:<a@xn--bcher-kva.test>\r\nRCPT TO:<c@xn--bcher-kva.test>\r\n",
		FAULT_TEMP},
	{"smtp: UTF-8, and the server takes it", STR_LIT("j\xc3\xb6rg@b.test"), STR_LIT("c@d.test"),
		UTF8_, "MAIL FROM:<j\xc3\xb6rg@b.test> SMTPUTF8\r\nRCPT TO:<c@d.test>\r\n",
		FAULT_TEMP},
	{"smtp: a UTF-8 sender, and the server does not", STR_LIT("j\xc3\xb6rg@b.test"),
		STR_LIT("c@d.test"), NULL, NULL, FAULT_REFUSED},
	{"smtp: a UTF-8 recipient, and the server does not", STR_LIT("a@b.test"),
		STR_LIT("j\xc3\xb6rg@d.test"), "250-x\r\n250 8BITMIME", NULL, FAULT_REFUSED},
	{"smtp: a UTF-8 recipient, and the server takes it", STR_LIT("a@b.test"),
		STR_LIT("j\xc3\xb6rg@d.test"), UTF8_,
		"MAIL FROM:<a@b.test> SMTPUTF8\r\nRCPT TO:<j\xc3\xb6rg@d.test>\r\n", FAULT_TEMP},
	{"smtp: a command in the sender", STR_LIT("a@b.test>\r\nRCPT TO:<x@y.test"),
		STR_LIT("c@d.test"), NULL, NULL, FAULT_TEMP},
	{"smtp: a command in the recipient", STR_LIT("a@b.test"), STR_LIT("c@d.test>\r\nDATA"),
		NULL, NULL, FAULT_TEMP},
	{"smtp: a NUL in the recipient", STR_LIT("a@b.test"), STR_LIT("c@d.test\0x"), NULL, NULL,
		FAULT_TEMP},
	{"smtp: a parameter in the sender", STR_LIT("a@b.test> AUTH=<x"), STR_LIT("c@d.test"), NULL,
		NULL, FAULT_TEMP},
	{"smtp: a blank in the domain", STR_LIT("a@b .test"), STR_LIT("c@d.test"), NULL, NULL,
		FAULT_TEMP},
	{"smtp: too long", STR_LIT(X100 X100 X100 X100 X100 "@b.test"), STR_LIT("c@d.test"), NULL,
		NULL, FAULT_TEMP},
};

/* Takes all, and hands MAIL and RCPT on to REPORT. */
static void serve_paths(int listener, const char *ehlo, int report)
{
	struct buf got = {0};
	int fd = accept(listener, NULL, NULL);
	dprintf(fd, "220 x\r\n");
	while (read_until(fd, &got, "\r\n")) {
		bool data = str_istarts(buf_str(&got), STR_LIT("DATA"));
		bool hello = str_istarts(buf_str(&got), STR_LIT("EHLO"));
		if (!data && !hello && !str_istarts(buf_str(&got), STR_LIT("QUIT")) &&
			write(report, got.p, got.n) < 0)
			_exit(1);
		dprintf(fd, "%s\r\n", data ? "354 x" : hello ? ehlo : "250 x");
		buf_clear(&got);
		if (data && (!read_until(fd, &got, "\r\n.\r\n") || dprintf(fd, "250 x\r\n") < 0))
			break;
		buf_clear(&got);
	}
	_exit(0);
}

static int listen_somewhere(struct sockaddr_in *at)
{
	socklen_t size = sizeof *at;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	*at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	assert_int_equal(bind(listener, (struct sockaddr *)at, sizeof *at), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)at, &size), 0);
	return listener;
}

static void test_paths(void **state)
{
	const struct path_row *row = *state;
	struct place p;
	struct sockaddr_in at;
	int pipes[2];
	place_open(&p);
	int listener = listen_somewhere(&at);
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	if (pid == 0)
		serve_paths(listener, row->ehlo ? row->ehlo : "250 x", pipes[1]);
	close(listener);
	close(pipes[1]);
	FILE *file = tmpfile();
	assert_non_null(file);
	assert_int_equal(fputs(sent, file) < 0, 0);
	rewind(file);
	const struct smtp_message m = {
		.url = arena_fmt(p.mem, "smtp://127.0.0.1:%d", ntohs(at.sin_port)).p,
		.sender = row->sender,
		.recipients = &row->recipient,
		.recipient_count = 1,
		.file = fileno(file),
		.seconds = 30};
	int r = smtp_send(&m, &p.err);
	if ((r == 0) != (row->says != NULL))
		fail_msg("%d: %s", r, r ? p.err.text : "");
	if (r)
		assert_int_equal(p.err.fault, row->fault);
	char got[2048];
	size_t n = 0;
	ssize_t more;
	kill(pid, r ? SIGKILL : 0);
	waitpid(pid, NULL, 0);
	while ((more = read(pipes[0], got + n, sizeof got - 1 - n)) > 0)
		n += (size_t)more;
	got[n] = '\0';
	assert_string_equal(got, row->says ? row->says : "");
	close(pipes[0]);
	fclose(file);
	place_close(&p);
}

/*
 * What arrives is what was sent, with dots and line ends as SMTP wants them (RFC 5321 section
 * 4.5.2).
 */
static void test_bytes(void **state)
{
	(void)state;
	struct place p;
	int pipes[2];
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	place_open(&p);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	pid_t pid = fork();
	if (pid == 0) {
		static const char *const says[] = {
			"220 x", "250 x", "250 x", "250 x", "250 x", "354 x", "250 x"};
		struct buf got = {0};
		int fd = accept(listener, NULL, NULL);
		for (int i = 0; i < 7; i++) {
			size_t start = got.n;
			if (i > 0 && !read_until(fd, &got, i == 6 ? "\r\n.\r\n" : "\r\n"))
				_exit(1);
			if (i > 1 && write(pipes[1], got.p + start, got.n - start) < 0)
				_exit(1);
			dprintf(fd, "%s\r\n", says[i]);
		}
		_exit(0);
	}
	close(listener);
	close(pipes[1]);
	FILE *file = tmpfile();
	assert_non_null(file);
	assert_int_equal(fputs(sent, file) < 0, 0);
	assert_int_equal(fseek(file, 0, SEEK_SET), 0);
	static const struct str recipients[] = {STR_LIT("ann@a.test"), STR_LIT("c@d.test")};
	const struct smtp_message m = {
		.url = arena_fmt(p.mem, "smtp://127.0.0.1:%d", ntohs(at.sin_port)).p,
		.recipients = recipients,
		.recipient_count = 2,
		.file = fileno(file),
		.seconds = 10};
	assert_int_equal(smtp_send(&m, &p.err), 0);
	char got[512] = "";
	size_t n = 0;
	ssize_t more;
	while ((more = read(pipes[0], got + n, sizeof got - 1 - n)) > 0)
		n += (size_t)more;
	got[n] = '\0';
	assert_non_null(strstr(got, "MAIL FROM:<>"));
	assert_non_null(strstr(got, "RCPT TO:<ann@a.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n"));
	assert_non_null(strstr(got, received));
	waitpid(pid, NULL, 0);
	close(pipes[0]);
	fclose(file);
	place_close(&p);
}

static void test_urls(void **state)
{
	static const struct {
		const char *url;
		bool valid;
	} urls[] = {{"smtp://127.0.0.1:25", true}, {"smtp://localhost", true},
		{"smtp://[::1]:25", true}, {"smtp:///socket", false}, {"http://x", false},
		{"smtp://", false}, {"127.0.0.1:25", false}};
	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		if (smtp_url_valid(str_of(urls[i].url)) != urls[i].valid)
			fail_msg("%s", urls[i].url);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(test_journal, "the journal: meant, done, not done after all"),
		TABLE(test_tally, tally_rows),
		TABLE(test_smtp, smtp_rows),
		TABLE(test_paths, path_rows),
		TABLE_OF_ONE(test_bytes, "smtp: the bytes"),
		TABLE_OF_ONE(test_urls, "smtp: addresses of servers"),
	};
	signal(SIGPIPE, SIG_IGN);
	return table_run("sent", tables, sizeof tables / sizeof *tables);
}
