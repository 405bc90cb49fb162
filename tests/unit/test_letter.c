/*
 * Messages that we write: no field is made by a sender or a script, no line is too long, and GMime
 * can read them.
 */
#include "mda/outgoing/letter.h"
#include "tests/unit/table.h"

#include <string.h>

#define LONG_WORD "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

enum what { FIELD, ADDRESSES, IDS, BODY, ENTITY, TYPED };

static const struct row {
	const char *name;
	enum what what;
	struct str text;
	const char *written;
} rows[] = {
	{"field: plain", FIELD, STR_LIT("Hello"), "X: Hello\n"},
	{"field: empty", FIELD, STR_LIT(""), ""},
	{"field: UTF-8", FIELD,
		STR_LIT("Gr\xc3\xbc\xc3\x9f"
			"e"),
		"X: =?UTF-8?B?R3LDvMOfZQ==?=\n"},
	{"field: a line end", FIELD, STR_LIT("a\nEvil: 1"), "X: a Evil: 1\n"},
	{"field: CR and NUL", FIELD, STR_LIT("a\rEvil\0: 1"), "X: a Evil : 1\n"},
	{"field: what looks encoded", FIELD, STR_LIT("=?utf-8?q?a?="),
		"X: =?UTF-8?B?PT91dGYtOD9xP2E/PQ==?=\n"},
	{"field: long, folded", FIELD,
		STR_LIT("aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm nnnn "
			"oooo pppp"),
		"X: aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm nnnn\n oooo "
		"pppp\n"},

	{"addresses: one", ADDRESSES, STR_LIT("a@b.test"), "X: <a@b.test>\n"},
	{"addresses: with a name", ADDRESSES, STR_LIT("Ann B <a@b.test>"),
		"X: Ann B\n <a@b.test>\n"},
	{"addresses: a name that needs quotes", ADDRESSES, STR_LIT("\"B, \\\"A\\\"\" <a@b.test>"),
		"X: \"B, \\\"A\\\"\"\n <a@b.test>\n"},
	{"addresses: a name in UTF-8", ADDRESSES, STR_LIT("\xc3\x84nn <a@b.test>"),
		"X: =?UTF-8?B?w4Rubg==?=\n <a@b.test>\n"},
	{"addresses: several", ADDRESSES, STR_LIT("a@b.test, c@d.test"),
		"X: <a@b.test>,\n <c@d.test>\n"},
	{"addresses: none", ADDRESSES, STR_LIT("nobody"), ""},
	{"addresses: a line end", ADDRESSES, STR_LIT("a@b.test\nEvil: 1"), "X: <a@b.test>\n"},
	{"addresses: UTF-8 in the address", ADDRESSES, STR_LIT("\xc3\xa4@b.test"), ""},
	{"addresses: a local part with a blank", ADDRESSES, STR_LIT("\"a b\"@b.test"),
		"X: <\"a b\"@b.test>\n"},

	{"ids: one", IDS, STR_LIT("<a@b>"), "X: <a@b>\n"},
	{"ids: several", IDS, STR_LIT("<a@b>\n <c@d>"), "X: <a@b>\n <c@d>\n"},
	{"ids: nonsense between", IDS, STR_LIT("<a@b> x <c d> <e@f>"), "X: <a@b>\n <e@f>\n"},
	{"ids: none", IDS, STR_LIT("x y"), ""},
	{"ids: UTF-8", IDS, STR_LIT("<\xc3\xa4@b>"), ""},

	{"typed: an address", TYPED, STR_LIT("a@b.test"), "X: rfc822; a@b.test\n"},
	{"typed: a line end", TYPED, STR_LIT("a@b.test\nEvil: 1"), ""},

	{"body: plain", BODY, STR_LIT("Hello\nyou"),
		"MIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nContent-Transfer-Encoding: 7bit\n\nHello\nyou\n"},
	{"body: CRLF", BODY, STR_LIT("a\r\nb\r\n"),
		"MIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nContent-Transfer-Encoding: 7bit\n\na\nb\n"},
	{"body: UTF-8", BODY,
		STR_LIT("Gr\xc3\xbc\xc3\x9f"
			"e = \n"),
		"MIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe "
		"=3D=20\n"},
	{"body: empty", BODY, STR_LIT(""),
		"MIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nContent-Transfer-Encoding: 7bit\n\n"},
	{"body: a control", BODY, STR_LIT("a\x01"),
		"MIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\na=01\n"},

	{"entity: its fields", ENTITY,
		STR_LIT("Content-Type: text/html\nContent-Language: de\n\n<b>x</b>\n"),
		"MIME-Version: 1.0\nContent-Type: text/html\nContent-Language: de\n\n<b>x</b>\n"},
	{"entity: CRLF, and a fold", ENTITY,
		STR_LIT("Content-Type: multipart/mixed;\r\n boundary=x\r\n\r\n--x--\r\n"),
		"MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=x\n\n--x--\n"},
	{"entity: fields that are not its business", ENTITY,
		STR_LIT("Bcc: evil@b.test\nContent-Type: text/plain\nTo: evil@b.test\n\nx\n"),
		"MIME-Version: 1.0\nContent-Type: text/plain\n\nx\n"},
	{"entity: a name with something in it", ENTITY,
		STR_LIT("Content-\x01Type: a\nContent-X y: b\n\nx\n"),
		"MIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nContent-=01Type: a\n"
		"Content-X y: b\n\nx\n"},
	{"entity: a control in a value", ENTITY, STR_LIT("Content-Type: a\rBcc: b\n\nx\n"),
		"MIME-Version: 1.0\n\nx\n"},
	{"entity: no header", ENTITY, STR_LIT("\nx\n"),
		"MIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nContent-Transfer-Encoding: 7bit\n\nx\n"},
	{"entity: nothing", ENTITY, STR_LIT(""),
		"MIME-Version: 1.0\nContent-Type: text/plain; "
		"charset=utf-8\nContent-Transfer-Encoding: 7bit\n\n"},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct letter l = {.mem = arena_new()};
	switch (row->what) {
	case FIELD:
		letter_field(&l, "X", row->text);
		break;
	case ADDRESSES:
		letter_addresses(&l, "X", row->text);
		break;
	case IDS:
		letter_ids(&l, "X", row->text);
		break;
	case BODY:
		letter_body(&l, row->text);
		break;
	case ENTITY:
		letter_entity(&l, row->text);
		break;
	case TYPED:
		letter_typed(&l, "X", row->text);
		break;
	}
	assert_string_equal(buf_cstr(&l.text), row->written);
	letter_free(&l);
	arena_free(l.mem);
}

/* Whatever it is made of: lines that mail allows, each of them ours. */
static void check_lines(const struct letter *l, size_t most)
{
	struct str text = buf_str(&l->text), line;
	while (str_line(&text, &line)) {
		if (line.n > most)
			fail_msg("%zu bytes in a line", line.n);
		assert_int_equal(str_find(line, '\r'), line.n);
		assert_int_equal(str_find(line, '\0'), line.n);
		bool ours = line.n == 0 || line.p[0] == ' ' || str_istarts(line, STR_LIT("X: "));
		if (most < 998 && !ours)
			fail_msg("a line of somebody else's: " STR_FMT, STR_ARGS(line));
	}
}

static void test_any(void **state)
{
	static const char *const pieces[] = {"\n", "\r\nEvil: 1", LONG_WORD, " ", "\xc3\xbc",
		"\xff", "=?", "<a@b>", ",", "\"", "\\", "<", "a@b.test, ", "(", "\x01", "=\n",
		"\t"};
	(void)state;
	for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
		struct buf text = {0};
		for (int i = 0; i < 3000; i++)
			buf_text(&text, pieces[k]);
		for (int what = FIELD; what <= TYPED; what++) {
			struct letter l = {.mem = arena_new()};
			struct str t = buf_str(&text);
			if (what == FIELD)
				letter_field(&l, "X", t);
			else if (what == ADDRESSES)
				letter_addresses(&l, "X", t);
			else if (what == IDS)
				letter_ids(&l, "X", t);
			else if (what == TYPED)
				letter_typed(&l, "X", t);
			else if (what == BODY)
				letter_body(&l, t);
			else
				letter_entity(&l, t);
			check_lines(&l, what == BODY || what == ENTITY ? 998 : 997);
			letter_free(&l);
			arena_free(l.mem);
		}
		buf_free(&text);
	}
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_any, "anything: lines of ours, none too long"),
	};
	return table_run("letter", tables, sizeof tables / sizeof *tables);
}
