/*
 * Sections that a delivery does not need are skipped by a faster way than others are read. It must
 * find the same end of each section, and the same place of each error.
 */
#include "base/buf.h"
#include "mda/conf/conf_lex.h"
#include "mda/conf/conf_scan.h"
#include "tests/unit/table.h"

#include <string.h>

/* ---- the next byte that matters ---- */

static const char *plainly(const char *p, const char *end, const char *wanted)
{
	while (p < end && !(*p && strchr(wanted, *p)))
		p++;
	return p;
}

static void check_scans(const char *p, const char *end)
{
	assert_ptr_equal(conf_scan_section(p, end), plainly(p, end, "\"'#/${}"));
	assert_ptr_equal(conf_scan_string(p, end, '"'), plainly(p, end, "\"\\$"));
	assert_ptr_equal(conf_scan_string(p, end, '\''), plainly(p, end, "'\\$"));
}

/* Each byte, at each place of texts of each length; the memory has nothing after them. */
static void test_scan(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 50; n++) {
		char *text = malloc(n ? n : 1);
		assert_non_null(text);
		for (unsigned byte = 0; byte < 256; byte++)
			for (size_t at = 0; at < n; at++) {
				memset(text, 'a', n);
				text[at] = (char)byte;
				check_scans(text, text + n);
				/* The first of two counts, in the same half and in the other. */
				for (size_t other = at; other < n; other += 7) {
					text[other] = '"';
					check_scans(text, text + n);
				}
			}
		check_scans(text, text);
		free(text);
	}
}

/* ---- headings ---- */

static const struct heading_row {
	const char *name;
	struct str text;
	const char *title; /* NULL: this is left to conf_lex_next() */
	size_t end;        /* where the lexer is then */
} heading_rows[] = {
	{"heading", STR_LIT("address \"a@b\" {x"), "a@b", 15},
	{"heading, the last bytes", STR_LIT("address \"\" {"), "", 12},
	{"heading after lines", STR_LIT("\r\n\t \naddress \"a\" {\r\n"), "a", 18},
	{"heading with a title of 20 letters", STR_LIT("address \"abcdefghijklmnopqrst\" {"),
		"abcdefghijklmnopqrst", 32},
	{"heading with a brace and a sign in its title", STR_LIT("address \"a}#'/b\" {"), "a}#'/b",
		18},
	{"heading with a line end in its title", STR_LIT("address \"a\nb\" {"), "a\nb", 15},
	{"no heading: nothing", STR_LIT(""), NULL, 0},
	{"no heading: blanks", STR_LIT(" \n"), NULL, 0},
	{"no heading: half a word", STR_LIT("addr"), NULL, 0},
	{"no heading: a word", STR_LIT("address"), NULL, 0},
	{"no heading: an open title", STR_LIT("address \"a {"), NULL, 0},
	{"no heading: an open title, the shortest", STR_LIT("address \""), NULL, 0},
	{"no heading: a title alone", STR_LIT("address \"a\""), NULL, 0},
	{"no heading: a blank after the title", STR_LIT("address \"a\" "), NULL, 0},
	{"no heading: another type", STR_LIT("domain \"a\" {"), NULL, 0},
	{"no heading: a longer type", STR_LIT("addresses \"a\" {"), NULL, 0},
	{"no heading: no blank before the title", STR_LIT("address\"a\" {"), NULL, 0},
	{"no heading: two blanks", STR_LIT("address  \"a\" {"), NULL, 0},
	{"no heading: no blank before the brace", STR_LIT("address \"a\"{"), NULL, 0},
	{"no heading: a brace in the next line", STR_LIT("address \"a\"\n{"), NULL, 0},
	{"no heading: single quotes", STR_LIT("address 'a' {"), NULL, 0},
	{"no heading: no quotes", STR_LIT("address a {"), NULL, 0},
	{"no heading: an escape", STR_LIT("address \"\\x61\" {"), NULL, 0},
	{"no heading: an escaped quote", STR_LIT("address \"a\\\" {\" {"), NULL, 0},
	{"no heading: a variable", STR_LIT("address \"${A}\" {"), NULL, 0},
	{"no heading: a comment first", STR_LIT("# c\naddress \"a\" {"), NULL, 0},
};

static void test_heading(void **state)
{
	const struct heading_row *row = *state;
	const struct conf_text text = {.path = "f", .p = row->text.p, .n = row->text.n};
	struct err err;
	struct conf_lexer l = {&text, 0, text.n, &err};
	struct conf_token title;
	assert_int_equal(conf_lex_heading(&l, STR_LIT("address \""), &title), row->title != NULL);
	assert_int_equal(l.at, row->end);
	if (!row->title)
		return;
	assert_true(str_eq(title.raw, str_of(row->title)));
	assert_int_equal(title.form, CONF_PLAIN);
	/* Read as any token, it is the same. */
	struct conf_token same;
	l.at = title.at;
	assert_int_equal(conf_lex_next(&l, &same), 0);
	assert_int_equal(same.at, title.at);
	assert_ptr_equal(same.raw.p, title.raw.p);
	assert_int_equal(same.raw.n, title.raw.n);
}

/* ---- the inside of a section ---- */

static const struct inside_row {
	const char *name;
	struct str text;   /* its first byte is the section's brace */
	size_t end;        /* after the closing brace; 0: there is none */
	const char *wrong; /* the error */
} inside_rows[] = {
	{"inside: nothing", STR_LIT("{}"), 2, NULL},
	{"inside: another after it", STR_LIT("{}{}"), 2, NULL},
	{"inside: braces in braces", STR_LIT("{ a = { b, { c } } }}"), 20, NULL},
	{"inside: lines", STR_LIT("{\n\tquota = 1G\n\tlog = \"/var/log/x\"\n}\n"), 35, NULL},
	{"inside: CRLF", STR_LIT("{\r\n\tquota = 1G\r\n}\r\n"), 17, NULL},
	{"inside: a section in several lines", STR_LIT("\n{\n\n\n}\n"), 6, NULL},
	{"inside: braces in strings", STR_LIT("{ \"}\" '}' \"{\" '{' }"), 19, NULL},
	{"inside: the other quote in strings", STR_LIT("{ \"'\" '\"' }"), 11, NULL},
	{"inside: escaped quotes", STR_LIT("{ \"\\\"}\" '\\'}' }"), 15, NULL},
	{"inside: an escaped backslash", STR_LIT("{ \"\\\\\" } \" }"), 8, NULL},
	{"inside: a variable with a quote in a string", STR_LIT("{ \"${a\"}\" }"), 11, NULL},
	{"inside: a variable with a quote", STR_LIT("{ a = ${\"} }"), 12, NULL},
	{"inside: no variable in single quotes", STR_LIT("{ '${' } '}"), 8, NULL},
	{"inside: no variable in a word", STR_LIT("{ a${ } }"), 9, NULL},
	{"inside: a dollar sign", STR_LIT("{ $ }"), 5, NULL},
	{"inside: a comment to the end of the line", STR_LIT("{ # }\n}"), 7, NULL},
	{"inside: a comment of a sign alone", STR_LIT("{#\n}"), 4, NULL},
	{"inside: a comment after a word", STR_LIT("{ a#}\n}"), 7, NULL},
	{"inside: a comment with a quote", STR_LIT("{ # it's\n}"), 10, NULL},
	{"inside: a comment with two slashes", STR_LIT("{ // }\n}"), 8, NULL},
	{"inside: slashes in a word", STR_LIT("{ a//} }"), 6, NULL},
	{"inside: a comment in stars", STR_LIT("{ /* } \" */ }"), 13, NULL},
	{"inside: a comment after a comment", STR_LIT("{/**///}\n}"), 10, NULL},
	{"inside: stars in a word", STR_LIT("{ a/*} */ }"), 6, NULL},
	{"inside: a string of 40 letters",
		STR_LIT("{ \"1234567890123456789012345678901234567890\" }"), 46, NULL},
	{"inside: a byte that is no letter", STR_LIT("{ \xff\x80 }"), 6, NULL},
	{"open inside: nothing", STR_LIT("{"), 0, "f:1:1: this section does not end"},
	{"open inside: the second line", STR_LIT("\n {\n\n"), 0,
		"f:2:2: this section does not end"},
	{"open inside: braces", STR_LIT("{ { } "), 0, "f:1:1: this section does not end"},
	{"open inside: a string", STR_LIT("{\n a = \"}\n"), 0, "f:2:6: this string does not end"},
	{"open inside: single quotes", STR_LIT("{ '}"), 0, "f:1:3: this string does not end"},
	{"open inside: an escaped quote", STR_LIT("{ \"\\\"}"), 0,
		"f:1:3: this string does not end"},
	{"open inside: a backslash last", STR_LIT("{ \"}\\"), 0, "f:1:3: this string does not end"},
	{"open inside: a comment", STR_LIT("{\r\n /* }"), 0, "f:2:2: this comment does not end"},
	{"open inside: a comment to the end", STR_LIT("{ # }"), 0,
		"f:1:1: this section does not end"},
	{"open inside: a variable", STR_LIT("{ ${ "), 0, "f:1:1: this section does not end"},
};

static void test_inside(void **state)
{
	const struct inside_row *row = *state;
	struct str s = row->text;
	const struct conf_text text = {
		.path = "f", .p = s.p, .n = s.n, .last_brace = str_rfind(s, '}') % s.n};
	struct err err = {.text = ""};
	struct conf_lexer l = {&text, 0, text.n, &err};
	int r = conf_lex_skip_braces(&l, str_find(s, '{'));
	assert_string_equal(err.text, row->wrong ? row->wrong : "");
	assert_int_equal(r, row->wrong ? -1 : 0);
	if (r == 0)
		assert_int_equal(l.at, row->end);
}

/* What is skipped ends where the tokens say that it ends. A star outside of quotes is no token. */
static size_t end_by_tokens(struct conf_lexer l)
{
	struct conf_token t;
	for (size_t depth = 0;;) {
		bool is_wrong = conf_lex_next(&l, &t) < 0;
		if (is_wrong && l.text->p[l.at] == '*') {
			l.at++;
			continue;
		}
		if (is_wrong || t.kind == CONF_END)
			return 0;
		if (t.kind != CONF_SIGN || (t.sign != '{' && t.sign != '}'))
			continue;
		depth = t.sign == '{' ? depth + 1 : depth - 1;
		if (depth == 0)
			return l.at;
	}
}

static const char *const pieces[] = {"{", "}", "}", "\n", "\r\n", " ", "\"", "'", "\\", "$", "${",
	"${a}", "\"${a\"}\"", "#", "//", "/*", "*/", "/", "a", "=", ",", "a long word of thirty",
	"\"a string\"", "'it\"s'", "# c\n", "/* c */", "// c }\n", "\"}\"", "\xff"};

static void add_pieces(struct buf *to)
{
	buf_byte(to, '{');
	for (long k = random() % 25; k >= 0; k--)
		buf_add(to, str_of(pieces[(size_t)random() % (sizeof pieces / sizeof *pieces)]));
	buf_byte(to, '}');
}

static void test_random(void **state)
{
	size_t closed = 0;
	(void)state;
	srandom(1);
	for (int i = 0; i < 100000; i++) {
		struct buf b = {0};
		add_pieces(&b);
		const struct conf_text text = {
			.path = "f", .p = buf_cstr(&b), .n = b.n, .last_brace = b.n - 1};
		struct err err;
		struct conf_lexer l = {&text, 0, text.n, &err};
		size_t end = end_by_tokens(l);
		int r = conf_lex_skip_braces(&l, 0);
		if (end && (r < 0 || l.at != end))
			fail_msg("%s\nends at %zu, and not at %zu", text.p, end, l.at);
		if (!end && r == 0)
			fail_msg("%s\ndoes not end, and not at %zu", text.p, l.at);
		closed += end > 0;
		buf_free(&b);
	}
	assert_true(closed > 10000 && closed < 90000);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(test_scan, "each byte at each place"),
		TABLE(test_heading, heading_rows),
		TABLE(test_inside, inside_rows),
		TABLE_OF_ONE(test_random, "a hundred thousand sections of random pieces"),
	};
	return table_run("conf_scan", tables, sizeof tables / sizeof *tables);
}
