/* What the stages write: actions are not doubled, a field stays one field, and reasons are kept. */
#include "base/buf.h"
#include "base/verdict.h"
#include "tests/unit/table.h"

#include <string.h>

static void assert_str(struct str is, struct str wanted)
{
	if (!str_eq(is, wanted))
		fail_msg("\"" STR_FMT "\" (%zu bytes) instead of \"" STR_FMT "\" (%zu)",
			STR_ARGS(is), is.n, STR_ARGS(wanted), wanted.n);
}

/* ---- fields ---- */

static const struct field_row {
	const char *name;
	struct str value, field;
} field_rows[] = {
	{"field: plain", STR_LIT("a b"), STR_LIT("X-Test: a b\n")},
	{"field: empty", STR_LIT(""), STR_LIT("X-Test: \n")},
	{"field: no bytes", {NULL, 0}, STR_LIT("X-Test: \n")},
	{"field: LF", STR_LIT("a\nX-Evil: b"), STR_LIT("X-Test: a X-Evil: b\n")},
	{"field: CRLF", STR_LIT("a\r\nb"), STR_LIT("X-Test: a  b\n")},
	{"field: CR", STR_LIT("a\rb"), STR_LIT("X-Test: a b\n")},
	{"field: NUL", STR_LIT("a\0b"), STR_LIT("X-Test: a b\n")},
	{"field: tab, escape, DEL", STR_LIT("a\tb\x1b[31mc\x7f"), STR_LIT("X-Test: a b [31mc \n")},
	{"field: line end last", STR_LIT("a\n"), STR_LIT("X-Test: a \n")},
	{"field: 8-bit", STR_LIT("\xc3\xbc\xff"), STR_LIT("X-Test: \xc3\xbc\xff\n")},
	{"field: percent signs", STR_LIT("%s%n"), STR_LIT("X-Test: %s%n\n")},
};

static void test_field(void **state)
{
	const struct field_row *row = *state;
	struct arena *mem = arena_new();
	struct verdict v;
	verdict_init(&v, mem, 0);
	verdict_add_field(&v, STR_LIT("X-Test"), row->value);
	assert_int_equal(v.header.added_count, 1);
	assert_str(v.header.added[0], row->field);
	arena_free(mem);
}

static void test_removed(void **state)
{
	struct arena *mem = arena_new();
	struct verdict v;
	(void)state;
	verdict_init(&v, mem, 3);
	verdict_remove_field(&v, 1);
	verdict_remove_field(&v, 1);
	verdict_remove_field(&v, 3);
	verdict_remove_field(&v, (size_t)-1);
	assert_false(v.header.removed[0]);
	assert_true(v.header.removed[1]);
	assert_false(v.header.removed[2]);
	verdict_init(&v, mem, 0);
	verdict_remove_field(&v, 0);
	arena_free(mem);
}

/* ---- actions ---- */

static void test_actions(void **state)
{
	struct arena *mem = arena_new();
	struct verdict v;
	(void)state;
	verdict_init(&v, mem, 0);
	struct reason first = verdict_reason_text("first"), second = verdict_reason_text("second");
	verdict_add(&v, ACTION_STORE, STR_LIT("A"), first)->flags = FLAG_SEEN;
	verdict_add(&v, ACTION_STORE, STR_LIT("B"), first);
	verdict_add(&v, ACTION_REDIRECT, STR_LIT("A"), first);
	struct action *again = verdict_add(&v, ACTION_STORE, STR_LIT("A"), second);
	assert_int_equal(v.action_count, 3);
	assert_ptr_equal(again, &v.actions[0]);
	assert_str(again->reason.text, STR_LIT("first"));
	assert_int_equal(again->flags, FLAG_SEEN);
	assert_int_equal(v.actions[2].kind, ACTION_REDIRECT);
	verdict_add(&v, ACTION_STORE, (struct str){NULL, 0}, first);
	verdict_add(&v, ACTION_STORE, STR_LIT(""), first);
	assert_int_equal(v.action_count, 4);
	arena_free(mem);
}

/* ---- flags ---- */

static const struct flags {
	const char *name;
	const char *names[4];
	unsigned flags;
	const char *keywords; /* a blank after each */
} flags[] = {
	{"one", {"\\Seen"}, FLAG_SEEN, ""},
	{"case", {"\\sEEN", "\\answered"}, FLAG_SEEN | FLAG_REPLIED, ""},
	{"all", {"\\Deleted", "\\Draft", "\\Flagged"}, FLAG_TRASHED | FLAG_DRAFT | FLAG_FLAGGED,
		""},
	{"a keyword", {"$External"}, 0, "$External "},
	{"both", {"work", "\\Seen", "$x"}, FLAG_SEEN, "work $x "},
	{"a keyword twice", {"work", "WORK"}, 0, "work "},
	{"forwarded", {"$forwarded"}, FLAG_PASSED, "$forwarded "},
	{"an unknown system flag", {"\\Whatever"}, 0, ""},
	{"empty", {""}, 0, ""},
};

static void test_flags(void **state)
{
	const struct flags *row = *state;
	struct arena *mem = arena_new();
	struct verdict v;
	struct str items[4];
	struct str_list names = {items, 0};
	struct buf text = {0};
	verdict_init(&v, mem, 0);
	for (; names.count < 4 && row->names[names.count]; names.count++)
		items[names.count] = str_of(row->names[names.count]);
	struct action *a = verdict_add(&v, ACTION_STORE, STR_LIT("A"), verdict_reason_text("x"));
	verdict_add_flags(a, &names, &v.notes);
	verdict_add_flags(a, &names, &v.notes);
	assert_int_equal(a->flags, row->flags);
	for (size_t i = 0; i < a->keywords.count; i++)
		buf_fmt(&text, STR_FMT " ", STR_ARGS(a->keywords.items[i]));
	assert_string_equal(buf_cstr(&text), row->keywords);
	buf_free(&text);
	arena_free(mem);
}

static void test_init_forgets(void **state)
{
	struct arena *mem = arena_new();
	struct verdict v;
	(void)state;
	memset(&v, 0xa5, sizeof v);
	verdict_init(&v, mem, 2);
	assert_int_equal(
		v.action_count + v.header.added_count + v.rules.report_count + v.notes.count, 0);
	assert_int_equal(v.lists.listing, LISTED_NOT);
	assert_int_equal(v.spam.state, SPAM_UNKNOWN);
	assert_int_equal(v.label.kind, LABEL_NONE);
	assert_false(v.label.known || v.header.removed[0] || v.header.removed[1]);
	arena_free(mem);
}

/* ---- reports and notes ---- */

static void test_notes(void **state)
{
	struct arena *mem = arena_new();
	struct verdict v;
	char long_text[5000];
	(void)state;
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	verdict_init(&v, mem, 0);
	verdict_note(&v, "%s %d", "a", 1);
	verdict_note(&v, "%s", long_text);
	assert_int_equal(v.notes.count, 2);
	assert_str(v.notes.items[0], STR_LIT("a 1"));
	assert_true(v.notes.items[1].n > 1000);
	verdict_report(&v, STR_LIT("/path"), STR_LIT("text"));
	verdict_report(&v, STR_LIT("/path"), STR_LIT(""));
	assert_int_equal(v.rules.report_count, 2);
	assert_str(v.rules.reports[0].text, STR_LIT("text"));
	assert_str(v.rules.reports[1].path, STR_LIT("/path"));
	arena_free(mem);
}

/* ---- reasons ---- */

static const struct where_row {
	const char *name;
	struct reason reason;
	struct str where;
} where_rows[] = {
	{"where: file and line", {STR_LIT("/a"), 3, STR_LIT("x")}, STR_LIT("/a:3")},
	{"where: file", {STR_LIT("/a"), 0, STR_LIT("x")}, STR_LIT("/a")},
	{"where: sentence", {{NULL, 0}, 0, STR_LIT("x y")}, STR_LIT("x y")},
	{"where: a line without a file", {{NULL, 0}, 7, STR_LIT("x")}, STR_LIT("x")},
	{"where: nothing", {{NULL, 0}, 0, {NULL, 0}}, STR_LIT("")},
	{"where: the last line", {STR_LIT("a"), 4294967295u, {NULL, 0}}, STR_LIT("a:4294967295")},
};

static void test_where(void **state)
{
	const struct where_row *row = *state;
	struct arena *mem = arena_new();
	assert_str(verdict_reason_where(&row->reason, mem), row->where);
	arena_free(mem);
}

static void test_reasons(void **state)
{
	struct reason r = verdict_reason_line(STR_LIT("f"), 2, STR_LIT("t"));
	(void)state;
	assert_str(r.file, STR_LIT("f"));
	assert_int_equal(r.line, 2);
	assert_str(r.text, STR_LIT("t"));
	r = verdict_reason_text("s");
	assert_int_equal(r.file.n + r.line, 0);
	assert_str(r.text, STR_LIT("s"));
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_field, field_rows),
		TABLE(test_where, where_rows),
		TABLE(test_flags, flags),
		TABLE_OF_ONE(test_removed, "removed fields"),
		TABLE_OF_ONE(test_actions, "the same action twice is one"),
		TABLE_OF_ONE(test_init_forgets, "a new verdict is empty"),
		TABLE_OF_ONE(test_notes, "notes and reports"),
		TABLE_OF_ONE(test_reasons, "reasons"),
	};
	return table_run("verdict", tables, sizeof tables / sizeof *tables);
}
