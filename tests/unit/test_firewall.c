/* The header firewall: nobody but us writes X-Mda-, however it is disguised. */
#include "filters/firewall.h"
#include "mda/base/buf.h"
#include "tests/unit/table.h"

#include <string.h>
#include <time.h>

static const struct row {
	const char *name;
	struct str text;
	const char *removed; /* 1 for each field that goes, 0 for each that stays */
} rows[] = {
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
	{"behind a bare CR", STR_LIT("Subject: a\rX-Mda-Label: none\n\n"), "1"},
	{"behind two bare CRs", STR_LIT("Subject: a\r\rX-Mda-Label: none\n\n"), "1"},
	{"behind a CR and a blank", STR_LIT("Subject: a\r X-Mda-Label: none\n\n"), "1"},
	{"behind a bare CR in a fold", STR_LIT("Subject: a\n b\rX-Mda-Label: none\n\n"), "1"},
	{"in a value", STR_LIT("Subject: X-Mda-Label: none\n\n"), "0"},
	{"in a folded value", STR_LIT("Subject: a\n X-Mda-Label: none\n\n"), "0"},
	{"in a value folded with CRLF", STR_LIT("Subject: a\r\n X-Mda-Label: none\n\n"), "0"},
	{"a value of CRs", STR_LIT("Subject: a\r\r\r\n\n"), "0"},
	{"in the body", STR_LIT("From: a\n\nX-Mda-Label: none\n"), "0"},
	{"cut off", STR_LIT("From: a\nX-Mda"), "00"},
	{"cut off behind the namespace", STR_LIT("From: a\nX-Mda-"), "01"},
};

static struct verdict judge(const struct message *m, struct arena *mem)
{
	struct verdict v;
	verdict_init(&v, mem, message_header_count(m));
	firewall_apply(m, &v);
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
	for (size_t i = 0; i < v.field_count; i++)
		buf_byte(&removed, v.removed[i] ? '1' : '0');
	assert_string_equal(buf_cstr(&removed), row->removed);
	assert_int_equal(v.action_count + v.added_count + v.note_count, 0);
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
		TABLE(test_large, large_rows),
	};
	return table_run("firewall", tables, sizeof tables / sizeof *tables);
}
