/* Lines of the log: a value always stays one value on one line. */
#include "base/log.h"
#include "base/utf8.h"
#include "tests/unit/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static void assert_str(struct str is, struct str wanted)
{
	if (!str_eq(is, wanted))
		fail_msg("<" STR_FMT "> instead of <" STR_FMT ">", STR_ARGS(is), STR_ARGS(wanted));
}

/* ---- escapes ---- */

static const struct escape_row {
	const char *name;
	struct str value, text;
} escape_rows[] = {
	{"escape: plain", STR_LIT("ann@example.com"), STR_LIT("ann@example.com")},
	{"escape: nothing", STR_LIT(""), STR_LIT("\"\"")},
	{"escape: no bytes", {NULL, 0}, STR_LIT("\"\"")},
	{"escape: blank", STR_LIT("a b"), STR_LIT("\"a b\"")},
	{"escape: equals sign", STR_LIT("a=b"), STR_LIT("\"a=b\"")},
	{"escape: quote", STR_LIT("a\"b"), STR_LIT("\"a\\x22b\"")},
	{"escape: backslash", STR_LIT("a\\b"), STR_LIT("a\\x5cb")},
	{"escape: what looks escaped", STR_LIT("\\x0a"), STR_LIT("\\x5cx0a")},
	{"escape: LF", STR_LIT("a\nstatus=stored"), STR_LIT("\"a\\x0astatus=stored\"")},
	{"escape: CR", STR_LIT("a\rb"), STR_LIT("a\\x0db")},
	{"escape: tab", STR_LIT("a\tb"), STR_LIT("a\\x09b")},
	{"escape: NUL", STR_LIT("a\0b"), STR_LIT("a\\x00b")},
	{"escape: escape", STR_LIT("\x1b[31m"), STR_LIT("\\x1b[31m")},
	{"escape: DEL", STR_LIT("\x7f"), STR_LIT("\\x7f")},
	{"escape: UTF-8", STR_LIT("gr\xc3\xbc\xc3\x9f"), STR_LIT("gr\xc3\xbc\xc3\x9f")},
	{"escape: four bytes", STR_LIT("\xf0\x9f\x98\x80"), STR_LIT("\xf0\x9f\x98\x80")},
	{"escape: latin1", STR_LIT("gr\xfc"), STR_LIT("gr\\xfc")},
	{"escape: 0xff", STR_LIT("\xff"), STR_LIT("\\xff")},
	{"escape: overlong LF", STR_LIT("\xc0\x8a"), STR_LIT("\\xc0\\x8a")},
	{"escape: cut UTF-8", STR_LIT("a\xe2\x82"), STR_LIT("a\\xe2\\x82")},
	{"escape: C1 control", STR_LIT("\xc2\x9b"), STR_LIT("\\xc2\\x9b")},
	{"escape: NEL", STR_LIT("\xc2\x85"), STR_LIT("\\xc2\\x85")},
	{"escape: soft hyphen", STR_LIT("\xc2\xad"), STR_LIT("\\xc2\\xad")},
	{"escape: line separator", STR_LIT("\xe2\x80\xa8"), STR_LIT("\\xe2\\x80\\xa8")},
	{"escape: right to left override", STR_LIT("\xe2\x80\xae"), STR_LIT("\\xe2\\x80\\xae")},
	{"escape: right to left isolate", STR_LIT("\xe2\x81\xa7"), STR_LIT("\\xe2\\x81\\xa7")},
	{"escape: right to left mark", STR_LIT("\xe2\x80\x8f"), STR_LIT("\\xe2\\x80\\x8f")},
	{"escape: Arabic letter mark", STR_LIT("\xd8\x9c"), STR_LIT("\\xd8\\x9c")},
	{"escape: annotation", STR_LIT("\xef\xbf\xb9"), STR_LIT("\\xef\\xbf\\xb9")},
	{"escape: zero width space", STR_LIT("\xe2\x80\x8b"), STR_LIT("\\xe2\\x80\\x8b")},
	{"escape: byte order mark", STR_LIT("\xef\xbb\xbf"), STR_LIT("\\xef\\xbb\\xbf")},
	{"escape: tag letter", STR_LIT("\xf3\xa0\x81\x81"), STR_LIT("\\xf3\\xa0\\x81\\x81")},
	{"escape: Hebrew is text", STR_LIT("\xd7\xa9"), STR_LIT("\xd7\xa9")},
};

static void test_escape(void **state)
{
	const struct escape_row *row = *state;
	struct buf text = {0};
	log_escape(&text, row->value);
	assert_str(buf_str(&text), row->text);
	buf_free(&text);
}

/* Every pair of bytes, as a hostile value would try them. */
static void test_every_pair(void **state)
{
	(void)state;
	for (int i = 0; i < 65536; i++) {
		char pair[2] = {(char)(i >> 8), (char)i};
		struct buf text = {0};
		log_escape(&text, (struct str){pair, 2});
		struct str s = buf_str(&text);
		assert_true(utf8_valid(s));
		bool quoted = s.p[0] == '"';
		if (quoted)
			s = str_slice(s, 1, s.n - 1);
		for (size_t k = 0; k < s.n; k++) {
			unsigned char c = (unsigned char)s.p[k];
			if (c < ' ' || c == 0x7f || c == '"' || (!quoted && (c == ' ' || c == '=')))
				fail_msg("0x%04x gives " STR_FMT, i, STR_ARGS(s));
		}
		buf_free(&text);
	}
}

/* ---- lines ---- */

static void test_line(void **state)
{
	struct log_line line = {0};
	(void)state;
	log_put(&line, "a", STR_LIT("1"));
	log_put(&line, "b", STR_LIT("x y\nc=2"));
	log_put(&line, "c", STR_LIT(""));
	log_put_number(&line, "n", 18446744073709551615ULL);
	assert_str(buf_str(&line.text),
		STR_LIT("a=1 b=\"x y\\x0ac=2\" c=\"\" n=18446744073709551615"));
	buf_free(&line.text);
}

static void test_long_value(void **state)
{
	struct log_line line = {0};
	struct buf value = {0};
	(void)state;
	for (int i = 0; i < 511; i++)
		buf_byte(&value, 'x');
	buf_text(&value, "\xc3\xbc and more");
	log_put(&line, "a", buf_str(&value));
	struct str s = buf_str(&line.text);
	assert_true(utf8_valid(s));
	assert_true(s.n < 600);
	assert_true(str_iends(s, STR_LIT("x\\xc3...")));
	buf_free(&line.text);
	buf_free(&value);
}

/* ---- targets ---- */

static char path[64];

static struct str logged(char *space, size_t size)
{
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	size_t n = fread(space, 1, size, f);
	fclose(f);
	return (struct str){space, n};
}

static void test_file(void **state)
{
	struct err err = {.text = ""};
	struct str rest, line;
	char text[8192];
	(void)state;
	strcpy(path, "/tmp/test_log.XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(log_open(path, &err), 0);
	log_say(LOG_LEVEL_WARNING, "note", "a\nb %s", "c d");
	struct log_line one = {0};
	log_put(&one, "k", STR_LIT("v"));
	assert_int_equal(log_emit(&one, LOG_LEVEL_ERROR), 0);
	assert_null(one.text.p);
	/* When it is opened again, it continues at its end. */
	assert_int_equal(log_open(path, &err), 0);
	log_say(LOG_LEVEL_DEBUG, "last", "%s", "");
	log_close();
	rest = logged(text, sizeof text);
	assert_true(str_line(&rest, &line));
	assert_true(str_iends(line, STR_LIT(": level=warning event=note text=\"a\\x0ab c d\"")));
	assert_true(str_line(&rest, &line));
	assert_true(str_iends(line, STR_LIT(": level=error k=v")));
	assert_true(str_line(&rest, &line));
	assert_true(str_iends(line, STR_LIT(": level=debug event=last text=\"\"")));
	assert_false(str_line(&rest, &line));
	unlink(path);
}

static const struct target_row {
	const char *name, *target;
	bool opens;
} target_rows[] = {
	{"target: none", "none", true},
	{"target: stderr", "stderr", true},
	{"target: syslog", "syslog", true},
	{"target: no such directory", "/nowhere/at/all", false},
	{"target: a directory", "/tmp", false},
	{"target: nothing", "", false},
};

static void test_target(void **state)
{
	const struct target_row *row = *state;
	struct err err = {.text = ""};
	assert_int_equal(log_open(row->target, &err), row->opens ? 0 : -1);
	if (!row->opens)
		assert_non_null(strstr(err.text, "cannot open the log"));
	log_close();
	log_close();
}

static void test_none_is_silent(void **state)
{
	struct log_line line = {0};
	(void)state;
	assert_int_equal(log_open("none", NULL), 0);
	log_put(&line, "k", STR_LIT("v"));
	assert_int_equal(log_emit(&line, LOG_LEVEL_INFO), 0);
	log_close();
}

static void test_full_disk(void **state)
{
	struct log_line line = {0};
	(void)state;
	assert_int_equal(log_open("/dev/full", NULL), 0);
	log_put(&line, "k", STR_LIT("v"));
	assert_int_equal(log_emit(&line, LOG_LEVEL_INFO), -1);
	assert_null(line.text.p);
	log_close();
}

/* A FIFO that nobody reads must not hold the delivery up. */
static void test_fifo(void **state)
{
	char fifo[64] = "/tmp/test_log.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(fifo));
	strcat(fifo, "/f");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(log_open(fifo, NULL), -1);
	unlink(fifo);
	*strrchr(fifo, '/') = '\0';
	rmdir(fifo);
}

/* ---- syslog, which these stand in for ---- */

static char said[1024];
static int said_priority;

static void take_syslog(int priority, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void take_syslog(int priority, const char *format, va_list args)
{
	size_t n = strlen(said);
	said_priority = priority;
	vsnprintf(said + n, sizeof said - n, format, args);
	strncat(said, "\n", sizeof said - strlen(said) - 1);
}

/* With clang, a fortified header makes it a macro. */
#undef syslog
void syslog(int priority, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	take_syslog(priority, format, args);
	va_end(args);
}

/* What it is where functions are fortified. */
void __syslog_chk(int priority, int flag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;
	(void)flag;
	va_start(args, format);
	take_syslog(priority, format, args);
	va_end(args);
}

static void test_no_file(void **state)
{
	struct err why;
	(void)state;
	said[0] = '\0';
	assert_int_equal(log_open("/nowhere/at/all", &why), -1);
	log_to_syslog(&why);
	assert_string_equal(said, "event=note text=\"cannot open the log /nowhere/at/all: No such "
				  "file or directory; this goes to syslog instead\"\n");
	assert_int_equal(said_priority, LOG_ERR);
	log_say(LOG_LEVEL_INFO, "delivery", "x");
	assert_string_equal(strchr(said, '\n') + 1, "event=delivery text=x\n");
	log_close();
}

/* What is logged between a call and the look at errno must not hide why the call failed. */
static void test_errno(void **state)
{
	static const char *const targets[] = {"none", "syslog", "/dev/full", "/dev/null"};
	struct err err;
	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct log_line line = {0};
		assert_int_equal(log_open(targets[i], &err), 0);
		log_put(&line, "event", STR_LIT("test"));
		errno = EUCLEAN;
		int r = log_emit(&line, LOG_LEVEL_ERROR);
		assert_int_equal(errno, EUCLEAN);
		assert_int_equal(r, i == 2 ? -1 : 0);
		log_say(LOG_LEVEL_ERROR, "test", "%s", "text");
		assert_int_equal(errno, EUCLEAN);
	}
	log_close();
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_escape, escape_rows),
		TABLE(test_target, target_rows),
		TABLE_OF_ONE(test_every_pair, "escape: every pair of bytes"),
		TABLE_OF_ONE(test_line, "a line of values"),
		TABLE_OF_ONE(test_long_value, "a long value is cut"),
		TABLE_OF_ONE(test_file, "lines in a file"),
		TABLE_OF_ONE(test_none_is_silent, "no log"),
		TABLE_OF_ONE(test_errno, "errno stays"),
		TABLE_OF_ONE(test_full_disk, "a disk that is full"),
		TABLE_OF_ONE(test_fifo, "a FIFO without a reader"),
		TABLE_OF_ONE(test_no_file, "a file that cannot be opened"),
	};
	return table_run("log", tables, sizeof tables / sizeof *tables);
}
