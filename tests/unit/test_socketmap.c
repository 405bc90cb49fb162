/* Tables that a server has, by Postfix's socketmap protocol: the protocol, and aliases from it. */
#include "tests/unit/table.h"

#include "base/buf.h"
#include "mda/conf/aliases.h"
#include "mda/conf/tables/socketmap.h"
#include "mda/conf/tables/table.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the protocol ---- */

static const struct row {
	const char *name;
	struct str reply;
	int result;
	const char *text; /* the value, or a part of the error */
} rows[] = {
	{"a value", STR_LIT("13:OK ann@a.test,"), 1, "ann@a.test"},
	{"a value with blanks", STR_LIT("9:OK a, b c,"), 1, "a, b c"},
	{"an empty value", STR_LIT("3:OK ,"), 1, ""},
	{"a length with zeros", STR_LIT("0004:OK a,"), 1, "a"},
	{"not found", STR_LIT("9:NOTFOUND ,"), 0, ""},
	{"not found, without a blank", STR_LIT("8:NOTFOUND,"), 0, ""},
	{"temporary", STR_LIT("11:TEMP broken,"), -1, "the table cannot be asked: TEMP broken"},
	{"timeout", STR_LIT("8:TIMEOUT ,"), -1, "the table cannot be asked: TIMEOUT"},
	{"permanent", STR_LIT("7:PERM \ta,"), -1, "the table cannot be asked: PERM  a"},
	{"nothing", STR_LIT(""), -1, "ends too early"},
	{"a length alone", STR_LIT("12"), -1, "ends too early"},
	{"cut off", STR_LIT("13:OK ann@a.tes"), -1, "ends too early"},
	{"without the comma", STR_LIT("13:OK ann@a.test"), -1, "ends too early"},
	{"another byte for the comma", STR_LIT("13:OK ann@a.test;"), -1, "is not a table's"},
	{"more after it", STR_LIT("13:OK ann@a.test,x"), -1, "is not a table's"},
	{"no length", STR_LIT(":OK a,"), -1, "is not a table's"},
	{"a negative length", STR_LIT("-4:OK a,"), -1, "is not a table's"},
	{"a long number", STR_LIT("1000000000000000000000:x"), -1, "is not a table's"},
	{"too long", STR_LIT("100001:OK x"), -1, "is not a table's"},
	{"an unknown word", STR_LIT("6:YES ab,"), -1, "is not a table's"},
	{"lower case", STR_LIT("6:ok abc,"), -1, "is not a table's"},
	{"no value", STR_LIT("2:OK,"), -1, "is not a table's"},
	{"a line end in it", STR_LIT("6:OK a\nb,"), -1, "is not a table's"},
	{"NUL in it", STR_LIT("6:OK a\0b,"), -1, "is not a table's"},
	{"another server", STR_LIT("220 a.test ESMTP\r\n"), -1, "\"220 a.test ESMTP  \""},
};

static void test_read(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str value = STR_EMPTY;
	struct err err = {.text = ""};
	int r = socketmap_read(row->reply, mem, &value, &err);
	assert_int_equal(r, row->result);
	if (r < 0 ? !strstr(err.text, row->text) : !str_eq(value, str_of(row->text)))
		fail_msg("\"%s\" " STR_FMT, err.text, STR_ARGS(value));
	arena_free(mem);
}

/* Byte by byte, it is complete at the end of what can be read, and not before. */
static void test_whole(void **state)
{
	const struct row *row = *state;
	size_t n = 0;
	while (n < row->reply.n && !socketmap_is_whole(NULL, str_slice(row->reply, 0, n)))
		n++;
	bool whole = socketmap_is_whole(NULL, str_slice(row->reply, 0, n));
	assert_int_equal(whole, row->result >= 0 || !strstr(row->text, "too early"));
	if (row->result >= 0)
		assert_int_equal(n, row->reply.n);
}

static void test_ask(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct str asked = socketmap_ask(STR_LIT("virtual"), STR_LIT("a,\n@b"), mem);
	assert_true(str_eq(asked, STR_LIT("13:virtual a,\n@b,")));
	arena_free(mem);
}

static const struct bad_name {
	const char *name, *table;
} bad_names[] = {
	{"nothing", "socketmap:"},
	{"another kind", "socketmap:tls:localhost:1:x"},
	{"no name", "socketmap:unix:/x:"},
	{"no path", "socketmap:unix::x"},
	{"a relative path", "socketmap:unix:x:y"},
	{"no port", "socketmap:inet:localhost:x"},
	{"a path as a host", "socketmap:inet:/x:y"},
	{"a blank", "socketmap:unix:/x:a b"},
};

static void test_bad_name(void **state)
{
	const struct bad_name *row = *state;
	struct arena *mem = arena_new();
	struct str value;
	struct err err;
	assert_false(socketmap_valid(str_of(row->table)));
	assert_int_equal(
		socketmap_find(str_of(row->table), STR_LIT("k"), 1, mem, &value, &err), -1);
	assert_non_null(strstr(err.text, "is not socketmap:inet:"));
	arena_free(mem);
}

/* ---- aliases from a server ---- */

static char directory[] = "/tmp/mda-test-socketmap.XXXXXX";

/* What the server has. A value "!" is a reply that is not one, "-" none at all. */
static const struct {
	const char *key, *value;
} entries[] = {
	{"info@a.test", "ann@a.test"},
	{"short@a.test", "bob"},
	{"team@a.test", "ann@a.test, bob@a.test"},
	{"chain@a.test", "info@a.test"},
	{"loop@a.test", "loop2@a.test"},
	{"loop2@a.test", "loop@a.test"},
	{"@syn.test", "@a.test"},
	{"odd@a.test", "@"},
	{"bad@a.test", "!"},
	{"mute@a.test", "-"},
};

static void answer(int fd, const char *key)
{
	char text[256], reply[300];
	const char *value = NULL;
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
		if (strcmp(entries[i].key, key) == 0)
			value = entries[i].value;
	while (value && *value == '-')
		pause();
	snprintf(text, sizeof text, "%s%s", value ? "OK " : "NOTFOUND ", value ? value : "");
	snprintf(reply, sizeof reply, "%zu:%s,", strlen(text), text);
	const char *sent = value && *value == '!' ? "nonsense" : reply;
	(void)!write(fd, sent, strlen(sent));
}

/* Writes a byte to COUNTER for each question; never returns. */
static void serve(int listener, int counter)
{
	for (;;) {
		char request[512];
		size_t n = 0;
		int fd = accept(listener, NULL, NULL);
		while (n < sizeof request - 1 && (n == 0 || request[n - 1] != ',')) {
			ssize_t got = read(fd, request + n, sizeof request - 1 - n);
			if (got <= 0)
				break;
			n += (size_t)got;
		}
		request[n ? n - 1 : 0] = '\0';
		const char *key = strstr(request, ":aliases ");
		if (write(counter, "", 1) == 1)
			answer(fd, key ? key + strlen(":aliases ") : "");
		close(fd);
	}
}

struct server {
	pid_t process;
	int counter;
	const char *path, *table;
};

static struct server start(struct arena *mem)
{
	int counter[2];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct server s = {.path = arena_fmt(mem, "%s/socket", directory).p};
	s.table = arena_fmt(mem, "socketmap:unix:%s:aliases", s.path).p;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", s.path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 20), 0);
	assert_int_equal(pipe(counter), 0);
	s.process = fork();
	assert_true(s.process >= 0);
	if (s.process == 0)
		serve(fd, counter[1]);
	close(fd);
	close(counter[1]);
	s.counter = counter[0];
	return s;
}

/* How many questions it had. */
static size_t stop(const struct server *s)
{
	size_t n = 0;
	char byte;
	kill(s->process, SIGKILL);
	waitpid(s->process, NULL, 0);
	while (read(s->counter, &byte, 1) == 1)
		n++;
	close(s->counter);
	(void)unlink(s->path);
	return n;
}

static const struct resolved {
	const char *name, *address, *mailbox;
	const char *error; /* a part of it; NULL: none */
} resolved[] = {
	{"no alias", "ann@a.test", "ann@a.test", NULL},
	{"an alias", "Info@A.test", "ann@a.test", NULL},
	{"with a detail", "info+x@a.test", "ann@a.test", NULL},
	{"a short target", "short@a.test", "bob@a.test", NULL},
	{"several targets", "team@a.test", "team@a.test", NULL},
	{"a chain", "chain@a.test", "ann@a.test", NULL},
	{"a loop", "loop@a.test", "loop@a.test", NULL},
	{"a synonym domain", "info@syn.test", "ann@a.test", NULL},
	{"a target that is no address", "odd@a.test", "odd@a.test", "odd@a.test: the target"},
	{"nonsense", "bad@a.test", "bad@a.test",
		"aliases: bad@a.test: the answer is not a table's"},
	{"silence", "mute@a.test", "mute@a.test", "the answer takes too long"},
};

static void test_aliases(void **state)
{
	const struct resolved *row = *state;
	struct arena *mem = arena_new();
	struct server server = start(mem);
	struct err err = {.text = ""};
	struct aliases *a = aliases_open(str_of(server.table), STR_LIT("+"), mem, &err);
	assert_non_null(a);
	table_wait(aliases_table(a), row->error && strstr(row->error, "too long") ? 1 : 60);
	struct str mailbox = aliases_mailbox(a, str_of(row->address), mem);
	int r = aliases_check(a, &err);
	stop(&server);
	if (!str_eq(mailbox, str_of(row->mailbox)))
		fail_msg(STR_FMT " %s", STR_ARGS(mailbox), err.text);
	assert_int_equal(r, row->error ? -1 : 0);
	if (row->error && !strstr(err.text, row->error))
		fail_msg("%s", err.text);
	arena_free(mem);
}

static void no_server(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct err err;
	struct str table = arena_fmt(mem, "socketmap:unix:%s/none:aliases", directory);
	struct aliases *a = aliases_open(table, STR_LIT("+"), mem, &err);
	(void)aliases_mailbox(a, STR_LIT("info@a.test"), mem);
	assert_int_equal(aliases_check(a, &err), -1);
	assert_non_null(strstr(err.text, "/none: cannot connect"));
	arena_free(mem);
}

/* A key is asked for once, also by the process that takes over what is known. */
static void asked_once(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct server server = start(mem);
	struct err err;
	struct aliases *a = aliases_open(str_of(server.table), STR_LIT("+"), mem, &err);
	struct aliases *b = aliases_open(str_of(server.table), STR_LIT("+"), mem, &err);
	for (int i = 0; i < 3; i++)
		(void)aliases_mailbox(a, STR_LIT("ann@a.test"), mem);
	aliases_add_those_of(b, a);
	(void)aliases_mailbox(b, STR_LIT("ann@a.test"), mem);
	assert_int_equal(stop(&server), 2); /* the address, and its domain */
	arena_free(mem);
}

struct parent {
	size_t asked;
};

static int find(
	void *context, struct str key, struct arena *mem, struct str *target, struct err *err)
{
	struct parent *p = context;
	(void)mem;
	p->asked++;
	if (str_eq(key, STR_LIT("x@a.test")))
		return err_temp(err, "asked too often");
	*target = str_eq(key, STR_LIT("info@a.test")) ? STR_LIT("ann@a.test") : STR_EMPTY;
	return target->n > 0;
}

/* A process without a network asks another, and after a failure no more. */
static void by_another(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct parent parent = {0};
	struct err err;
	struct aliases *a =
		aliases_open(STR_LIT("socketmap:unix:/none:x"), STR_LIT("+"), mem, &err);
	table_find_by(aliases_table(a), find, &parent);
	assert_true(str_eq(aliases_mailbox(a, STR_LIT("info@a.test"), mem), STR_LIT("ann@a.test")));
	assert_int_equal(aliases_check(a, &err), 0);
	size_t asked = parent.asked;
	(void)aliases_mailbox(a, STR_LIT("x@a.test"), mem);
	(void)aliases_mailbox(a, STR_LIT("y@a.test"), mem);
	assert_int_equal(parent.asked, asked + 1);
	assert_int_equal(aliases_check(a, &err), -1);
	assert_string_equal(err.text, "asked too often");
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_read, rows), TABLE(test_whole, rows),
		TABLE_OF_ONE(test_ask, "the request"), TABLE(test_bad_name, bad_names),
		TABLE(test_aliases, resolved), TABLE_OF_ONE(no_server, "no server"),
		TABLE_OF_ONE(asked_once, "a key is asked for once"),
		TABLE_OF_ONE(by_another, "another process asks")};
	(void)signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(directory))
		return 1;
	int failed = table_run("socketmap", tables, sizeof tables / sizeof *tables);
	(void)rmdir(directory);
	return failed;
}
