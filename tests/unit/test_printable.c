/* Text from outside, made safe for a line and for a person. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/printable.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void assert_str(struct str is, struct str wanted)
{
	if (!str_eq(is, wanted))
		fail_msg("\"" STR_FMT "\" (%zu bytes) instead of \"" STR_FMT "\" (%zu)",
			STR_ARGS(is), is.n, STR_ARGS(wanted), wanted.n);
}

/* ---- one text, in each form ---- */

static const struct text_row {
	const char *name;
	struct str text;
	struct str line;   /* control bytes become a plus */
	struct str person; /* what deceives becomes a question mark */
} text_rows[] = {
	{"plain", STR_LIT("a b~"), STR_LIT("a b~"), STR_LIT("a b~")},
	{"nothing", STR_LIT(""), STR_LIT(""), STR_LIT("")},
	{"no bytes", {NULL, 0}, STR_LIT(""), STR_LIT("")},
	{"NUL", STR_LIT("a\0b"), STR_LIT("a+b"), STR_LIT("a?b")},
	{"tab", STR_LIT("a\tb"), STR_LIT("a+b"), STR_LIT("a b")},
	{"line ends", STR_LIT("a\r\nb\n"), STR_LIT("a++b+"), STR_LIT("a??b?")},
	{"the last control", STR_LIT("\x1f "), STR_LIT("+ "), STR_LIT("? ")},
	{"escape sequence", STR_LIT("\x1b[31m"), STR_LIT("+[31m"), STR_LIT("?[31m")},
	{"DEL", STR_LIT("\x7f"), STR_LIT("+"), STR_LIT("?")},
	{"UTF-8", STR_LIT("\xc3\xbc\xe2\x82\xac"), STR_LIT("\xc3\xbc\xe2\x82\xac"),
		STR_LIT("\xc3\xbc\xe2\x82\xac")},
	{"not UTF-8", STR_LIT("\xff\xc3"), STR_LIT("\xff\xc3"), STR_LIT("??")},
	{"a control beyond ASCII", STR_LIT("\xc2\x9b"), STR_LIT("\xc2\x9b"), STR_LIT("?")},
	{"after the controls", STR_LIT("\xc2\xa0"), STR_LIT("\xc2\xa0"), STR_LIT("\xc2\xa0")},
	{"soft hyphen", STR_LIT("\xc2\xad"), STR_LIT("\xc2\xad"), STR_LIT("?")},
	{"zero width space", STR_LIT("a\xe2\x80\x8b!"), STR_LIT("a\xe2\x80\x8b!"), STR_LIT("a?!")},
	{"right to left", STR_LIT("\xe2\x80\xae"), STR_LIT("\xe2\x80\xae"), STR_LIT("?")},
	{"byte order mark", STR_LIT("\xef\xbb\xbf"), STR_LIT("\xef\xbb\xbf"), STR_LIT("?")},
	{"a tag", STR_LIT("\xf3\xa0\x81\xa1"), STR_LIT("\xf3\xa0\x81\xa1"), STR_LIT("?")},
};

static void test_line(void **state)
{
	const struct text_row *row = *state;
	struct arena *mem = arena_new();
	bool changes = !str_eq(row->text, row->line);
	struct str line = printable_line(row->text, '+', mem);
	assert_str(line, row->line);
	assert_int_equal(printable_has_control(row->text), changes);
	assert_false(printable_has_control(line));
	arena_free(mem);
}

static void test_person(void **state)
{
	const struct text_row *row = *state;
	struct buf b = {0};
	struct str rest = row->text;
	buf_text(&b, "> ");
	printable_add(&b, row->text);
	assert_str(str_slice(buf_str(&b), 2, b.n), row->person);
	buf_clear(&b);
	while (rest.n)
		buf_add(&b, printable_next(&rest));
	assert_str(buf_str(&b), row->person);
	buf_free(&b);
}

/* Only N bytes are overwritten, and the original of a copy stays. */
static void test_overwrite(void **state)
{
	char text[] = "a\nb\nc\n";
	struct arena *mem = arena_new();
	(void)state;
	printable_overwrite(text, 3, ' ');
	assert_string_equal(text, "a b\nc\n");
	assert_str(printable_line(str_of(text), '?', mem), STR_LIT("a b?c?"));
	assert_string_equal(text, "a b\nc\n");
	arena_free(mem);
}

/* ---- the edges of what deceives ---- */

static const struct range_row {
	const char *name;
	uint32_t first, last;
} range_rows[] = {
	{"range: controls", 0, 0x1f},
	{"range: DEL and C1", 0x7f, 0x9f},
	{"range: soft hyphen", 0xad, 0xad},
	{"range: Arabic letter mark", 0x61c, 0x61c},
	{"range: Mongolian vowel separator", 0x180e, 0x180e},
	{"range: zero width", 0x200b, 0x200f},
	{"range: line ends and directions", 0x2028, 0x202e},
	{"range: invisible signs", 0x2060, 0x206f},
	{"range: byte order mark", 0xfeff, 0xfeff},
	{"range: annotations", 0xfff9, 0xfffb},
	{"range: tags", 0xe0000, 0xe007f},
};

static void test_range(void **state)
{
	const struct range_row *row = *state;
	assert_true(printable_is_deceptive(row->first));
	assert_true(printable_is_deceptive(row->last));
	assert_false(printable_is_deceptive(row->last + 1));
	if (row->first)
		assert_false(printable_is_deceptive(row->first - 1));
}

/* ---- a file and a terminal ---- */

#define SCREEN "a\tb\n\x1b[31m\xff\r\n"

static void read_back(int fd, char *bytes, size_t most)
{
	ssize_t n = read(fd, bytes, most - 1);
	assert_true(n >= 0);
	bytes[n] = '\0';
}

static void test_to_a_pipe(void **state)
{
	struct err err;
	int ends[2];
	char is[100];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(printable_write(ends[1], STR_LIT(SCREEN), "a pipe", &err), 0);
	read_back(ends[0], is, sizeof is);
	assert_string_equal(is, SCREEN);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(printable_write(-1, STR_LIT("x"), "no file", &err), -1);
	assert_non_null(strstr(err.text, "no file"));
}

/* The system writes CR LF for a line end. */
static void test_to_a_terminal(void **state)
{
	struct err err;
	char is[100];
	(void)state;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	assert_int_equal(printable_write(terminal, STR_LIT(SCREEN), "a terminal", &err), 0);
	read_back(master, is, sizeof is);
	assert_string_equal(is, "a\tb\r\n?[31m??\r\n");
	close(terminal);
	close(master);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_line, text_rows),
		TABLE(test_person, text_rows),
		TABLE(test_range, range_rows),
		TABLE_OF_ONE(test_overwrite, "only the bytes that were named"),
		TABLE_OF_ONE(test_to_a_pipe, "programs read it unchanged"),
		TABLE_OF_ONE(test_to_a_terminal, "a terminal gets it made printable"),
	};
	return table_run("printable", tables, sizeof tables / sizeof *tables);
}
