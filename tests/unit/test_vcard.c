/* Address books of phones, servers and their exports, and files that are not address books. */
#include "base/buf.h"
#include "base/vcard.h"
#include "tests/unit/table.h"

#include <string.h>
#include <time.h>

#define B  "BEGIN:VCARD\r\n"
#define E  "END:VCARD\r\n"
#define CR "\r\n"

static const struct row {
	const char *name, *text;
	size_t cards;
	const char *found; /* "name <address>" for each */
} rows[] = {
	{"nothing", "", 0, ""},
	{"4.0", B "VERSION:4.0" CR "FN:Ann Boss" CR "EMAIL:ann@x.test" CR E, 1,
		"Ann Boss <ann@x.test>\n"},
	{"line feeds alone", "BEGIN:VCARD\nFN:Ann\nEMAIL:ann@x.test\nEND:VCARD\n", 1,
		"Ann <ann@x.test>\n"},
	{"a byte order mark", "\xef\xbb\xbf" B "FN:A" CR "EMAIL:a@x" CR E, 1, "A <a@x>\n"},
	{"any case", "begin:vcard\nfn:Ann\nEmail:ann@x.test\nend:VCard\n", 1, "Ann <ann@x.test>\n"},
	{"several addresses", B "FN:A" CR "EMAIL:a@x" CR "EMAIL:b@x" CR E, 1, "A <a@x>\nA <b@x>\n"},
	{"several cards", B "FN:A" CR "EMAIL:a@x" CR E B "FN:B" CR "EMAIL:b@x" CR E, 2,
		"A <a@x>\nB <b@x>\n"},
	{"the address in front of the name", B "EMAIL:a@x" CR "FN:A" CR E, 1, "A <a@x>\n"},
	{"no name", B "EMAIL:a@x" CR E, 1, " <a@x>\n"},
	{"no address", B "FN:A" CR "TEL:1" CR E, 1, ""},
	{"an address without @", B "FN:A" CR "EMAIL:somewhere" CR E, 1, ""},
	{"types of 3.0", B "VERSION:3.0" CR "FN:A" CR "EMAIL;TYPE=INTERNET,HOME;TYPE=pref:a@x" CR E,
		1, "A <a@x>\n"},
	{"parameters of 2.1",
		B "VERSION:2.1" CR "N:Boss;Ann;;Dr.;" CR "EMAIL;INTERNET;PREF:a@x" CR E, 1,
		"Ann Boss <a@x>\n"},
	{"a family name alone", B "N:Boss;;;;" CR "EMAIL:a@x" CR E, 1, "Boss <a@x>\n"},
	{"a given name alone", B "N:;Ann" CR "EMAIL:a@x" CR E, 1, "Ann <a@x>\n"},
	{"both names: the formatted one", B "N:Boss;Ann" CR "FN:The Boss" CR "EMAIL:a@x" CR E, 1,
		"The Boss <a@x>\n"},
	{"parameters of 4.0, quoted", B "FN:A" CR "EMAIL;PID=\"1:2\";PREF=1:a@x" CR E, 1,
		"A <a@x>\n"},
	{"several in one line, commas escaped", B "FN:A" CR "EMAIL:a@x\\,b@x" CR E, 1,
		"A <a@x>\nA <b@x>\n"},
	{"several as Google joins them", B "FN:A" CR "EMAIL:a@x ::: b@x" CR E, 1,
		"A <a@x>\nA <b@x>\n"},
	{"with the name", B "FN:A" CR "EMAIL:Doe\\, Ann <a@x>" CR E, 1, "A <a@x>\n"},
	{"not an address", B "FN:A" CR "EMAIL:a@x b@x" CR E, 1, "A <a@x b@x>\n"},
	{"a semicolon in a name", B "N:Boss\\; Ltd;Ann" CR "EMAIL:a@x" CR E, 1,
		"Ann Boss; Ltd <a@x>\n"},
	{"a URI, encoded", B "FN:A" CR "EMAIL:mailto:a%2bb@x?subject=x" CR E, 1, "A <a+b@x>\n"},
	{"a URI", B "FN:A" CR "EMAIL;VALUE=uri:mailto:a@x" CR E, 1, "A <a@x>\n"},
	{"a group", B "FN:A" CR "item1.EMAIL;type=pref:a@x" CR "item1.X-ABLabel:Work" CR E, 1,
		"A <a@x>\n"},
	{"folded", B "FN:Ann " CR "  Boss" CR "EMAIL:ann@" CR "\tx.test" CR E, 1,
		"Ann  Boss <ann@x.test>\n"},
	{"escaped", B "FN:Boss\\, Ann\\; MD\\nX\\\\" CR "EMAIL:a@x" CR E, 1,
		"Boss, Ann; MD X\\ <a@x>\n"},
	{"quoted-printable",
		B "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen" CR "EMAIL:j@x" CR E, 1,
		"J\xc3\xbcrgen <j@x>\n"},
	{"quoted-printable over two lines",
		B "FN;ENCODING=QUOTED-PRINTABLE:Ann =" CR "Boss" CR "EMAIL:a@x" CR E, 1,
		"Ann Boss <a@x>\n"},
	{"quoted-printable is the word of a parameter, not of a value",
		B "FN:QUOTED-PRINTABLE=" CR "EMAIL:a@x" CR E, 1, "QUOTED-PRINTABLE= <a@x>\n"},
	{"quoted-printable, broken", B "FN;QUOTED-PRINTABLE:A=G1=4" CR "EMAIL:a@x" CR E, 1,
		"A=G1=4 <a@x>\n"},
	{"Latin-1", B "FN:J\xfcrgen" CR "EMAIL:j@x" CR E, 1, "J\xc3\xbcrgen <j@x>\n"},
	{"an overlong form is Latin-1", B "FN:\xc0\xaf" CR "EMAIL:j@x" CR E, 1,
		"\xc3\x80\xc2\xaf <j@x>\n"},
	{"a surrogate is Latin-1", B "FN:\xed\xa0\x80" CR "EMAIL:j@x" CR E, 1,
		"\xc3\xad\xc2\xa0\xc2\x80 <j@x>\n"},
	{"Latin-1, quoted-printable",
		B "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=FCrgen" CR "EMAIL:j@x" CR E, 1,
		"J\xc3\xbcrgen <j@x>\n"},
	{"blanks around", B "FN: Ann " CR "EMAIL: a@x " CR E, 1, "Ann <a@x>\n"},
	{"another component",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEMAIL:e@x\nEND:VEVENT\nEND:VCALENDAR\n", 0, ""},
	{"an address outside of a card", "EMAIL:e@x\n" B "FN:A" CR "EMAIL:a@x" CR E "EMAIL:f@x\n",
		1, "A <a@x>\n"},
	{"a card without an end", B "FN:A" CR "EMAIL:a@x" CR, 0, ""},
	{"a card within a card", B "FN:A" CR "EMAIL:a@x" CR B "FN:B" CR "EMAIL:b@x" CR E E, 1,
		"B <b@x>\n"},
	{"an end without a card", E B "FN:A" CR "EMAIL:a@x" CR E, 1, "A <a@x>\n"},
	{"lines without a colon", B "nonsense" CR "FN:A" CR "EMAIL" CR "EMAIL:a@x" CR E, 1,
		"A <a@x>\n"},
	{"a photo", B "FN:A" CR "PHOTO;ENCODING=b:AAAA" CR " BBBB" CR "EMAIL:a@x" CR E, 1,
		"A <a@x>\n"},
};

static void add(void *context, struct str name, struct str address, unsigned line)
{
	assert_true(line > 0);
	buf_add(context, name);
	buf_text(context, " <");
	buf_add(context, address);
	buf_text(context, ">\n");
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct buf found = {0};
	assert_int_equal(vcard_walk(str_of(row->text), add, &found), row->cards);
	assert_string_equal(buf_cstr(&found), row->found);
	buf_free(&found);
}

/* What is written is read again as it was. */
static const struct written_row {
	const char *name, *person, *address, *found;
} written_rows[] = {
	{"written: plain", "Ann Boss", "a@x", "Ann Boss <a@x>\n"},
	{"written: what is escaped", "Boss, Ann; \\", "a@x", "Boss, Ann; \\ <a@x>\n"},
	{"written: no name", "", "a@x", "a@x <a@x>\n"},
	{"written: what could start a line", "A\nEMAIL:evil@x", "a@x", "A EMAIL:evil@x <a@x>\n"},
	{"written: UTF-8", "J\xc3\xbcrgen", "j@x", "J\xc3\xbcrgen <j@x>\n"},
};

static void test_written(void **state)
{
	const struct written_row *row = *state;
	struct buf card = {0}, found = {0};
	vcard_write(&card, str_of(row->person), str_of(row->address));
	assert_int_equal(vcard_walk(buf_str(&card), add, &found), 1);
	assert_string_equal(buf_cstr(&found), row->found);
	buf_free(&card);
	buf_free(&found);
}

static void ignore(void *context, struct str name, struct str address, unsigned line)
{
	(void)line;
	*(size_t *)context += name.n + address.n;
}

static void test_hostile(void **state)
{
	static const char *const pieces[] = {B, E, B "EMAIL:a@x" CR, "EMAIL:a@x" CR, " x" CR,
		"=" CR, ":", ";", "\"", "FN;QUOTED-PRINTABLE:=" CR, "\\", "\xff", "N:;;;;" CR};
	(void)state;
	for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
		struct buf text = {0};
		size_t seen = 0;
		buf_text(&text, B "FN:A" CR "EMAIL;QUOTED-PRINTABLE:");
		for (int i = 0; i < 500000; i++)
			buf_text(&text, pieces[k]);
		clock_t start = clock();
		vcard_walk(buf_str(&text), ignore, &seen);
		buf_free(&text);
		if ((double)(clock() - start) / CLOCKS_PER_SEC > 10)
			fail_msg("too long for \"%s\"", pieces[k]);
	}
}

static void test_long(void **state)
{
	(void)state;
	for (size_t n = 4000; n < 5000; n += 90) {
		struct buf text = {0};
		size_t seen = 0;
		buf_text(&text, B "FN:A" CR "EMAIL:a@x.test");
		for (size_t i = 8; i < n; i++)
			buf_text(&text, "y");
		buf_text(&text, CR E);
		vcard_walk(buf_str(&text), ignore, &seen);
		buf_free(&text);
		assert_int_equal(seen, n <= 4096 ? strlen("A") + n : 0);
	}
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_written, written_rows),
		TABLE_OF_ONE(test_long, "a long address is not cut"),
		TABLE_OF_ONE(test_hostile, "megabytes of anything"),
	};
	return table_run("vcard", tables, sizeof tables / sizeof *tables);
}
