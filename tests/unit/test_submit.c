/* Handing a message to the MTA: what its program gets, and how its end is understood. */
#include "base/buf.h"
#include "base/io.h"
#include "mda/outgoing/submit.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static const char *in_dir(const char *name, struct arena *mem)
{
	return arena_fmt(mem, "%s/%s", dir, name).p;
}

/* A program in sendmail's place; "$D" is the test's directory. */
static const char *write_program(const char *script, struct arena *mem)
{
	const char *path = in_dir("sendmail", mem);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\nD=%s\n%s\n", dir, script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0700), 0);
	return path;
}

#define X50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X500 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50

static const struct row {
	const char *name, *script;
	struct str sender, recipient;
	const char *arguments; /* as the program saw them; NULL: it must not start */
	const char *error;     /* a part of it; NULL: taken */
} rows[] = {
	{"taken", "cat >$D/got", STR_LIT("a@b"), STR_LIT("c@d"), "-i -f a@b -- c@d", NULL},
	{"null sender", "cat >$D/got", STR_LIT(""), STR_LIT("c@d"), "-i -f <> -- c@d", NULL},
	{"shell signs", "cat >$D/got", STR_LIT("$(id)@b"), STR_LIT("`id`;x@d"),
		"-i -f \"$(id)\"@b -- \"`id`;x\"@d", NULL},
	{"a local part without the quotes that it needs", "cat >$D/got", STR_LIT("a b@c"),
		STR_LIT("<d@e>"), "-i -f \"a b\"@c -- d@e", NULL},
	{"another recipient in the recipient", "cat >$D/got", STR_LIT("a@b"), STR_LIT("c@d,e@f"),
		"-i -f a@b -- \"c@d,e\"@f", NULL},
	{"a source route", "cat >$D/got", STR_LIT("@x,@y:a@b"), STR_LIT("c@d"), "-i -f a@b -- c@d",
		NULL},
	{"a local user", "cat >$D/got", STR_LIT("root"), STR_LIT("ann"), "-i -f root -- ann", NULL},
	{"UTF-8", "cat >$D/got", STR_LIT("j\xc3\xb6rg@b"), STR_LIT("c@d\xc3\xb6.test"),
		"-i -f j\xc3\xb6rg@b -- c@d\xc3\xb6.test", NULL},
	{"blank in quotes", "cat >$D/got", STR_LIT("\"a b\"@c"), STR_LIT("\"d e\"@f"),
		"-i -f \"a b\"@c -- \"d e\"@f", NULL},
	{"sender like an option", "cat >$D/got", STR_LIT("-t"), STR_LIT("c@d"), "-i -f -t -- c@d",
		NULL},
	{"refused", "cat >/dev/null; exit 67", STR_LIT("a@b"), STR_LIT("c@d"), "-i -f a@b -- c@d",
		"did not take the message for c@d (status 67)"},
	{"killed", "cat >/dev/null; kill -9 $$", STR_LIT("a@b"), STR_LIT("c@d"), "-i -f a@b -- c@d",
		"(status -1)"},
	{"does not read", "exit 0", STR_LIT("a@b"), STR_LIT("c@d"), "-i -f a@b -- c@d",
		"did not read"},
	{"hangs, reads nothing", "exec sleep 60", STR_LIT("a@b"), STR_LIT("c@d"),
		"-i -f a@b -- c@d", "takes too long"},
	{"hangs at the end", "cat >/dev/null; exec sleep 60", STR_LIT("a@b"), STR_LIT("c@d"),
		"-i -f a@b -- c@d", "takes too long"},
	{"recipient like an option", "exit 0", STR_LIT("a@b"), STR_LIT("-t"), NULL,
		"\"-t\" is not an address to send to"},
	{"a minus in quotes", "cat >$D/got", STR_LIT("a@b"), STR_LIT("-o(@d"),
		"-i -f a@b -- \"-o(\"@d", NULL},
	{"a minus in needless quotes", "exit 0", STR_LIT("a@b"), STR_LIT("\"-oQ\"@d"), NULL,
		"\"\"-oQ\"@d\" is not an address to send to"},
	{"a recipient that starts with a minus", "exit 0", STR_LIT("a@b"), STR_LIT("-oQ/tmp@d"),
		NULL, "not an address to send to"},
	{"CR in the recipient", "exit 0", STR_LIT("a@b"), STR_LIT("c@d\rx"), NULL,
		"not an address to send to"},
	{"a command after the recipient", "exit 0", STR_LIT("a@b"), STR_LIT("c@d>\r\nRCPT TO:<e@f"),
		NULL, "not an address to send to"},
	{"a command after the sender", "exit 0", STR_LIT("a@b>\r\nRCPT TO:<e@f"), STR_LIT("c@d"),
		NULL, "not an address to send to"},
	{"parameters after the sender", "exit 0", STR_LIT("a@b> SIZE=1"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
	{"an angle bracket in the domain", "exit 0", STR_LIT("a@b>"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
	{"a blank in the domain", "exit 0", STR_LIT("a@b c"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
	{"two words", "exit 0", STR_LIT("a b"), STR_LIT("c@d"), NULL, "not an address to send to"},
	{"a tab in quotes, which SMTP has not", "exit 0", STR_LIT("\"a\tb\"@c"), STR_LIT("c@d"),
		NULL, "not an address to send to"},
	{"DEL in the sender", "exit 0", STR_LIT("a\x7f@b"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
	{"a line end of UTF-8 in the sender", "exit 0", STR_LIT("a\xc2\x85@b"), STR_LIT("c@d"),
		NULL, "not an address to send to"},
	{"broken UTF-8 in the sender", "exit 0", STR_LIT("a\xff@b"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
	{"a sender longer than a command", "exit 0", STR_LIT(X500 "@b"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
	{"a recipient longer than a command", "exit 0", STR_LIT("a@b"), STR_LIT(X500 "@b"), NULL,
		"not an address to send to"},
	{"no local part", "exit 0", STR_LIT("@b"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
	{"no domain after the @", "exit 0", STR_LIT("a@"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
	{"empty recipient", "exit 0", STR_LIT("a@b"), STR_LIT(""), NULL,
		"not an address to send to"},
	{"line end in the recipient", "exit 0", STR_LIT("a@b"), STR_LIT("c@d\nx"), NULL,
		"not an address to send to"},
	{"NUL in the recipient", "exit 0", STR_LIT("a@b"), STR_LIT("c@d\0x"), NULL,
		"not an address to send to"},
	{"line end in the sender", "exit 0", STR_LIT("a@b\nx"), STR_LIT("c@d"), NULL,
		"not an address to send to"},
};

static struct str read_back(const char *name, struct arena *mem)
{
	struct str text = {"", 0};
	struct err err;
	io_read_file(in_dir(name, mem), 1 << 24, mem, &text, &err);
	return text;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct buf body = {0};
	struct err err = {.text = ""};
	unlink(in_dir("args", mem));
	unlink(in_dir("got", mem));
	for (int i = 0; i < 30000; i++) /* more than a pipe holds */
		buf_add(&body, STR_LIT("line\0\xff\n"));
	const struct str pieces[] = {STR_LIT("A: b\n"), STR_LIT(""), STR_LIT("\n"), buf_str(&body)};
	const struct submission s = {
		.sendmail = write_program(
			arena_fmt(mem, "echo \"$*\" >$D/args\n%s", row->script).p, mem),
		.sender = row->sender,
		.recipients = &row->recipient,
		.recipient_count = 1,
		.pieces = pieces,
		.piece_count = 4,
		.spool_dir = "/tmp",
		.seconds = strncmp(row->name, "hangs", 5) == 0 ? 1 : 60};
	int r = submit_message(&s, mem, &err);
	assert_int_equal(r, row->error ? -1 : 0);
	if (row->error && !strstr(err.text, row->error))
		fail_msg("\"%s\" instead of \"%s\"", err.text, row->error);
	if (row->error)
		assert_int_equal(err.fault, FAULT_TEMP);
	struct str args = str_trim(read_back("args", mem));
	if (!str_eq(args, str_of(row->arguments)))
		fail_msg("arguments \"" STR_FMT "\"", STR_ARGS(args));
	if (!row->error) {
		struct str got = read_back("got", mem);
		assert_int_equal(got.n, 6 + body.n);
		assert_true(str_eq(str_slice(got, 6, got.n), buf_str(&body)));
	}
	buf_free(&body);
	arena_free(mem);
}

static int submit_empty(const char *program, struct arena *mem, struct err *err)
{
	static const struct str recipient = STR_LIT("c@d");
	const struct submission s = {.sendmail = program,
		.recipients = &recipient,
		.recipient_count = 1,
		.spool_dir = "/tmp",
		.seconds = 60};
	return submit_message(&s, mem, err);
}

static void test_no_program(void **state)
{
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	(void)state;
	assert_int_equal(submit_empty("/nowhere/sendmail", mem, &err), -1);
	assert_non_null(strstr(err.text, "/nowhere/sendmail"));
	assert_int_equal(submit_empty(dir, mem, &err), -1);
	arena_free(mem);
}

/* What the program prints must not come before our own first bytes; it sees no file of ours. */
static void test_surroundings(void **state)
{
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	int out = open(in_dir("out", mem), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int saved_out = dup(STDOUT_FILENO), saved_err = dup(STDERR_FILENO);
	(void)state;
	fcntl(saved_out, F_SETFD, FD_CLOEXEC);
	fcntl(saved_err, F_SETFD, FD_CLOEXEC);
	const char *program =
		write_program("cat >/dev/null; echo out; echo err >&2; trap >$D/trap\n"
			      "ls -1 /proc/$$/fd >$D/fds; env >$D/env",
			mem);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	signal(SIGPIPE, SIG_IGN);
	int r = submit_empty(program, mem, &err);
	dup2(saved_out, STDOUT_FILENO);
	dup2(saved_err, STDERR_FILENO);
	close(saved_out);
	close(saved_err);
	assert_int_equal(r, 0);
	assert_int_equal(lseek(out, 0, SEEK_END), 0);
	close(out);
	struct str env = read_back("env", mem);
	assert_int_equal(str_ifind(env, STR_LIT("HOME=")), env.n);
	struct str fds = read_back("fds", mem), line;
	while (str_line(&fds, &line)) /* 10 and above are the shell's own */
		assert_true(line.n > 1 || line.p[0] <= '2');
	arena_free(mem);
}

int main(void)
{
	static const char *const names[] = {"sendmail", "args", "got", "out", "env", "fds", "trap"};
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_no_program, "no such program"),
		TABLE_OF_ONE(test_surroundings, "what the program inherits"),
	};
	struct arena *mem = arena_new();
	strcpy(dir, "/tmp/test_submit.XXXXXX");
	/* Like process_start(): the caller of the test may have left descriptors open. */
	if (close_range(STDERR_FILENO + 1, ~0U, 0) < 0 || !mkdtemp(dir))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	int failed = table_run("submit", tables, sizeof tables / sizeof *tables);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(in_dir(names[i], mem));
	rmdir(dir);
	arena_free(mem);
	return failed;
}
