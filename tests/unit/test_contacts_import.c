/* Address books of other programs: charsets, tables, columns, and cells with several addresses. */
#include "base/address_cell.h"
#include "base/buf.h"
#include "mda/tools/contacts/contacts_columns.h"
#include "mda/tools/contacts/contacts_utf8.h"
#include "tests/unit/table.h"

#include <string.h>

static void assert_text(struct buf *is, const char *wanted)
{
	assert_string_equal(buf_cstr(is), wanted);
	buf_free(is);
}

/* ---- one cell ---- */

static const struct cell_row {
	const char *name, *cell, *found; /* "name|spec" for each; NULL: it is refused */
} cell_rows[] = {
	{"cell: one", "ann@x.test", "|ann@x.test\n"},
	{"cell: blanks around", "  ann@x.test ", "|ann@x.test\n"},
	{"cell: nothing", "", ""},
	{"cell: Google's", "a@x.test ::: b@x.test ::: c@x.test",
		"|a@x.test\n|b@x.test\n|c@x.test\n"},
	{"cell: Google's, an empty one", "a@x.test ::: ", "|a@x.test\n"},
	{"cell: commas", "a@x.test, b@x.test", "|a@x.test\n|b@x.test\n"},
	{"cell: semicolons", "a@x.test; b@x.test;", "|a@x.test\n|b@x.test\n"},
	{"cell: lines", "a@x.test\nb@x.test", "|a@x.test\n|b@x.test\n"},
	{"cell: mailto", "mailto:ann@x.test", "|ann@x.test\n"},
	{"cell: MAILTO, with a subject", "MAILTO:ann@x.test?subject=a;b", NULL},
	{"cell: mailto, encoded", "mailto:ann%2Bx@x.test?subject=a", "|ann+x@x.test\n"},
	{"cell: mailto, an encoded @", "mailto:ann%40y@x.test", NULL},
	{"cell: mailto, cut", "mailto:ann@x.test%4", NULL},
	{"cell: Exchange's", "SMTP:ann@x.test", "|ann@x.test\n"},
	{"cell: a name", "Ann <ann@x.test>", "Ann|ann@x.test\n"},
	{"cell: a name with a comma", "Doe, Ann <ann@x.test>", "Doe, Ann|ann@x.test\n"},
	{"cell: a name with a dot", "Dr. Ann <ann@x.test>", "Dr. Ann|ann@x.test\n"},
	{"cell: a name in quotes", "\"Doe; Ann\" <ann@x.test>", "Doe; Ann|ann@x.test\n"},
	{"cell: a name in single quotes", "'Ann' <ann@x.test>", "Ann|ann@x.test\n"},
	{"cell: names, several", "Ann <a@x.test>; Bo <b@x.test>", "Ann|a@x.test\nBo|b@x.test\n"},
	{"cell: names, with commas", "Ann <a@x.test>, Bo <b@x.test>",
		"Ann|a@x.test\nBo|b@x.test\n"},
	{"cell: angle brackets alone", "<ann@x.test>", "|ann@x.test\n"},
	{"cell: two addresses and a blank", "a@x.test b@x.test", NULL},
	{"cell: an address for a name", "a@x.test <b@x.test>", NULL},
	{"cell: no domain", "ann@", NULL},
	{"cell: no local part", "@x.test", NULL},
	{"cell: a word", "ann", NULL},
	{"cell: one is wrong", "a@x.test ::: b", NULL},
	{"cell: open bracket", "Ann <ann@x.test", NULL},
	{"cell: open quotes", "\"a@x.test; b@x.test", NULL},
	{"cell: a group", "us: a@x.test, b@x.test;", NULL},
};

static void test_cell(void **state)
{
	const struct cell_row *row = *state;
	struct arena *mem = arena_new();
	struct buf is = {0};
	struct address_list list = address_cell_parse(str_of(row->cell), mem);
	if (list.malformed != !row->found)
		fail_msg("malformed: %d", list.malformed);
	for (size_t i = 0; i < list.count && row->found; i++)
		buf_fmt(&is, STR_FMT "|" STR_FMT "\n", STR_ARGS(list.items[i].name),
			STR_ARGS(list.items[i].spec));
	assert_text(&is, row->found ? row->found : "");
	arena_free(mem);
}

/* ---- tables ---- */

static const struct csv_row {
	const char *name, *text,
		*found; /* "line:field|field" for each record, "!" when it is wrong */
} csv_rows[] = {
	{"csv: nothing", "", ""},
	{"csv: commas", "a,b\nc,d\n", "1:a|b\n2:c|d\n"},
	{"csv: no line end", "a,b", "1:a|b\n"},
	{"csv: CRLF", "a,b\r\nc\r\n", "1:a|b\n2:c\n"},
	{"csv: semicolons", "a;b,c;d\n", "1:a|b,c|d\n"},
	{"csv: tabs", "a\tb, c\n", "1:a|b, c\n"},
	{"csv: the first line decides", "a;b\nc,d;e\n", "1:a|b\n2:c,d|e\n"},
	{"csv: separators in quotes do not count", "\"a,,,b\";c\n", "1:a,,,b|c\n"},
	{"csv: sep=", "sep=;\na;b,c\n", "2:a|b,c\n"},
	{"csv: sep= with CRLF", "sep=;\r\na;b\r\n", "2:a|b\n"},
	{"csv: sep=|", "sep=|\na|b;c\n", "2:a|b;c\n"},
	{"csv: sep= and a tab", "sep=\t\na\tb\n", "2:a|b\n"},
	{"csv: sep= is longer", "sep=;;;\nb\n", "1:sep=|||\n2:b\n"},
	{"csv: quotes", "\"a\"\"b\",\"\",c\n", "1:a\"b||c\n"},
	{"csv: a line end in quotes", "\"a\nb\",c\nd\n", "1:a\nb|c\n3:d\n"},
	{"csv: quotes within", "a\"b\",c\n", "1:a\"b\"|c\n"},
	{"csv: empty fields", ",\n,,\n", "1:|\n2:||\n"},
	{"csv: text after quotes", "\"a\"b,c\nd\n", "1!a|c\n2:d\n"},
	{"csv: blanks after quotes", "\"a\" ,c\n", "1:a|c\n"},
	{"csv: quotes that do not end", "a,\"b\nc,d\n", "1!a|\"b\n2:c|d\n"},
};

static void test_csv(void **state)
{
	const struct csv_row *row = *state;
	struct arena *mem = arena_new();
	struct buf is = {0};
	struct csv csv = contacts_csv_open(str_of(row->text));
	struct str_list fields;
	while (contacts_csv_next(&csv, mem, &fields)) {
		buf_fmt(&is, "%u%c", csv.line, csv.wrong ? '!' : ':');
		for (size_t i = 0; i < fields.count; i++)
			buf_fmt(&is, "%s" STR_FMT, i ? "|" : "", STR_ARGS(fields.items[i]));
		buf_byte(&is, '\n');
	}
	assert_text(&is, row->found);
	arena_free(mem);
}

/* ---- columns ---- */

static const struct column_row {
	const char *name, *first, *record; /* fields, with | between them */
	bool has_headings;
	const char *addresses, *person; /* cells of addresses, with | after each */
} column_rows[] = {
	{"columns: Google", "Name|Given Name|E-mail 1 - Type|E-mail 1 - Value",
		"Ann B|Ann|* Work|a@x", true, "a@x|", "Ann B"},
	{"columns: Google's newer ones", "First Name|Middle Name|Last Name|E-mail 1 - Value",
		"Ann|M|B|a@x", true, "a@x|", "Ann B"},
	{"columns: Outlook",
		"First Name|Last Name|E-mail Address|E-mail Type|E-mail Display Name|E-mail 2 "
		"Address",
		"Ann|B|a@x|SMTP|Ann (a@x)|b@x", true, "a@x|b@x|", "Ann B"},
	{"columns: Outlook, German",
		"Vorname|Nachname|E-Mail-Adresse|Stra\xc3\x9f"
		"e",
		"J\xc3\xb6rg|B|a@x|Weg 1", true, "a@x|", "J\xc3\xb6rg B"},
	{"columns: Outlook, French", "Pr\xc3\xa9nom|Nom|Adresse de messagerie", "Eve|B|a@x", true,
		"a@x|", "Eve B"},
	{"columns: Spanish", "Nombre|Apellidos|Direcci\xc3\xb3n de correo electr\xc3\xb3nico",
		"Eva|B|a@x", true, "a@x|", "Eva B"},
	{"columns: Thunderbird", "Display Name|Primary Email|Secondary Email|Notes",
		"Ann|a@x|b@x|see c@x", true, "a@x|b@x|", "Ann"},
	{"columns: ours", "address|name|count|last", "a@x|'=Ann|2|2026-10-01", true, "a@x|",
		"=Ann"},
	{"columns: a language nobody knows", "Foo|Bar|Baz", "Ann|a@x|see b@x", true, "a@x|", ""},
	{"columns: no headings", "a@x|Ann", "b@x|Bo", false, "b@x|", "Bo"},
	{"columns: no headings, the name first", "Ann|a@x", "Bo|b@x", false, "b@x|", "Bo"},
	{"columns: one alone, no heading", "a@x", "b@x", false, "b@x|", ""},
	{"columns: a wrong address", "Name|Email", "Ann|a@x b@x", true, "a@x b@x|", "Ann"},
	{"columns: more fields than headings", "Name|Email", "Ann|a@x|b@x", true, "a@x|", "Ann"},
};

static struct str_list split(const char *text, struct arena *mem)
{
	struct str_list list = {0};
	struct str rest = str_of(text);
	size_t n;
	do {
		n = str_find(rest, '|');
		*(struct str *)ARENA_PUSH(mem, list.items, list.count) = str_slice(rest, 0, n);
		rest = str_slice(rest, n + 1, rest.n);
	} while (rest.n);
	return list;
}

static void test_columns(void **state)
{
	const struct column_row *row = *state;
	struct arena *mem = arena_new();
	struct buf is = {0};
	struct columns columns;
	struct str_list first = split(row->first, mem), record = split(row->record, mem);
	assert_int_equal(contacts_columns_find(&columns, &first, mem), row->has_headings);
	for (size_t i = 0; i < record.count; i++)
		if (contacts_columns_has_address(&columns, i, record.items[i]))
			buf_fmt(&is, STR_FMT "|", STR_ARGS(record.items[i]));
	assert_text(&is, row->addresses);
	struct buf person = {0};
	buf_add(&person, contacts_columns_name(&columns, &record, mem));
	assert_text(&person, row->person);
	arena_free(mem);
}

/* ---- charsets ---- */

static const struct utf8_row {
	const char *name;
	struct str bytes;
	const char *text;
} utf8_rows[] = {
	{"charset: nothing", STR_LIT(""), ""},
	{"charset: ASCII", STR_LIT("a,b"), "a,b"},
	{"charset: UTF-8", STR_LIT("\xc3\xa9"), "\xc3\xa9"},
	{"charset: UTF-8 with a mark", STR_LIT("\xef\xbb\xbf\xc3\xa9"), "\xc3\xa9"},
	{"charset: UTF-8 with a mark, and not",
		STR_LIT("\xef\xbb\xbf"
			"a\xff"
			"b"),
		"a\xef\xbf\xbd"
		"b"},
	{"charset: Latin-1", STR_LIT("Pr\xe9nom"), "Pr\xc3\xa9nom"},
	{"charset: Windows-1252", STR_LIT("\x80 \x93x\x94"),
		"\xe2\x82\xac \xe2\x80\x9cx\xe2\x80\x9d"},
	{"charset: UTF-16",
		STR_LIT("\xff\xfe"
			"a\0\xe9\0"),
		"a\xc3\xa9"},
	{"charset: UTF-16, the other end", STR_LIT("\xfe\xff\0a\0\xe9"), "a\xc3\xa9"},
	{"charset: UTF-16 without a mark", STR_LIT("a\0b\0c\0\xe9\0"), "abc\xc3\xa9"},
	{"charset: UTF-16, the other end, without a mark", STR_LIT("\0a\0b\0\xe9"), "ab\xc3\xa9"},
	{"charset: UTF-16, a pair", STR_LIT("\xff\xfe\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80"},
	{"charset: UTF-16, half a pair",
		STR_LIT("\xff\xfe\x3d\xd8"
			"a\0"),
		"\xef\xbf\xbd"
		"a"},
	{"charset: UTF-16, cut",
		STR_LIT("\xff\xfe"
			"a\0b"),
		"a\xef\xbf\xbd"},
};

static void test_utf8(void **state)
{
	const struct utf8_row *row = *state;
	struct buf text = {0};
	struct err err;
	assert_int_equal(contacts_utf8(row->bytes, &text, "F", &err), 0);
	assert_text(&text, row->text);
}

static void test_long(void **state)
{
	struct buf bytes = {0}, text = {0};
	struct err err;
	(void)state;
	for (int i = 0; i < 1000000; i++)
		buf_byte(&bytes, (char)(i % 3 ? 'a' : 0xe9));
	assert_int_equal(contacts_utf8(buf_str(&bytes), &text, "F", &err), 0);
	assert_int_equal(text.n, 1000000 + 333334);
	buf_free(&bytes);
	buf_free(&text);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_cell, cell_rows),
		TABLE(test_csv, csv_rows),
		TABLE(test_columns, column_rows),
		TABLE(test_utf8, utf8_rows),
		TABLE_OF_ONE(test_long, "a megabyte of Latin-1"),
	};
	return table_run("contacts_import", tables, sizeof tables / sizeof *tables);
}
