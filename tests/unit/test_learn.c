/* How mda-learn reads a server's answer to one message, and what it sends to the server. */
#include "mda/tools/learn/learn.h"
#include "tests/unit/table.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define JSON(status, json)                                                                         \
	"HTTP/1.1 " status "\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n" json
#define OK "SPAMD/1.1 0 EX_OK\r\n"

enum { RSPAMD = SPAM_BY_RSPAMD, SPAMD = SPAM_BY_SPAMD };

static const struct answer_row {
	const char *name;
	int kind;
	const char *answer;
	int result;     /* of learn_message() */
	size_t learned; /* messages */
	const char *says;
} answer_rows[] = {
	{"rspamd: learned", RSPAMD, JSON("200 OK", "{\"success\":true}"), 0, 1,
		"mail: is learned as spam, from bob@b.test\n"},
	{"rspamd: too short for it", RSPAMD,
		"HTTP/1.1 204 <x@b.test> contains less tokens than required\r\n"
		"Connection: close\r\nContent-Length: 95\r\n\r\n",
		0, 0, "mail: the server learns nothing from it\n"},
	{"rspamd: known", RSPAMD, JSON("208 x", "{\"error\":\"<x> has been already learned\"}"), 0,
		1, "mail: is learned as spam, from bob@b.test\n"},
	{"rspamd: its conditions deny it", RSPAMD,
		JSON("404 x", "{\"error\":\"all learn conditions denied learning spam in x\"}"), 0,
		0, "mail: the server learns nothing from it: all learn conditions denied"},
	{"rspamd: no such page on some other server", RSPAMD, JSON("404 x", "<h1>Not found</h1>"),
		-1, 0, "not an answer of rspamd"},
	{"rspamd: a page of some other server", RSPAMD, JSON("200 OK", "<h1>Hello</h1>"), -1, 0,
		"not an answer of rspamd"},
	{"rspamd: a wrong password", RSPAMD,
		JSON("401 Unauthorized", "{\"error\":\"Unauthorized\"}"), -1, 0, "HTTP status 401"},
	{"rspamd: not the controller", RSPAMD,
		JSON("500 invalid command", "{\"error\":\"invalid command\"}"), -1, 0,
		"HTTP status 500"},
	{"rspamd: nothing", RSPAMD, "", -1, 0, "127.0.0.1"},
	{"spamd: learned", SPAMD, OK "DidSet: local\r\n\r\n", 0, 1,
		"mail: is learned as spam, from bob@b.test\n"},
	{"spamd: known", SPAMD, OK "\r\n", 0, 1, "mail: is learned as spam, from bob@b.test\n"},
	{"spamd: it may not", SPAMD, "SPAMD/1.0 69 Service Unavailable: TELL commands\r\n", -1, 0,
		"it answers with an error"},
};

/* Fields of ours, in any case, and between the sender's; one that only starts alike stays. */
static const char message[] = "Return-Path: <bob@b.test>\nX-Mda-Label: Unknown\n"
			      "X-Mda-Spam: yes; score=20;\n symbols=A\n"
			      "From: bob@b.test\nx-mda-spam: no\nX-Mdag: 1\n\n"
			      "X-Mda-Body: stays\n";
static const char taught[] = "Return-Path: <bob@b.test>\nFrom: bob@b.test\nX-Mdag: 1\n\n"
			     "X-Mda-Body: stays\n";

/* ---- a server that answers once ---- */

static size_t body_start(const char *request, size_t n)
{
	struct str all = {request, n};
	return str_ifind(all, STR_LIT("\r\n\r\n")) + 4;
}

/* Reads until the body is there, and writes to TELL whether it is what should be taught. */
static void serve(int fd, const char *answer, int tell)
{
	char request[4096] = "";
	size_t n = 0;
	ssize_t got;
	while (n < sizeof request && n < body_start(request, n) + sizeof taught - 1 &&
		(got = read(fd, request + n, sizeof request - n)) > 0)
		n += (size_t)got;
	size_t body = body_start(request, n);
	char right = n == body + sizeof taught - 1 &&
		     memcmp(request + body, taught, sizeof taught - 1) == 0;
	if (write(tell, &right, 1) != 1)
		_exit(1);
	(void)send(fd, answer, strlen(answer), MSG_NOSIGNAL); /* the client's result shows it */
}

static pid_t start_server(const char *answer, int tell, struct str *place, struct arena *mem)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	*place = arena_fmt(mem, "127.0.0.1:%u", (unsigned)ntohs(in.sin_port));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(60);
		int client = accept(fd, NULL, NULL);
		if (client >= 0)
			serve(client, answer, tell);
		_exit(0);
	}
	close(fd);
	return pid;
}

/* ---- the test ---- */

static void check(const struct answer_row *row, int result, struct learn *l, const struct err *err)
{
	struct str said = result < 0 ? str_of(err->text) : buf_str(l->out);
	assert_int_equal(result, row->result);
	assert_int_equal(l->spam, row->learned);
	assert_int_equal(l->ham, 0);
	if (str_ifind(said, str_of(row->says)) == said.n)
		fail_msg("it says \"" STR_FMT "\"", STR_ARGS(said));
}

static void test_answer(void **state)
{
	const struct answer_row *row = *state;
	struct arena *mem = arena_new();
	struct str place;
	struct buf out = {0};
	struct err err;
	int told[2];
	char right = 0;
	assert_int_equal(pipe(told), 0);
	pid_t pid = start_server(row->answer, told[1], &place, mem);
	const struct conf conf = {
		.antispam = row->kind, .learn_servers = {&place, 1}, .antispam_timeout = 30};
	struct learn l = {.conf = &conf, .mailbox = STR_LIT("ann@a.test"), .out = &out, .mem = mem};
	struct message *m = message_borrow(str_of(message), &err);
	assert_non_null(m);
	int result = learn_message(&l, m, "mail", true, &err);
	assert_int_equal(read(told[0], &right, 1), 1);
	check(row, result, &l, &err);
	if (!right)
		fail_msg("it was taught something else");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(told[0]);
	close(told[1]);
	message_free(m);
	buf_free(&out);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_answer, answer_rows)};
	return table_run("learn", tables, sizeof tables / sizeof *tables);
}
