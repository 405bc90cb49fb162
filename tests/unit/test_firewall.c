/* The header firewall: only we can write X-Mda- fields, however others disguise them. */
#include "base/buf.h"
#include "filters/firewall.h"
#include "tests/unit/table.h"

#include <string.h>
#include <time.h>

static const struct row {
	const char *name;
	struct str text;
	const char *removed; /* 1 for each field that goes, 0 for each that stays */
} rows[] = {
	{"a name of the admin's", STR_LIT("X-Flag: 1\nFrom: a\nx-FLAG : 2\nX-Flags: 3\n\n"),
		"1010"},
	{"a name of the admin's, disguised", STR_LIT("From: a\nX-\0Fl ag: 2\nTo: b\rX-Flag: 3\n\n"),
		"011"},
	{"a name of the admin's without a colon", STR_LIT("From: a\nX-Flag 2\n\n"), "00"},
	{"several names of the admin's",
		STR_LIT("X-Spam-A: 1\nX-Spam-: 2\nX-Spam: 3\nX-Spa\0m-B: 4\n\n"), "1101"},
	{"no header", STR_LIT("\nX-Mda-Label: a\n"), ""},
	{"none of ours", STR_LIT("From: a\nX-Other: b\nX-Mdalabel: c\nX-Md: d\n\n"), "0000"},
	{"plain", STR_LIT("From: a\nX-Mda-Label: none\n\n"), "01"},
	{"first", STR_LIT("X-Mda-Label: none\nFrom: a\n\n"), "10"},
	{"the namespace alone", STR_LIT("X-Mda-: none\n\n"), "1"},
	{"not quite the namespace", STR_LIT("X-Mda: none\n\n"), "0"},
	{"any case", STR_LIT("x-mDA-lABEL: none\n\n"), "1"},
	{"several", STR_LIT("X-Mda-A: 1\nFrom: a\nX-Mda-B: 2\nX-Mda-A: 3\n\n"), "1011"},
	{"any name", STR_LIT("X-Mda-Whatever-Comes: 1\n\n"), "1"},
	{"folded value", STR_LIT("X-Mda-Label:\n none\nFrom: a\n\n"), "10"},
	{"blanks before the colon", STR_LIT("X-Mda-Label \t: none\n\n"), "1"},
	{"no colon", STR_LIT("From: a\nX-Mda-Label none\n\n"), "01"},
	{"a blank inside", STR_LIT("From: a\nX-Mda- Label: none\n\n"), "01"},
	{"a blank in the namespace", STR_LIT("From: a\nX -Mda-Label: none\n\n"), "01"},
	{"NULs inside", STR_LIT("From: a\nX-\0M\0da-Label: none\n\n"), "01"},
	{"a control first", STR_LIT("From: a\n\x01X-Mda-Label: none\n\n"), "01"},
	{"DEL inside", STR_LIT("From: a\nX-\x7fMda-Label: none\n\n"), "01"},
	{"a fold inside the name", STR_LIT("From: a\nX-Mda\n -Label: none\n\n"), "01"},
	{"after a bare CR", STR_LIT("Subject: a\rX-Mda-Label: none\n\n"), "1"},
	{"after two bare CRs", STR_LIT("Subject: a\r\rX-Mda-Label: none\n\n"), "1"},
	{"after a CR and a blank", STR_LIT("Subject: a\r X-Mda-Label: none\n\n"), "1"},
	{"after a bare CR in a fold", STR_LIT("Subject: a\n b\rX-Mda-Label: none\n\n"), "1"},
	{"in a value", STR_LIT("Subject: X-Mda-Label: none\n\n"), "0"},
	{"in a folded value", STR_LIT("Subject: a\n X-Mda-Label: none\n\n"), "0"},
	{"in a value folded with CRLF", STR_LIT("Subject: a\r\n X-Mda-Label: none\n\n"), "0"},
	{"a value of CRs", STR_LIT("Subject: a\r\r\r\n\n"), "0"},
	{"in the body", STR_LIT("From: a\n\nX-Mda-Label: none\n"), "0"},
	{"cut off", STR_LIT("From: a\nX-Mda"), "00"},
	{"cut off after the namespace", STR_LIT("From: a\nX-Mda-"), "01"},
};

/* A name that passes itself off as NAME, and those who are it. */
static const struct disguise_row {
	const char *name;
	struct str text;
	bool found;
} disguise_rows[] = {
	{"disguised: none", STR_LIT("From: a\nTo: b\n\nFrom : c\n"), false},
	{"disguised: several plain ones", STR_LIT("From: a\nfrom : b\n\n"), false},
	{"disguised: a NUL in the name", STR_LIT("From: a\nFr\0om: b\n\n"), true},
	{"disguised: a NUL in front", STR_LIT("A: b\n\0From: a\n\n"), true},
	{"disguised: a blank in the name", STR_LIT("A: b\nFr om: a\n\n"), true},
	{"disguised: after a bare CR", STR_LIT("Subject: x\rFrom: a\n\n"), true},
	{"disguised: after a bare CR in a From", STR_LIT("From: a\rFrom: b\n\n"), true},
	{"disguised: a bare CR in a From, nothing else", STR_LIT("From: a\rb\n\n"), false},
	{"disguised: in a fold", STR_LIT("Subject: x\n From: a\n\n"), false},
	{"disguised: after CRLF in a fold", STR_LIT("Subject: x\r\n From: a\r\n\r\n"), false},
	{"disguised: a longer name", STR_LIT("X-From: a\nFroma: b\n\n"), false},
};

static void test_disguise(void **state)
{
	const struct disguise_row *row = *state;
	struct arena *mem = arena_new();
	struct message *m = message_borrow(row->text, NULL);
	struct verdict v;
	assert_int_equal(firewall_finds_disguised(m, STR_LIT("From")), row->found);
	verdict_init(&v, mem, message_header_count(m));
	firewall_remove_disguised(m, STR_LIT("From"), &v);
	size_t removed = 0;
	for (size_t i = 0; i < v.header.field_count; i++)
		removed += v.header.removed[i];
	assert_int_equal(removed, row->found);
	message_free(m);
	arena_free(mem);
}

static struct str names[] = {STR_LIT("X-Mda-*"), STR_LIT("X-Flag"), STR_LIT("X-Spam-*")};

static struct verdict judge(const struct message *m, struct arena *mem)
{
	struct verdict v;
	verdict_init(&v, mem, message_header_count(m));
	firewall_apply(&(const struct str_list){names, 3}, m, &v);
	return v;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct message *m = message_borrow(row->text, NULL);
	assert_non_null(m);
	struct verdict v = judge(m, mem);
	struct buf removed = {0};
	for (size_t i = 0; i < v.header.field_count; i++)
		buf_byte(&removed, v.header.removed[i] ? '1' : '0');
	assert_string_equal(buf_cstr(&removed), row->removed);
	assert_int_equal(v.action_count + v.header.added_count + v.notes.count, 0);
	buf_free(&removed);
	message_free(m);
	arena_free(mem);
}

/* What would take minutes if a line were looked at again and again. */
static const struct large_row {
	const char *name;
	struct str piece;
	size_t count;
} large_rows[] = {
	{"large: CRs", STR_LIT("\r"), 5000000},
	{"large: CRs and NULs", STR_LIT("\r\0"), 2500000},
	{"large: almost ours", STR_LIT("\rX-Mda"), 1000000},
	{"large: fields", STR_LIT("\nX-Mda-A: b"), 99999},
};

static void test_large(void **state)
{
	const struct large_row *row = *state;
	struct arena *mem = arena_new();
	struct buf text = {0};
	buf_text(&text, "A: ");
	for (size_t i = 0; i < row->count; i++)
		buf_add(&text, row->piece);
	buf_text(&text, "\n\n");
	clock_t start = clock();
	struct message *m = message_borrow(buf_str(&text), NULL);
	assert_non_null(m);
	judge(m, mem);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	message_free(m);
	buf_free(&text);
	arena_free(mem);
	if (seconds > 10)
		fail_msg("%.1f seconds", seconds);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_disguise, disguise_rows),
		TABLE(test_large, large_rows),
	};
	return table_run("firewall", tables, sizeof tables / sizeof *tables);
}
