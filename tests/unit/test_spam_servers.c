/*
 * Anti-spam servers: their answers, and all that can go wrong with them. A process of the test
 * plays the server.
 */
#include "base/io.h"
#include "base/net.h"
#include "filters/spam/rspamd.h"
#include "filters/spam/spam.h"
#include "filters/spam/spamd.h"
#include "tests/unit/table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- answers ---- */

struct answer_row {
	const char *name, *answer;
	const char *is; /* "yes 15.00/5 SYMBOLS action", or NULL: no answer */
};

#define OK "SPAMD/1.1 0 EX_OK\r\n"

static const struct answer_row spamd_rows[] = {
	{"spamd: spam", OK "Content-length: 9\r\nSpam: True ; 1000.5 / 5.0\r\n\r\nGTUBE,A_B",
		"yes 1000.50/5 GTUBE,A_B "},
	{"spamd: ham", OK "Spam: False ; -1.2 / 5.0\r\n\r\nALL_TRUSTED\r\n",
		"no -1.20/5 ALL_TRUSTED "},
	{"spamd: without CR", "SPAMD/1.1 0 EX_OK\nSpam: True ; 6 / 5\n\nX", "yes 6.00/5 X "},
	{"spamd: no symbols", OK "Spam: False ; 0.0 / 5.0\r\n\r\n", "no 0.00/5  "},
	{"spamd: no blank line", OK "Spam: Yes ; 6 / 5", "yes 6.00/5  "},
	{"spamd: no blanks", OK "Spam:No;1/5\r\n\r\n", "no 1.00/5  "},
	{"spamd: an older version", "SPAMD/1.0 0 EX_OK\r\nSpam: True ; 6 / 5\r\n\r\n",
		"yes 6.00/5  "},
	{"spamd: field names in capitals", OK "SPAM: TRUE ; 6 / 5\r\n\r\n", "yes 6.00/5  "},
	{"spamd: nothing", "", NULL},
	{"spamd: an error", "SPAMD/1.0 76 Bad header line: (EOF during headers)\r\n", NULL},
	{"spamd: a timeout of its own", "SPAMD/1.1 79 Timeout: (30 second timeout)\r\n", NULL},
	{"spamd: no Spam field", OK "Content-length: 0\r\n\r\n", NULL},
	{"spamd: a Spam field without scores", OK "Spam: True\r\n\r\n", NULL},
	{"spamd: a Spam field with words", OK "Spam: True ; many / 5\r\n\r\n", NULL},
	{"spamd: a score that is infinite", OK "Spam: True ; inf / 5\r\n\r\n", NULL},
	{"spamd: a score in hex", OK "Spam: True ; 0x10 / 5\r\n\r\n", NULL},
	{"spamd: neither true nor false", OK "Spam: Maybe ; 6 / 5\r\n\r\n", NULL},
	{"spamd: two Spam fields", OK "Spam: True ; 6 / 5\r\nSpam: False ; 1 / 5\r\n\r\n", NULL},
	{"spamd: the Spam field in the body", OK "\r\nSpam: True ; 6 / 5\r\n", NULL},
	{"spamd: a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", NULL},
	{"spamd: an SMTP server", "220 mx.example ESMTP\r\n", NULL},
};

#define JSON(action, score, limit, more)                                                           \
	"{\"score\":" score ",\"required_score\":" limit ",\"action\":\"" action "\"" more "}"

static const struct answer_row rspamd_rows[] = {
	{"rspamd: reject",
		JSON("reject", "15.5", "15", ",\"symbols\":{\"GTUBE\":{\"score\":0},\"B\":{}}"),
		"yes 15.50/15 GTUBE,B reject"},
	{"rspamd: no action", JSON("no action", "-0.1", "15", ""), "no -0.10/15  no action"},
	{"rspamd: add header", JSON("add header", "7", "15", ""), "yes 7.00/15  add header"},
	{"rspamd: rewrite subject", JSON("rewrite subject", "9", "15", ""),
		"yes 9.00/15  rewrite subject"},
	{"rspamd: quarantine", JSON("quarantine", "9", "15", ""), "yes 9.00/15  quarantine"},
	{"rspamd: discard", JSON("discard", "9", "15", ""), "yes 9.00/15  discard"},
	{"rspamd: greylist", JSON("greylist", "4", "15", ""), "no 4.00/15  greylist"},
	{"rspamd: soft reject", JSON("soft reject", "1", "15", ""), "no 1.00/15  soft reject"},
	{"rspamd: soft reject, over the limit", JSON("soft reject", "16", "15", ""),
		"yes 16.00/15  soft reject"},
	{"rspamd: an action of later days", JSON("frown", "16", "15", ""), "yes 16.00/15  frown"},
	{"rspamd: an action of later days, below", JSON("frown", "1", "15", ""),
		"no 1.00/15  frown"},
	{"rspamd: other things",
		JSON("no action", "1", "15",
			",\"milter\":{\"add_headers\":{}},\"message-id\":\"x\",\"is_skipped\":"
			"false"),
		"no 1.00/15  no action"},
	{"rspamd: whole numbers", JSON("reject", "20", "15", ""), "yes 20.00/15  reject"},
	{"rspamd: it skipped the message", JSON("no action", "0", "0", ",\"is_skipped\":true"),
		"no 0.00/0  no action"},
	{"rspamd: GTUBE, which it skips", JSON("reject", "15", "15", ",\"is_skipped\":true"),
		"yes 15.00/15  reject"},
	{"rspamd: nothing", "", NULL},
	{"rspamd: no JSON", "hello", NULL},
	{"rspamd: half of it", "{\"score\":15.5,\"required_sc", NULL},
	{"rspamd: a list", "[1,2]", NULL},
	{"rspamd: no score", "{\"required_score\":15,\"action\":\"reject\"}", NULL},
	{"rspamd: a score in quotes",
		"{\"score\":\"15\",\"required_score\":15,\"action\":\"reject\"}", NULL},
	{"rspamd: no action at all", "{\"score\":15,\"required_score\":15}", NULL},
	{"rspamd: an error", "{\"error\":\"oops\"}", NULL},
	{"rspamd: two scores",
		"{\"score\":1,\"score\":99,\"required_score\":15,\"action\":\"reject\"}", NULL},
};

static void check_answer(const struct answer_row *row,
	bool (*read)(struct str, struct arena *, struct spam_result *, const char **))
{
	struct arena *mem = arena_new();
	struct spam_result r;
	const char *why = NULL;
	bool good = read(str_of(row->answer), mem, &r, &why);
	if (good != (row->is != NULL))
		fail_msg("%s", why ? why : "it was read");
	if (good) {
		struct str is =
			arena_fmt(mem, "%s %.2f/%g " STR_FMT " " STR_FMT, r.is_spam ? "yes" : "no",
				r.score, r.limit, STR_ARGS(r.symbols), STR_ARGS(r.action));
		if (!str_eq(is, str_of(row->is)))
			fail_msg("is \"%s\", expected \"%s\"", is.p, row->is);
	}
	arena_free(mem);
}

static void test_spamd(void **state)
{
	check_answer(*state, spamd_read);
}

static void test_rspamd(void **state)
{
	check_answer(*state, rspamd_read);
}

/* ---- addresses ---- */

static const struct {
	const char *name;
	bool valid;
} address_rows[] = {{"127.0.0.1:783", true}, {"localhost:11333", true}, {"localhost", true},
	{"[::1]:783", true}, {"[::1]", true}, {"::1", false}, {"/run/spamd.sock", true},
	{"", false}, {":783", false}, {"a:b", false}, {"a:99999", false}, {"[::1", false},
	{"[::1]x", false}, {"a b:1", false}, {"a:", false}};

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof address_rows / sizeof *address_rows; i++)
		if (net_address_valid(str_of(address_rows[i].name)) != address_rows[i].valid)
			fail_msg("%s", address_rows[i].name);
}

/* ---- a server of the test's own ---- */

enum manner {
	WELL,
	NOBODY_THERE,
	CLOSES_AT_ONCE,
	CLOSES_IN_REQUEST, /* has read a part of it */
	RESETS,
	SILENT,
	DRIPS, /* a byte now and then */
	HALF_ANSWER,
	NONSENSE,
	GIGABYTE,
	BINARY,
	NEVER_READS,
};

static char dir[] = "/tmp/mda-test-spam.XXXXXX";

/*
 * The head and the body of a request, as far as they come until CLOSING or the header says that it
 * is over.
 */
static void read_request(int fd, bool http)
{
	char part[65536];
	size_t have = 0, want = (size_t)-1;
	struct buf all = {0};
	while (have < want) {
		ssize_t n = read(fd, part, sizeof part);
		if (n <= 0)
			break;
		buf_add(&all, (struct str){part, (size_t)n});
		have = all.n;
		size_t end = str_ifind(buf_str(&all), STR_LIT("\r\n\r\n"));
		size_t at = str_ifind(buf_str(&all), STR_LIT("content-length:"));
		if (http && want == (size_t)-1 && end < all.n && at < end)
			want = end + 4 + (size_t)atol(buf_cstr(&all) + at + 15);
	}
	buf_free(&all);
}

static void send_text(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
		if (n <= 0)
			_exit(0);
		text = str_slice(text, (size_t)n, text.n);
	}
}

static struct str good_answer(bool http)
{
	static const char json[] = JSON("reject", "20", "15", ",\"symbols\":{\"A\":{}}");
	static char text[500];
	if (!http)
		return STR_LIT(OK "Spam: True ; 20.0 / 15.0\r\n\r\nA\r\n");
	snprintf(text, sizeof text,
		"HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
		sizeof json - 1, json);
	return str_of(text);
}

static void drip(int fd)
{
	for (;;) {
		struct timespec nap = {.tv_nsec = 50000000};
		send_text(fd, STR_LIT("S"));
		nanosleep(&nap, NULL);
	}
}

static void send_gigabyte(int fd, bool http)
{
	static char zeros[1 << 16];
	memset(zeros, ' ', sizeof zeros);
	send_text(fd, http ? STR_LIT("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
			   : STR_LIT(OK));
	for (int i = 0; i < 16384; i++)
		send_text(fd, (struct str){zeros, sizeof zeros});
}

static void serve(int fd, enum manner manner, bool http)
{
	char part[1000];
	struct linger reset = {1, 0};
	struct str good = good_answer(http);
	if (manner == CLOSES_IN_REQUEST && read(fd, part, sizeof part) >= 0)
		return;
	if (manner == NEVER_READS)
		pause();
	if (manner == CLOSES_AT_ONCE)
		return;
	read_request(fd, http);
	if (manner == RESETS && setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0)
		return;
	if (manner == SILENT)
		pause();
	if (manner == DRIPS)
		drip(fd);
	if (manner == HALF_ANSWER)
		send_text(fd, str_slice(good, 0, good.n - 12));
	if (manner == NONSENSE)
		send_text(fd, STR_LIT("What do you mean?\r\n\r\n"));
	if (manner == BINARY)
		send_text(fd, STR_LIT("\0\1\2\xff\0\r\n\0\r\n\r\n\0\0"));
	if (manner == GIGABYTE)
		send_gigabyte(fd, http);
	if (manner == WELL)
		send_text(fd, good);
}

/* A port of loopback, or a socket file in DIR; *FD listens. */
static struct str make_place(bool on_unix, int *fd, struct arena *mem)
{
	static int number;
	if (on_unix) {
		struct sockaddr_un u = {.sun_family = AF_UNIX};
		snprintf(u.sun_path, sizeof u.sun_path, "%s/s%d", dir, number++);
		*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(*fd, (struct sockaddr *)&u, sizeof u), 0);
		assert_int_equal(listen(*fd, 8), 0);
		return arena_str(mem, str_of(u.sun_path));
	}
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof in;
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&in, sizeof in), 0);
	assert_int_equal(listen(*fd, 8), 0);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)&in, &n), 0);
	return arena_fmt(mem, "127.0.0.1:%u", (unsigned)ntohs(in.sin_port));
}

/* Starts it; the process ends with its parent, or by kill(). */
static pid_t start_server(
	enum manner manner, bool http, bool on_unix, struct str *place, struct arena *mem)
{
	int fd;
	*place = make_place(on_unix, &fd, mem);
	pid_t pid = manner == NOBODY_THERE ? 0 : fork();
	if (pid != 0 || manner == NOBODY_THERE) {
		close(fd);
		return pid;
	}
	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	for (;;) {
		int client = accept(fd, NULL, NULL);
		if (client < 0)
			_exit(1);
		serve(client, manner, http);
		close(client);
	}
}

static void stop_server(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- faults ---- */

struct fault_row {
	const char *name;
	enum manner manner;
	const char *why;  /* in the note; NULL: it answers */
	size_t megabytes; /* of the message */
};

static const struct fault_row fault_rows[] = {
	{"answers", WELL, NULL, 0},
	{"answers to 20 MB", WELL, NULL, 20},
	{"is not there", NOBODY_THERE, "onnect", 0},
	{"closes at once", CLOSES_AT_ONCE, "", 0},
	{"closes in the middle of the request", CLOSES_IN_REQUEST, "", 20},
	{"resets the connection", RESETS, "", 0},
	{"says nothing", SILENT, "takes too long", 0},
	{"answers a byte at a time", DRIPS, "", 0},
	{"answers half", HALF_ANSWER, "", 0},
	{"answers nonsense", NONSENSE, "", 0},
	{"answers zeros", BINARY, "", 0},
	{"answers a gigabyte", GIGABYTE, "more than 1048576 bytes", 0},
	{"does not read", NEVER_READS, "takes too long", 20},
};

static struct message *make_message(size_t megabytes, struct buf *text)
{
	struct err err;
	buf_text(text, "From: a@b.test\nSubject: x\n\nbody\n");
	for (size_t i = 0; i < megabytes * 16384; i++)
		buf_text(
			text, "This line has sixty-four bytes, as many as fit into one of them.\n");
	struct message *m = message_borrow(buf_str(text), &err);
	assert_non_null(m);
	return m;
}

static void judge(const struct spam_conf *conf, size_t megabytes, struct verdict *v, int expected,
	struct arena *mem)
{
	const struct envelope env = {.sender = STR_LIT("a@b.test"),
		.recipient = STR_LIT("ann@x.test"),
		.mailbox = STR_LIT("ann@x.test")};
	struct buf text = {0};
	struct err err;
	struct message *m = make_message(megabytes, &text);
	verdict_init(v, mem, message_header_count(m));
	assert_int_equal(spam_judge(conf, m, &env, v, &err), expected);
	message_free(m);
	buf_free(&text);
}

static void check_outcome(const struct fault_row *row, const struct verdict *v)
{
	if (!row->why) {
		assert_int_equal(v->spam.state, SPAM_YES);
		assert_int_equal((int)v->spam.scan.score, 20);
		assert_true(str_eq(v->spam.scan.symbols, STR_LIT("A")));
		assert_int_equal(v->notes.count, 0);
		return;
	}
	assert_int_equal(v->spam.state, SPAM_UNKNOWN);
	assert_true(v->spam.scan.failed);
	assert_int_equal(v->notes.count, 1);
	if (str_ifind(v->notes.items[0], str_of(row->why)) == v->notes.items[0].n)
		fail_msg("the note is \"" STR_FMT "\", without \"%s\"", STR_ARGS(v->notes.items[0]),
			row->why);
}

static void run_fault(const struct fault_row *row, bool http, bool on_unix)
{
	struct arena *mem = arena_new();
	struct str place;
	pid_t pid = start_server(row->manner, http, on_unix, &place, mem);
	const struct str_list servers = {&place, 1};
	struct spam_conf conf = {.kind = http ? SPAM_BY_RSPAMD : SPAM_BY_SPAMD,
		.servers = {.protocol = http ? &spam_protocol_rspamd : &spam_protocol_spamd,
			.servers = &servers,
			.seconds = row->why && row->why[0] == 't' ? 1 : 15}};
	struct verdict v;
	if (row->manner == DRIPS)
		conf.servers.seconds = 1;
	judge(&conf, row->megabytes, &v, 0, mem);
	check_outcome(row, &v);
	stop_server(pid);
	arena_free(mem);
}

static void test_spamd_tcp(void **state)
{
	run_fault(*state, false, false);
}

static void test_spamd_unix(void **state)
{
	run_fault(*state, false, true);
}

static void test_rspamd_tcp(void **state)
{
	run_fault(*state, true, false);
}

static void test_rspamd_unix(void **state)
{
	run_fault(*state, true, true);
}

/* ---- several, limits, failure ---- */

struct several_row {
	const char *name;
	bool http;
	enum manner first;
};

static const struct several_row several_rows[] = {
	{"several: spamd, the first is not there", false, NOBODY_THERE},
	{"several: spamd, the first hangs", false, SILENT},
	{"several: spamd, the first drips", false, DRIPS},
	{"several: rspamd, the first is not there", true, NOBODY_THERE},
	{"several: rspamd, the first hangs", true, SILENT},
	{"several: rspamd, the first drips", true, DRIPS},
};

static void test_several(void **state)
{
	const struct several_row *row = *state;
	struct arena *mem = arena_new();
	struct str places[3];
	pid_t pids[3];
	pids[0] = start_server(row->first, row->http, false, &places[0], mem);
	pids[1] = start_server(NONSENSE, row->http, true, &places[1], mem);
	pids[2] = start_server(WELL, row->http, false, &places[2], mem);
	const struct str_list servers = {places, 3};
	const struct spam_conf conf = {.kind = row->http ? SPAM_BY_RSPAMD : SPAM_BY_SPAMD,
		.servers = {row->http ? &spam_protocol_rspamd : &spam_protocol_spamd, &servers, 6}};
	struct verdict v;
	judge(&conf, 0, &v, 0, mem);
	assert_int_equal(v.spam.state, SPAM_YES);
	assert_true(str_iends(v.spam.scan.by, places[2]));
	for (int i = 0; i < 3; i++)
		stop_server(pids[i]);
	arena_free(mem);
}

static void test_limits(void **state)
{
	static const struct {
		double limit;
		enum spam_state spam;
	} rows[] = {{19.9, SPAM_YES}, {20, SPAM_YES}, {20.1, SPAM_NO}};
	struct arena *mem = arena_new();
	struct str place;
	(void)state;
	pid_t pid = start_server(WELL, false, false, &place, mem);
	const struct str_list servers = {&place, 1};
	for (size_t i = 0; i < 3; i++) {
		const struct spam_conf conf = {.kind = SPAM_BY_SPAMD,
			.servers = {&spam_protocol_spamd, &servers, 15},
			.has_limit = true,
			.limit = rows[i].limit};
		struct verdict v;
		judge(&conf, 0, &v, 0, mem);
		assert_int_equal(v.spam.state, rows[i].spam);
	}
	stop_server(pid);
	arena_free(mem);
}

static void test_retry(void **state)
{
	struct arena *mem = arena_new();
	struct str place;
	(void)state;
	start_server(NOBODY_THERE, false, false, &place, mem);
	const struct str_list servers = {&place, 1};
	const struct spam_conf conf = {.kind = SPAM_BY_SPAMD,
		.servers = {&spam_protocol_spamd, &servers, 15},
		.failure = SPAM_FAILURE_RETRY};
	struct verdict v;
	judge(&conf, 0, &v, -1, mem);
	arena_free(mem);
}

static void test_not_asked(void **state)
{
	struct arena *mem = arena_new();
	struct str place = STR_LIT("/nowhere/at/all");
	const struct str_list servers = {&place, 1};
	const struct spam_conf conf = {.kind = SPAM_BY_SPAMD,
		.servers = {&spam_protocol_spamd, &servers, 15},
		.max_size = 1000,
		.failure = SPAM_FAILURE_RETRY};
	const struct envelope env = {0};
	struct err err;
	struct verdict v;
	(void)state;
	judge(&conf, 1, &v, 0, mem);
	assert_int_equal(v.spam.state, SPAM_UNKNOWN);
	struct message *m = message_borrow(STR_LIT("From: a@b.test\n\n"), &err);
	verdict_init(&v, mem, 1);
	v.lists.listing = LISTED_ALLOW;
	assert_int_equal(spam_judge(&conf, m, &env, &v, &err), 0);
	assert_int_equal(v.spam.state, SPAM_SKIPPED);
	v.lists.listing = LISTED_BLOCK;
	assert_int_equal(spam_judge(&conf, m, &env, &v, &err), 0);
	assert_int_equal(v.spam.state, SPAM_YES);
	v.lists.listing = LISTED_NOT;
	v.spam.by = "redirect";
	v.spam.state = SPAM_NO;
	assert_int_equal(spam_judge(&conf, m, &env, &v, &err), 0);
	assert_int_equal(v.spam.state, SPAM_NO);
	message_free(m);
	arena_free(mem);
}

/* ---- the field ---- */

struct field_row {
	const char *name;
	struct verdict v;
	const char *field; /* NULL: none */
};

static const struct field_row field_rows[] = {
	{"field: nobody was asked", {.spam.state = SPAM_NO}, NULL},
	{"field: off", {.spam.state = SPAM_UNKNOWN}, NULL},
	{"field: allowed", {.spam.state = SPAM_SKIPPED}, NULL},
	{"field: spam by the header", {.spam.state = SPAM_YES}, "X-Mda-Spam: yes; by=headers\n"},
	{"field: blocked", {.spam.state = SPAM_YES, .lists.listing = LISTED_BLOCK},
		"X-Mda-Spam: yes; by=list\n"},
	{"field: judged before", {.spam.state = SPAM_YES, .spam.by = "redirect"},
		"X-Mda-Spam: yes; by=redirect\n"},
	{"field: a server says no",
		{.spam.state = SPAM_NO,
			.spam.scan = {.by = {"spamd x", 7},
				.has_score = true,
				.score = 1.25,
				.limit = 5}},
		"X-Mda-Spam: no; score=1.25; limit=5; by=spamd x\n"},
	{"field: a server says yes, with symbols",
		{.spam.state = SPAM_YES,
			.spam.scan = {.by = {"rspamd y", 8},
				.has_score = true,
				.score = 20,
				.limit = 15,
				.symbols = {"A,B-C.D", 7}}},
		"X-Mda-Spam: yes; score=20.00; limit=15; by=rspamd y; symbols=A,B-C.D\n"},
	{"field: symbols that are none",
		{.spam.state = SPAM_YES,
			.spam.scan = {.by = {"y", 1},
				.has_score = true,
				.score = 2,
				.limit = 1,
				.symbols = {"A;\nX: y\x01", 8}}},
		"X-Mda-Spam: yes; score=2.00; limit=1; by=y; symbols=A__X__y_\n"},
	{"field: none answers", {.spam.state = SPAM_UNKNOWN, .spam.scan = {.failed = true}},
		"X-Mda-Spam: unknown\n"},
};

static void test_field(void **state)
{
	const struct field_row *row = *state;
	struct verdict v = row->v;
	v.mem = arena_new();
	spam_write(&v);
	assert_int_equal(v.header.added_count, row->field ? 1 : 0);
	if (row->field && !str_eq(v.header.added[0], str_of(row->field)))
		fail_msg("is " STR_FMT, STR_ARGS(v.header.added[0]));
	arena_free(v.mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_spamd, spamd_rows),
		TABLE(test_rspamd, rspamd_rows),
		TABLE(test_spamd_tcp, fault_rows),
		TABLE(test_spamd_unix, fault_rows),
		TABLE(test_rspamd_tcp, fault_rows),
		TABLE(test_rspamd_unix, fault_rows),
		TABLE(test_field, field_rows),
		TABLE_OF_ONE(test_addresses, "addresses of servers"),
		TABLE(test_several, several_rows),
		TABLE_OF_ONE(test_limits, "a limit of the address's own"),
		TABLE_OF_ONE(test_retry, "none answers: try again, when that is wanted"),
		TABLE_OF_ONE(test_not_asked, "nobody is asked about what is known, or too large"),
	};
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	int failed = table_run("spam_servers", tables, sizeof tables / sizeof *tables);
	char path[80];
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof path, "%s/s%d", dir, i);
		unlink(path);
	}
	if (rmdir(dir) < 0)
		perror(dir);
	return failed;
}
