/* Messages as they arrive: what happens to the bytes, and where each header field is. */
#include "base/buf.h"
#include "base/io.h"
#include "base/message.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct row {
	const char *name;
	struct str text;
	struct str bytes;  /* p NULL: the text */
	struct str fields; /* [name|value] of each */
	struct str body;
	const char *from_line;
	bool needs_blank_line;
} rows[] = {
	/* the whole */
	{"empty", STR_LIT(""), {NULL, 0}, STR_LIT(""), STR_LIT(""), "", false},
	{"header and body", STR_LIT("A: 1\nB: 2\n\nbody\n"), {NULL, 0}, STR_LIT("[A| 1][B| 2]"),
		STR_LIT("body\n"), "", false},
	{"header only, with the blank line", STR_LIT("A: 1\n\n"), {NULL, 0}, STR_LIT("[A| 1]"),
		STR_LIT(""), "", false},
	{"header only, without the blank line", STR_LIT("A: 1\n"), {NULL, 0}, STR_LIT("[A| 1]"),
		STR_LIT(""), "", false},
	{"header without a final line end", STR_LIT("A: 1"), {NULL, 0}, STR_LIT("[A| 1]"),
		STR_LIT(""), "", false},
	{"body without a final line end", STR_LIT("A: 1\n\nbody"), {NULL, 0}, STR_LIT("[A| 1]"),
		STR_LIT("body"), "", false},
	{"body only, after a blank line", STR_LIT("\nbody\n"), {NULL, 0}, STR_LIT(""),
		STR_LIT("body\n"), "", false},
	{"a blank line only", STR_LIT("\n"), {NULL, 0}, STR_LIT(""), STR_LIT(""), "", false},
	{"two blank lines", STR_LIT("\n\n"), {NULL, 0}, STR_LIT(""), STR_LIT("\n"), "", false},
	{"first line is no field", STR_LIT("hello\nA: 1\n\nbody"), {NULL, 0}, STR_LIT(""),
		STR_LIT("hello\nA: 1\n\nbody"), "", true},
	{"first line is folded", STR_LIT(" A: 1\nB: 2\n\nbody"), {NULL, 0}, STR_LIT(""),
		STR_LIT(" A: 1\nB: 2\n\nbody"), "", true},
	{"one byte", STR_LIT("x"), {NULL, 0}, STR_LIT(""), STR_LIT("x"), "", true},
	{"one 0xff", STR_LIT("\xff"), {NULL, 0}, STR_LIT(""), STR_LIT("\xff"), "", true},
	{"one NUL", STR_LIT("\0"), {NULL, 0}, STR_LIT(""), STR_LIT("\0"), "", true},
	{"one colon", STR_LIT(":"), {NULL, 0}, STR_LIT(""), STR_LIT(":"), "", true},
	{"the body has a header of its own", STR_LIT("A: 1\n\nB: 2\n\nx"), {NULL, 0},
		STR_LIT("[A| 1]"), STR_LIT("B: 2\n\nx"), "", false},
	{"NULs and 0xff in the body", STR_LIT("A: 1\n\n\0\xff\0"), {NULL, 0}, STR_LIT("[A| 1]"),
		STR_LIT("\0\xff\0"), "", false},
	/* fields */
	{"folded with a blank", STR_LIT("A: 1\n 2\n\n"), {NULL, 0}, STR_LIT("[A| 1\n 2]"),
		STR_LIT(""), "", false},
	{"folded with a tab", STR_LIT("A: 1\n\t2\nB: 3\n\n"), {NULL, 0},
		STR_LIT("[A| 1\n\t2][B| 3]"), STR_LIT(""), "", false},
	{"folded three times", STR_LIT("A:\n 1\n 2\n 3\n\n"), {NULL, 0},
		STR_LIT("[A|\n 1\n 2\n 3]"), STR_LIT(""), "", false},
	{"a fold of blanks only", STR_LIT("A: 1\n  \nB: 2\n\n"), {NULL, 0},
		STR_LIT("[A| 1\n  ][B| 2]"), STR_LIT(""), "", false},
	{"folded at the end, no line end", STR_LIT("A: 1\n 2"), {NULL, 0}, STR_LIT("[A| 1\n 2]"),
		STR_LIT(""), "", false},
	{"fold without text at the end", STR_LIT("A: 1\n "), {NULL, 0}, STR_LIT("[A| 1\n ]"),
		STR_LIT(""), "", false},
	{"repeated", STR_LIT("A: 1\nA: 2\na: 3\n\n"), {NULL, 0}, STR_LIT("[A| 1][A| 2][a| 3]"),
		STR_LIT(""), "", false},
	{"empty value", STR_LIT("A:\nB: \n\n"), {NULL, 0}, STR_LIT("[A|][B| ]"), STR_LIT(""), "",
		false},
	{"no blank after the colon", STR_LIT("A:1\n\n"), {NULL, 0}, STR_LIT("[A|1]"), STR_LIT(""),
		"", false},
	{"colons in the value", STR_LIT("A:b:c\n\n"), {NULL, 0}, STR_LIT("[A|b:c]"), STR_LIT(""),
		"", false},
	{"blanks before the colon", STR_LIT("A \t: 1\n\n"), {NULL, 0}, STR_LIT("[A| 1]"),
		STR_LIT(""), "", false},
	{"a fold before the colon", STR_LIT("A: 1\nB\n : 2\n\n"), {NULL, 0},
		STR_LIT("[A| 1][|B\n : 2]"), STR_LIT(""), "", false},
	{"a blank in the name", STR_LIT("A: 1\nB C: 2\n\n"), {NULL, 0}, STR_LIT("[A| 1][|B C: 2]"),
		STR_LIT(""), "", false},
	{"no name", STR_LIT("A: 1\n: 2\n\n"), {NULL, 0}, STR_LIT("[A| 1][|: 2]"), STR_LIT(""), "",
		false},
	{"no colon, then more fields", STR_LIT("A: 1\nhello\nB: 2\n\nbody"), {NULL, 0},
		STR_LIT("[A| 1][|hello][B| 2]"), STR_LIT("body"), "", false},
	{"no colon, folded", STR_LIT("A: 1\nhello\n B: 2\n\n"), {NULL, 0},
		STR_LIT("[A| 1][|hello\n B: 2]"), STR_LIT(""), "", false},
	{"a NUL in the name", STR_LIT("A: 1\nB\0: 2\n\n"), {NULL, 0}, STR_LIT("[A| 1][|B\0: 2]"),
		STR_LIT(""), "", false},
	{"a NUL in the value", STR_LIT("A: 1\0002\nB: 3\n\n"), {NULL, 0},
		STR_LIT("[A| 1\0002][B| 3]"), STR_LIT(""), "", false},
	{"8-bit in the name", STR_LIT("A: 1\nB\xc3\xbc: 2\n\n"), {NULL, 0},
		STR_LIT("[A| 1][|B\xc3\xbc: 2]"), STR_LIT(""), "", false},
	{"DEL in the name", STR_LIT("A: 1\nB\x7f: 2\n\n"), {NULL, 0}, STR_LIT("[A| 1][|B\x7f: 2]"),
		STR_LIT(""), "", false},
	{"0xff in the value", STR_LIT("A: \xff\n\n"), {NULL, 0}, STR_LIT("[A| \xff]"), STR_LIT(""),
		"", false},
	{"signs in the name", STR_LIT("X-!#$%&'*+.^_`{|}~: 1\n\n"), {NULL, 0},
		STR_LIT("[X-!#$%&'*+.^_`{|}~| 1]"), STR_LIT(""), "", false},
	/* line ends */
	{"CRLF throughout", STR_LIT("A: 1\r\nB: 2\r\n\r\nbody\r\n"),
		STR_LIT("A: 1\nB: 2\n\nbody\n"), STR_LIT("[A| 1][B| 2]"), STR_LIT("body\n"), "",
		false},
	{"CRLF, folded", STR_LIT("A: 1\r\n 2\r\n\r\n"), STR_LIT("A: 1\n 2\n\n"),
		STR_LIT("[A| 1\n 2]"), STR_LIT(""), "", false},
	{"CRLF, no final line end", STR_LIT("A: 1\r\n\r\nbo\rdy"), STR_LIT("A: 1\n\nbo\rdy"),
		STR_LIT("[A| 1]"), STR_LIT("bo\rdy"), "", false},
	{"CRLF, a CR at the very end", STR_LIT("A: 1\r\n\r\nbody\r"), STR_LIT("A: 1\n\nbody\r"),
		STR_LIT("[A| 1]"), STR_LIT("body\r"), "", false},
	{"CR CR LF", STR_LIT("A: 1\r\r\n\r\nx\r\n"), STR_LIT("A: 1\r\n\nx\n"), STR_LIT("[A| 1]"),
		STR_LIT("x\n"), "", false},
	{"a CRLF only", STR_LIT("\r\n"), STR_LIT("\n"), STR_LIT(""), STR_LIT(""), "", false},
	{"CRLF but for one LF", STR_LIT("A: 1\r\nB: 2\n\r\nbody\r\n"), {NULL, 0},
		STR_LIT("[A| 1][B| 2]"), STR_LIT("body\r\n"), "", false},
	{"LF but for one CRLF", STR_LIT("A: 1\n\nbody\r\nmore\n"), {NULL, 0}, STR_LIT("[A| 1]"),
		STR_LIT("body\r\nmore\n"), "", false},
	{"LF at the very start", STR_LIT("\nA: 1\r\n"), {NULL, 0}, STR_LIT(""), STR_LIT("A: 1\r\n"),
		"", false},
	{"CR only", STR_LIT("A: 1\rB: 2\r\rbody\r"), {NULL, 0}, STR_LIT("[A| 1\rB: 2\r\rbody]"),
		STR_LIT(""), "", false},
	{"CRs only", STR_LIT("\r\r\r"), {NULL, 0}, STR_LIT(""), STR_LIT("\r\r\r"), "", true},
	{"a CR ends the header", STR_LIT("A: 1\n\r"), {NULL, 0}, STR_LIT("[A| 1]"), STR_LIT(""), "",
		false},
	{"a CR in a value", STR_LIT("A: 1\rX-Evil: 2\n\nbody"), {NULL, 0},
		STR_LIT("[A| 1\rX-Evil: 2]"), STR_LIT("body"), "", false},
	/* the mbox line */
	{"From line", STR_LIT("From ann@example.com Mon Jan  1 00:00:00 2024\nA: 1\n\nbody"),
		STR_LIT("A: 1\n\nbody"), STR_LIT("[A| 1]"), STR_LIT("body"), "ann@example.com",
		false},
	{"From line with CRLF", STR_LIT("From ann@example.com x\r\nA: 1\r\n\r\n"),
		STR_LIT("A: 1\n\n"), STR_LIT("[A| 1]"), STR_LIT(""), "ann@example.com", false},
	{"From line only", STR_LIT("From ann@example.com x\n"), STR_LIT(""), STR_LIT(""),
		STR_LIT(""), "ann@example.com", false},
	{"From line only, no line end", STR_LIT("From ann@example.com"), STR_LIT(""), STR_LIT(""),
		STR_LIT(""), "ann@example.com", false},
	{"From line without a sender", STR_LIT("From \nA: 1\n\n"), STR_LIT("A: 1\n\n"),
		STR_LIT("[A| 1]"), STR_LIT(""), "", false},
	{"From line, then a body", STR_LIT("From a b\n\nbody"), STR_LIT("\nbody"), STR_LIT(""),
		STR_LIT("body"), "a", false},
	{"From line, then no header", STR_LIT("From a b\nhello"), STR_LIT("hello"), STR_LIT(""),
		STR_LIT("hello"), "a", true},
	{"two From lines", STR_LIT("From a b\nFrom c d\n\nx"), STR_LIT("From c d\n\nx"),
		STR_LIT(""), STR_LIT("From c d\n\nx"), "a", true},
	{"From line in the middle", STR_LIT("A: 1\nFrom a b\n\nx"), {NULL, 0},
		STR_LIT("[A| 1][|From a b]"), STR_LIT("x"), "", false},
	{"the field From", STR_LIT("From: ann@example.com\n\n"), {NULL, 0},
		STR_LIT("[From| ann@example.com]"), STR_LIT(""), "", false},
	{"the field From, a blank before the colon", STR_LIT("From : ann@example.com\nA: 1\n\n"),
		{NULL, 0}, STR_LIT("[From| ann@example.com][A| 1]"), STR_LIT(""), "", false},
	{"the field From, blanks before the colon", STR_LIT("From  \t:ann@example.com\n\n"),
		{NULL, 0}, STR_LIT("[From|ann@example.com]"), STR_LIT(""), "", false},
	{"From with a tab", STR_LIT("From\tx\n\n"), {NULL, 0}, STR_LIT(""), STR_LIT("From\tx\n\n"),
		"", true},
	{"from in small letters", STR_LIT("from x y\n\n"), {NULL, 0}, STR_LIT(""),
		STR_LIT("from x y\n\n"), "", true},
	{"quoted From line", STR_LIT(">From x y\nA: 1\n\n"), STR_LIT("A: 1\n\n"), STR_LIT("[A| 1]"),
		STR_LIT(""), "", false},
	{"quoted From line, then a body", STR_LIT(">From x y\nhello"), {NULL, 0}, STR_LIT(""),
		STR_LIT(">From x y\nhello"), "", true},
	{"quoted From line, then a blank line", STR_LIT(">From x y\n\nhello"), {NULL, 0},
		STR_LIT(""), STR_LIT(">From x y\n\nhello"), "", true},
	{"quoted From line alone", STR_LIT(">From x: y"), {NULL, 0}, STR_LIT(""),
		STR_LIT(">From x: y"), "", true},
	{"a field >From", STR_LIT(">From : x\nA: 1\n\n"), {NULL, 0}, STR_LIT("[>From| x][A| 1]"),
		STR_LIT(""), "", false},
	{"From line, quoted ones below it",
		STR_LIT("From a b\n>From - d\n>From e f\nA: 1\n\n>From x\n"),
		STR_LIT("A: 1\n\n>From x\n"), STR_LIT("[A| 1]"), STR_LIT(">From x\n"), "a", false},
	{"From line twice", STR_LIT("From a b\nFrom c d\nA: 1\n\n"), STR_LIT("A: 1\n\n"),
		STR_LIT("[A| 1]"), STR_LIT(""), "a", false},
	{"From line, a quoted one, then a body", STR_LIT("From a b\n>From c d\nhello"),
		STR_LIT(">From c d\nhello"), STR_LIT(""), STR_LIT(">From c d\nhello"), "a", true},
	{"From line of a mailer that knows no sender", STR_LIT("From - Tue Nov  3 2026\nA: 1\n\n"),
		STR_LIT("A: 1\n\n"), STR_LIT("[A| 1]"), STR_LIT(""), "", false},
	{"From line with LF, then CRLF", STR_LIT("From a b\nA: 1\r\n\r\nbody\r\n"),
		STR_LIT("A: 1\n\nbody\n"), STR_LIT("[A| 1]"), STR_LIT("body\n"), "a", false},
	{"From line with LF, a quoted one, then CRLF",
		STR_LIT("From a b\n>From c d\r\nA: 1\r\n\r\nbody"), STR_LIT("A: 1\n\nbody"),
		STR_LIT("[A| 1]"), STR_LIT("body"), "a", false},
	{"From line with LF, then CRLF but for one",
		STR_LIT("From a b\nA: 1\r\nB: 2\n\r\nbody\r\n"),
		STR_LIT("A: 1\r\nB: 2\n\r\nbody\r\n"), STR_LIT("[A| 1][B| 2]"), STR_LIT("body\r\n"),
		"a", false},
};

/* ---- reading through each way ---- */

static int file_with(struct str text)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	assert_true(fd >= 0);
	for (size_t done = 0; done < text.n;) {
		ssize_t n = write(fd, text.p + done, text.n - done);
		assert_true(n > 0);
		done += (size_t)n;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct message *read_text(struct str text, size_t in_memory, size_t largest, struct err *err)
{
	const struct message_limits limits = {in_memory, largest, "/tmp"};
	int fd = file_with(text);
	struct message *m = message_read(fd, &limits, err);
	char more;
	if (m)
		assert_int_equal(read(fd, &more, 1), 0);
	close(fd);
	return m;
}

/* The end of a pipe into which a child writes TEXT, so many bytes at a time. */
static int piped(struct str text, size_t at_once, pid_t *pid)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	*pid = fork();
	assert_true(*pid >= 0);
	if (*pid == 0) {
		close(ends[0]);
		for (size_t i = 0; i < text.n; i += at_once)
			if (io_write(ends[1], str_slice(text, i, i + at_once), "a pipe", NULL) < 0)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void assert_writer_is_done(pid_t pid)
{
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void assert_str(const char *what, struct str is, struct str wanted)
{
	if (str_eq(is, wanted))
		return;
	fail_msg("%s: \"" STR_FMT "\" (%zu bytes) instead of \"" STR_FMT "\" (%zu)", what,
		STR_ARGS(is), is.n, STR_ARGS(wanted), wanted.n);
}

static void check_fields(const struct message *m, struct str wanted)
{
	struct buf fields = {0};
	size_t count = message_header_count(m);
	for (size_t i = 0; i < count; i++) {
		const struct header *h = message_header(m, i);
		buf_byte(&fields, '[');
		buf_add(&fields, h->name);
		buf_byte(&fields, '|');
		buf_add(&fields, h->value);
		buf_byte(&fields, ']');
	}
	assert_str("fields", buf_str(&fields), wanted);
	assert_null(message_header(m, count));
	buf_free(&fields);
}

/*
 * The fields lie one after the other, from the first byte on, and the body ends with the message.
 */
static void check_places(const struct message *m)
{
	struct str bytes = message_bytes(m), body = message_body(m);
	const char *at = bytes.p;
	for (size_t i = 0; i < message_header_count(m); i++) {
		struct str whole = message_header(m, i)->whole;
		assert_ptr_equal(whole.p, at);
		assert_true(whole.n > 0);
		at += whole.n;
	}
	assert_true(body.p >= at);
	assert_true(body.p + body.n == bytes.p + bytes.n);
}

static void check(const struct row *row, const char *way, struct message *m, const struct err *err)
{
	if (!m)
		fail_msg("%s: not read: %s", way, err->text);
	print_message("%s\n", way);
	assert_str("bytes", message_bytes(m), row->bytes.p ? row->bytes : row->text);
	check_fields(m, row->fields);
	check_places(m);
	assert_str("body", message_body(m), row->body);
	assert_str("From line", message_from_line(m), str_of(row->from_line));
	assert_int_equal(message_needs_blank_line(m), row->needs_blank_line);
	message_free(m);
}

static void test_in_memory(void **state)
{
	const struct row *row = *state;
	struct err err = {.text = ""};
	check(row, "in memory", read_text(row->text, 1 << 20, 0, &err), &err);
}

static void test_in_memory_exactly(void **state)
{
	const struct row *row = *state;
	struct err err = {.text = ""};
	check(row, "in memory, exactly at its limit",
		read_text(row->text, row->text.n, row->text.n, &err), &err);
}

static void test_spooled(void **state)
{
	const struct row *row = *state;
	struct err err = {.text = ""};
	check(row, "spooled", read_text(row->text, 0, 0, &err), &err);
}

/* Borrowed bytes stay as they are; the only difference is a message in CRLF. */
static void test_borrowed(void **state)
{
	const struct row *row = *state;
	struct err err = {.text = ""};
	struct message *m = message_borrow(row->text, &err);
	bool crlf = row->bytes.p && memchr(row->text.p, '\r', row->text.n);
	if (!crlf) {
		check(row, "borrowed", m, &err);
		return;
	}
	assert_non_null(m);
	check_places(m);
	assert_str("From line", message_from_line(m), str_of(row->from_line));
	message_free(m);
}

/* ---- looking fields up ---- */

static const struct find_row {
	const char *name, *field;
	struct str values; /* [value] of each */
} find_rows[] = {
	{"find: one", "Subject", STR_LIT("[s]")},
	{"find: any case", "sUBJECT", STR_LIT("[s]")},
	{"find: several", "To", STR_LIT("[a][b][c]")},
	{"find: none", "Cc", STR_LIT("")},
	{"find: a part of a name", "Sub", STR_LIT("")},
	{"find: lines that are no field", "", STR_LIT("[junk]")},
	{"find: in the body", "Body", STR_LIT("")},
};

static void test_find(void **state)
{
	static const struct str text =
		STR_LIT("To: a\nSubject: s\nTO : b\njunk\nto:\n c\n\nBody: x\n");
	const struct find_row *row = *state;
	struct arena *mem = arena_new();
	struct buf values = {0};
	struct message *m = message_borrow(text, NULL);
	const struct header *h, *first = NULL;
	size_t at = 0;
	while ((h = message_next(m, str_of(row->field), &at))) {
		first = first ? first : h;
		buf_byte(&values, '[');
		buf_add(&values, message_header_text(h, mem));
		buf_byte(&values, ']');
	}
	assert_str("values", buf_str(&values), row->values);
	assert_ptr_equal(message_find(m, str_of(row->field)), first);
	assert_null(message_next(m, str_of(row->field), &at));
	buf_free(&values);
	message_free(m);
	arena_free(mem);
}

static const struct text_row {
	const char *name;
	struct str value, text;
} text_rows[] = {
	{"text: empty", STR_LIT(""), STR_LIT("")},
	{"text: blanks only", STR_LIT(" \n \t"), STR_LIT("")},
	{"text: plain", STR_LIT(" a b "), STR_LIT("a b")},
	{"text: folded", STR_LIT(" a\n b"), STR_LIT("a b")},
	{"text: folded with a tab", STR_LIT("a\n\tb"), STR_LIT("a b")},
	{"text: folded with CRLF and tabs", STR_LIT("a\r\n\t\tb\tc \r\n\td"),
		STR_LIT("a \tb\tc  d")},
	{"text: a fold of a tab only", STR_LIT("a\n\t\n\tb"), STR_LIT("a  b")},
	{"text: folded with CRLF", STR_LIT("a\r\n b\r\n c"), STR_LIT("a b c")},
	{"text: folded with more blanks", STR_LIT("a \n  b"), STR_LIT("a   b")},
	{"text: a fold of blanks only", STR_LIT("a\n \n b"), STR_LIT("a  b")},
	{"text: a CR within", STR_LIT("a\rb\n c"), STR_LIT("a\rb c")},
	{"text: a NUL", STR_LIT(" a\0b\n c"), STR_LIT("a\0b c")},
	{"text: encoded words stay", STR_LIT(" =?utf-8?q?a?=\n =?utf-8?q?b?="),
		STR_LIT("=?utf-8?q?a?= =?utf-8?q?b?=")},
};

static void test_text(void **state)
{
	const struct text_row *row = *state;
	struct arena *mem = arena_new();
	const struct header h = {.value = row->value};
	assert_str("text", message_header_text(&h, mem), row->text);
	arena_free(mem);
}

/* ---- limits ---- */

static void fill(struct buf *b, const char *piece, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_text(b, piece);
}

static void test_largest(void **state)
{
	static const size_t in_memory[] = {0, 4, 9, 10, 1000};
	struct str text = STR_LIT("A: 1\n\nbody");
	struct err err;
	(void)state;
	for (size_t i = 0; i < sizeof in_memory / sizeof *in_memory; i++) {
		struct message *m = read_text(text, in_memory[i], text.n, &err);
		assert_non_null(m);
		message_free(m);
		assert_null(read_text(text, in_memory[i], text.n - 1, &err));
		assert_int_equal(err.fault, FAULT_REFUSED);
		assert_string_equal(err.dsn, "5.3.4");
	}
}

/*
 * Larger than what is read at once, so that a part of it is still in the pipe when it is refused.
 */
/* The writer of a pipe does not see it closed. */
static void test_refused_is_read_to_its_end(void **state)
{
	static const size_t in_memory[] = {1 << 20, 10};
	struct buf text = {0};
	(void)state;
	fill(&text, "A: 0123456789\n", 100000);
	for (size_t i = 0; i < 2; i++) {
		const struct message_limits limits = {in_memory[i], 1000, "/tmp"};
		struct err err;
		pid_t pid;
		int fd = piped(buf_str(&text), text.n, &pid);
		assert_null(message_read(fd, &limits, &err));
		assert_int_equal(err.fault, FAULT_REFUSED);
		close(fd);
		assert_writer_is_done(pid);
	}
	buf_free(&text);
}

/* Somebody may write into it as fast as it is read. */
static void test_refused_file_is_not_read_to_its_end(void **state)
{
	const struct message_limits limits = {10, 1000, "/tmp"};
	struct buf text = {0};
	struct err err;
	char more;
	(void)state;
	fill(&text, "A: 0123456789\n", 100000);
	int fd = file_with(buf_str(&text));
	assert_null(message_read(fd, &limits, &err));
	assert_int_equal(err.fault, FAULT_REFUSED);
	assert_int_equal(read(fd, &more, 1), 1);
	close(fd);
	buf_free(&text);
}

static void test_most_fields(void **state)
{
	struct buf text = {0};
	struct err err;
	(void)state;
	fill(&text, "A:\n", MESSAGE_MAX_FIELDS);
	struct message *m = read_text(buf_str(&text), 1 << 20, 0, &err);
	assert_non_null(m);
	assert_int_equal(message_header_count(m), MESSAGE_MAX_FIELDS);
	message_free(m);
	buf_text(&text, "A:\n");
	assert_null(read_text(buf_str(&text), 1 << 20, 0, &err));
	assert_int_equal(err.fault, FAULT_REFUSED);
	assert_string_equal(err.dsn, "5.6.0");
	assert_null(message_borrow(buf_str(&text), &err));
	buf_free(&text);
}

/* Each of these takes a moment when it is read in one pass, and minutes when it is not. */
static const struct large_row {
	const char *name, *start, *piece;
	size_t count, fields;
	const char *end;
} large_rows[] = {
	{"large: one line without a colon", "A: 1\n", "xxxxxxxxxx", 2000000, 2, "\n\nbody"},
	{"large: one value", "A: ", "xxxxxxxxxx", 2000000, 1, "\n\nbody"},
	{"large: one value of colons", "A: ", "::::::::::", 2000000, 1, "\n\nbody"},
	{"large: one field of folds", "A: 1", "\n x", 2000000, 1, "\n\nbody"},
	{"large: a header of folds in CRLF", "A: 1", "\r\n\t", 2000000, 1, "\r\n\r\nbody"},
	{"large: CRs", "A: ", "\r\r\r\r\r", 2000000, 1, "\n\nbody"},
	{"large: lines without a colon", "A: 1\n", "hello\n", MESSAGE_MAX_FIELDS - 1,
		MESSAGE_MAX_FIELDS, "\nbody"},
	{"large: a body of CRLF", "A: 1\r\n\r\n", "\r\n", 5000000, 1, ""},
	{"large: quoted From lines", "From a b\n", ">From a b\n", 1000000, 1, "A: 1\n\nbody"},
	{"large: a From line", "From ", "xxxxxxxxxx", 1000000, 1, "\nA: 1\n\nbody"},
};

static void test_large(void **state)
{
	const struct large_row *row = *state;
	struct arena *mem = arena_new();
	struct buf text = {0};
	struct err err = {.text = ""};
	buf_text(&text, row->start);
	fill(&text, row->piece, row->count);
	buf_text(&text, row->end);
	clock_t start = clock();
	for (int spooled = 0; spooled < 2; spooled++) {
		struct message *m = read_text(buf_str(&text), spooled ? 65536 : 1 << 30, 0, &err);
		if (!m)
			fail_msg("not read: %s", err.text);
		assert_int_equal(message_header_count(m), row->fields);
		assert_null(message_find(m, STR_LIT("Missing")));
		message_header_text(message_header(m, 0), mem);
		message_free(m);
	}
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	if (seconds > 20)
		fail_msg("%.1f seconds", seconds);
	buf_free(&text);
	arena_free(mem);
}

/* ---- faults ---- */

static void test_unreadable(void **state)
{
	const struct message_limits limits = {1000, 0, "/tmp"};
	struct err err;
	(void)state;
	assert_null(message_read(-1, &limits, &err));
	assert_int_equal(err.fault, FAULT_TEMP);
	int fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	assert_null(message_read(fd, &limits, &err));
	assert_non_null(strstr(err.text, "cannot read the message"));
	close(fd);
}

static void test_no_spool(void **state)
{
	static const char *const dirs[] = {"/nowhere/at/all", "/dev/null", ""};
	(void)state;
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		const struct message_limits limits = {2, 0, dirs[i]};
		struct err err;
		int fd = file_with(STR_LIT("A: 1\n\n"));
		assert_null(message_read(fd, &limits, &err));
		assert_int_equal(err.fault, FAULT_TEMP);
		assert_non_null(strstr(err.text, "spool file"));
		close(fd);
	}
}

/* A writer that hands over a byte at a time, as a pipe may do. */
static void test_slow_writer(void **state)
{
	const struct message_limits limits = {5, 0, "/tmp"};
	struct str text = STR_LIT("From a b\r\nA: 1\r\n 2\r\n\r\nbody\r\n");
	struct err err = {.text = ""};
	pid_t pid;
	(void)state;
	int fd = piped(text, 1, &pid);
	struct message *m = message_read(fd, &limits, &err);
	close(fd);
	assert_writer_is_done(pid);
	assert_non_null(m);
	assert_str("bytes", message_bytes(m), STR_LIT("A: 1\n 2\n\nbody\n"));
	message_free(m);
	message_free(NULL);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_in_memory, rows),
		TABLE(test_in_memory_exactly, rows),
		TABLE(test_spooled, rows),
		TABLE(test_borrowed, rows),
		TABLE(test_find, find_rows),
		TABLE(test_text, text_rows),
		TABLE(test_large, large_rows),
		TABLE_OF_ONE(test_largest, "the largest message, and one byte more"),
		TABLE_OF_ONE(test_refused_is_read_to_its_end, "what is refused is read to its end"),
		TABLE_OF_ONE(test_refused_file_is_not_read_to_its_end,
			"a file that is refused is not read to its end"),
		TABLE_OF_ONE(test_most_fields, "the most fields, and one more"),
		TABLE_OF_ONE(test_unreadable, "cannot be read"),
		TABLE_OF_ONE(test_no_spool, "no place for the spool file"),
		TABLE_OF_ONE(test_slow_writer, "a byte at a time"),
	};
	return table_run("message", tables, sizeof tables / sizeof *tables);
}
