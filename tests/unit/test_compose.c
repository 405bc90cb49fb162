/*
 * What is stored and what a redirect sends: the message's bytes and the splices, and nothing else.
 */
#include "base/buf.h"
#include "mda/conf/conf.h"
#include "mda/delivery/compose.h"
#include "tests/unit/table.h"

#include <string.h>
#include <time.h>

#define TOP                                                                                        \
	"Return-Path: <s@x>\n"                                                                     \
	"X-Original-To: o@x\n"                                                                     \
	"Delivered-To: r@x\n"

static const struct row {
	const char *name;
	struct str text;
	const char *removed; /* 1 for each field that the verdict removes */
	const char *added;   /* values of the verdict's X-New fields, one a line */
	struct str stored;   /* after TOP */
	struct str redirected;
} rows[] = {
	{"header and body", STR_LIT("A: 1\n\nbody\n"), "", "", STR_LIT("A: 1\n\nbody\n"),
		STR_LIT("A: 1\n\nbody\n")},
	{"empty", STR_LIT(""), "", "", STR_LIT(""), STR_LIT("")},
	{"blank line", STR_LIT("\n"), "", "", STR_LIT("\n"), STR_LIT("\n")},
	{"body only", STR_LIT("\nbody"), "", "", STR_LIT("\nbody"), STR_LIT("\nbody")},
	{"no header and no blank line", STR_LIT("hello\nA: 1\n"), "", "",
		STR_LIT("\nhello\nA: 1\n"), STR_LIT("hello\nA: 1\n")},
	{"header only, no line end", STR_LIT("A: 1"), "", "", STR_LIT("A: 1"), STR_LIT("A: 1")},
	{"every byte", STR_LIT("A: \0\xff\r\x01\n\n\0\xff\r\n"), "", "",
		STR_LIT("A: \0\xff\r\x01\n\n\0\xff\r\n"), STR_LIT("A: \0\xff\r\x01\n\n\0\xff\r\n")},
	/* what the verdict removes */
	{"removed first", STR_LIT("A: 1\nB: 2\nC: 3\n\nx"), "100", "", STR_LIT("B: 2\nC: 3\n\nx"),
		STR_LIT("B: 2\nC: 3\n\nx")},
	{"removed in the middle", STR_LIT("A: 1\nB: 2\nC: 3\n\nx"), "010", "",
		STR_LIT("A: 1\nC: 3\n\nx"), STR_LIT("A: 1\nC: 3\n\nx")},
	{"removed last", STR_LIT("A: 1\nB: 2\nC: 3\n\nx"), "001", "", STR_LIT("A: 1\nB: 2\n\nx"),
		STR_LIT("A: 1\nB: 2\n\nx")},
	{"all removed", STR_LIT("A: 1\nB: 2\n\nx"), "11", "", STR_LIT("\nx"), STR_LIT("\nx")},
	{"all removed, nothing else", STR_LIT("A: 1\nB: 2"), "11", "", STR_LIT(""), STR_LIT("")},
	{"a folded one removed", STR_LIT("A: 1\n 2\n\t3\nB: 2\n\nx"), "10", "",
		STR_LIT("B: 2\n\nx"), STR_LIT("B: 2\n\nx")},
	{"a malformed line removed", STR_LIT("A: 1\njunk\nB: 2\n\nx"), "010", "",
		STR_LIT("A: 1\nB: 2\n\nx"), STR_LIT("A: 1\nB: 2\n\nx")},
	/* what it adds */
	{"added", STR_LIT("A: 1\n\nx"), "", "n", STR_LIT("X-New: n\nA: 1\n\nx"),
		STR_LIT("A: 1\n\nx")},
	{"added, the last one topmost", STR_LIT("A: 1\n\nx"), "", "n\nm",
		STR_LIT("X-New: m\nX-New: n\nA: 1\n\nx"), STR_LIT("A: 1\n\nx")},
	{"added to no header", STR_LIT("hello"), "", "n", STR_LIT("X-New: n\n\nhello"),
		STR_LIT("hello")},
	{"added to an empty header", STR_LIT("\nhello"), "", "n", STR_LIT("X-New: n\n\nhello"),
		STR_LIT("\nhello")},
	/* what an MTA wrote already */
	{"Return-Path", STR_LIT("Return-Path: <evil@x>\nA: 1\nreturn-path : <y>\n\nx"), "", "",
		STR_LIT("A: 1\n\nx"),
		STR_LIT("Return-Path: <evil@x>\nA: 1\nreturn-path : <y>\n\nx")},
	{"Return-Path alone", STR_LIT("Return-Path: <y>"), "", "", STR_LIT(""),
		STR_LIT("Return-Path: <y>")},
	{"Return-Path in the body", STR_LIT("A: 1\n\nReturn-Path: <y>\n"), "", "",
		STR_LIT("A: 1\n\nReturn-Path: <y>\n"), STR_LIT("A: 1\n\nReturn-Path: <y>\n")},
	{"another Delivered-To", STR_LIT("Delivered-To: q@x\nA: 1\n\nx"), "", "",
		STR_LIT("Delivered-To: q@x\nA: 1\n\nx"), STR_LIT("Delivered-To: q@x\nA: 1\n\nx")},
};

static const struct conf conf = {.junk_folder = STR_LIT("Junk")};

static void assert_str(const char *what, struct str is, struct str wanted)
{
	if (!str_eq(is, wanted))
		fail_msg("%s: <" STR_FMT "> (%zu) instead of <" STR_FMT "> (%zu)", what,
			STR_ARGS(is), is.n, STR_ARGS(wanted), wanted.n);
}

static struct str joined(const struct pieces *p, struct arena *mem)
{
	struct buf all = {0};
	for (size_t i = 0; i < p->count; i++) {
		assert_true(p->items[i].n > 0);
		buf_add(&all, p->items[i]);
	}
	struct str text = arena_str(mem, buf_str(&all));
	buf_free(&all);
	return text;
}

/* A plan with one action, and the forms of the message. */
static const struct step *plan_one(struct delivery *d, enum action_kind kind, struct str argument,
	const struct changes *changes)
{
	struct plan *p = arena_alloc(d->mem, sizeof *p);
	plan_init(p, d->mem);
	struct step *a = plan_add(p, kind, argument, (struct reason){.line = 0});
	a->changes = changes;
	compose_forms(d, p);
	d->plan = p;
	return a;
}

/* The message with CHANGES, as it is stored in FOLDER. */
static struct str stored_with(struct delivery *d, const struct changes *changes, struct str folder)
{
	const struct step *a = plan_one(d, ACTION_STORE, folder, changes);
	struct pieces p = compose_stored(d, a);
	return joined(&p, d->mem);
}

static struct str stored(struct delivery *d)
{
	return stored_with(d, NULL, (struct str){"", 0});
}

static struct str redirected(struct delivery *d, const struct changes *changes, struct str top)
{
	const struct step *a = plan_one(d, ACTION_REDIRECT, STR_LIT("f@x"), changes);
	struct pieces p = compose_redirected(d, top, a);
	return joined(&p, d->mem);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct envelope env = {.sender = STR_LIT("s@x"),
		.recipient = STR_LIT("r@x"),
		.original_recipient = STR_LIT("o@x")};
	struct arena *mem = arena_new();
	struct message *m = message_borrow(row->text, NULL);
	struct verdict v;
	struct delivery d = {.env = &env, .msg = m, .conf = &conf, .verdict = &v, .mem = mem};
	struct str rest = str_of(row->added), value;
	verdict_init(&v, mem, message_header_count(m));
	for (size_t i = 0; row->removed[i]; i++)
		if (row->removed[i] == '1')
			verdict_remove_field(&v, i);
	while (str_line(&rest, &value))
		verdict_add_field(&v, STR_LIT("X-New"), value);
	struct str is = stored(&d);
	assert_str("top", str_slice(is, 0, sizeof TOP - 1), STR_LIT(TOP));
	assert_str("stored", str_slice(is, sizeof TOP - 1, is.n), row->stored);
	assert_str("redirected", redirected(&d, NULL, (struct str){"", 0}), row->redirected);
	message_free(m);
	arena_free(mem);
}

/* ---- what the rules changed ---- */

static const struct change_row {
	const char *name;
	struct str text;
	const char *removed, *first, *last, *body; /* body NULL: as it came */
	struct str redirected;                     /* what is stored is the same after TOP */
} change_rows[] = {
	{"changes: none", STR_LIT("A: 1\n\nx"), "", "", "", NULL, STR_LIT("A: 1\n\nx")},
	{"changes: in front", STR_LIT("A: 1\n\nx"), "", "F: 1\nF: 2", "", NULL,
		STR_LIT("F: 1\nF: 2\nA: 1\n\nx")},
	{"changes: after", STR_LIT("A: 1\nB: 2\n\nx"), "", "", "L: 1\nL: 2", NULL,
		STR_LIT("A: 1\nB: 2\nL: 1\nL: 2\n\nx")},
	{"changes: removed", STR_LIT("A: 1\nB: 2\nC: 3\n\nx"), "101", "", "", NULL,
		STR_LIT("B: 2\n\nx")},
	{"changes: all at once", STR_LIT("A: 1\nB: 2\n\nx"), "01", "F: 1", "L: 1", "body\n",
		STR_LIT("F: 1\nA: 1\nL: 1\n\nbody\n")},
	{"changes: everything goes", STR_LIT("A: 1\n\nx"), "1", "", "", NULL, STR_LIT("\nx")},
	{"changes: after a header without a line end", STR_LIT("A: 1"), "", "", "L: 1", NULL,
		STR_LIT("A: 1\nL: 1\n")},
	{"changes: a body for a header alone", STR_LIT("A: 1"), "", "", "", "b",
		STR_LIT("A: 1\n\nb")},
	{"changes: a header for a body alone", STR_LIT("hello"), "", "F: 1", "", NULL,
		STR_LIT("F: 1\n\nhello")},
	{"changes: of nothing", STR_LIT(""), "", "F: 1", "L: 1", "b", STR_LIT("F: 1\nL: 1\n\nb")},
};

static struct str_list fields_of(const char *lines, struct arena *mem)
{
	struct str_list list = {0};
	struct str rest = str_of(lines), line;
	while (str_line(&rest, &line))
		*(struct str *)ARENA_PUSH(mem, list.items, list.count) =
			arena_fmt(mem, STR_FMT "\n", STR_ARGS(line));
	return list;
}

static void test_changes(void **state)
{
	const struct change_row *row = *state;
	const struct envelope env = {.sender = STR_LIT("s@x"),
		.recipient = STR_LIT("r@x"),
		.original_recipient = STR_LIT("o@x")};
	struct arena *mem = arena_new();
	struct message *m = message_borrow(row->text, NULL);
	struct verdict v;
	struct delivery d = {.env = &env, .msg = m, .conf = &conf, .verdict = &v, .mem = mem};
	struct str body = str_of(row->body);
	bool removed[8] = {false};
	struct changes changes = {.removed = removed,
		.first = fields_of(row->first, mem),
		.last = fields_of(row->last, mem),
		.body = row->body ? &body : NULL};
	verdict_init(&v, mem, message_header_count(m));
	for (size_t i = 0; row->removed[i]; i++)
		removed[i] = row->removed[i] == '1';
	assert_str("redirected", redirected(&d, &changes, (struct str){"", 0}), row->redirected);
	struct str is = stored_with(&d, &changes, (struct str){"", 0});
	assert_str("top", str_slice(is, 0, sizeof TOP - 1), STR_LIT(TOP));
	assert_str("stored", str_slice(is, sizeof TOP - 1, is.n), row->redirected);
	message_free(m);
	arena_free(mem);
}

/* ---- the fields on top ---- */

static const struct top_row {
	const char *name;
	struct envelope env;
	struct str text, stored;
} top_rows[] = {
	{"top: null sender",
		{.sender = STR_LIT(""),
			.recipient = STR_LIT("r"),
			.original_recipient = STR_LIT("o")},
		STR_LIT("\n"), STR_LIT("Return-Path: <>\nX-Original-To: o\nDelivered-To: r\n\n")},
	{"top: written by the MTA already",
		{.sender = STR_LIT("s"),
			.recipient = STR_LIT("r"),
			.original_recipient = STR_LIT("o")},
		STR_LIT("Return-Path: <s>\nX-Original-To: o\nDelivered-To:\n r\n\n"),
		STR_LIT("Return-Path: <s>\nX-Original-To: o\nDelivered-To:\n r\n\n")},
	{"top: what could end a line",
		{.sender = STR_LIT("s\nX-Evil: 1"),
			.recipient = STR_LIT("r\rX"),
			.original_recipient = STR_LIT("o\x7f\t")},
		STR_LIT("\n"),
		STR_LIT("Return-Path: <s?X-Evil: 1>\nX-Original-To: o??\nDelivered-To: r?X\n\n")},
	{"top: NUL",
		{.sender = STR_LIT("s"),
			.recipient = STR_LIT("r\0x"),
			.original_recipient = STR_LIT("o")},
		STR_LIT("\n"),
		STR_LIT("Return-Path: <s>\nX-Original-To: o\nDelivered-To: r?x\n\n")},
	{"top: 8-bit",
		{.sender = STR_LIT("\xc3\xbc@x"),
			.recipient = STR_LIT("\xff"),
			.original_recipient = STR_LIT("%s%n")},
		STR_LIT("\n"),
		STR_LIT("Return-Path: <\xc3\xbc@x>\nX-Original-To: %s%n\nDelivered-To: \xff\n\n")},
};

static void test_top(void **state)
{
	const struct top_row *row = *state;
	struct arena *mem = arena_new();
	struct message *m = message_borrow(row->text, NULL);
	struct verdict v;
	struct delivery d = {.env = &row->env, .msg = m, .conf = &conf, .verdict = &v, .mem = mem};
	verdict_init(&v, mem, message_header_count(m));
	assert_str("stored", stored(&d), row->stored);
	message_free(m);
	arena_free(mem);
}

/* ---- where it was filed ---- */

static const struct filed_row {
	const char *name;
	struct str junk_folder, folder;
	bool is_junk;
} filed_rows[] = {
	{"filed: the INBOX", STR_LIT("Junk"), STR_LIT(""), false},
	{"filed: Junk", STR_LIT("Junk"), STR_LIT("Junk"), true},
	{"filed: another folder", STR_LIT("Junk"), STR_LIT("Junk/old"), false},
	{"filed: no folder that can be is Junk", STR_LIT("a/../b"), STR_LIT(""), false},
};

static void test_filed(void **state)
{
	const struct filed_row *row = *state;
	struct arena *mem = arena_new();
	const struct envelope env = {0};
	const struct conf filing = {.junk_folder = row->junk_folder};
	struct message *m = message_borrow(STR_LIT("A: 1\n\nX-Mda-Filed: junk\n"), NULL);
	struct verdict v;
	struct delivery d = {.env = &env, .msg = m, .conf = &filing, .verdict = &v, .mem = mem};
	verdict_init(&v, mem, message_header_count(m));
	struct message *again = message_borrow(stored_with(&d, NULL, row->folder), NULL);
	assert_int_equal(compose_was_junk(again), row->is_junk);
	message_free(again);
	message_free(m);
	arena_free(mem);
}

/* ---- a mark in front of the subject ---- */

static const struct mark_row {
	const char *name;
	struct str text, stored;
} mark_rows[] = {
	{"mark: a subject", STR_LIT("A: 1\nSubject: Hello\nB: 2\n\nx"),
		STR_LIT("A: 1\nSubject: [M] Hello\nB: 2\n\nx")},
	{"mark: a folded subject", STR_LIT("Subject:\n Hello\n there\n\nx"),
		STR_LIT("Subject: [M]\n Hello\n there\n\nx")},
	{"mark: no blank after the colon", STR_LIT("Subject:Hello\n\nx"),
		STR_LIT("Subject: [M] Hello\n\nx")},
	{"mark: a blank in front of the colon", STR_LIT("SUBJECT : Hello\n\nx"),
		STR_LIT("SUBJECT : [M] Hello\n\nx")},
	{"mark: an empty subject", STR_LIT("Subject:\n\nx"), STR_LIT("Subject: [M] \n\nx")},
	{"mark: an encoded word", STR_LIT("Subject: =?utf-8?q?H=C3=B6?=\n\nx"),
		STR_LIT("Subject: [M] =?utf-8?q?H=C3=B6?=\n\nx")},
	{"mark: two subjects", STR_LIT("Subject: a\nSubject: b\n\nx"),
		STR_LIT("Subject: [M] a\nSubject: b\n\nx")},
	{"mark: an earlier one", STR_LIT("Subject: Re: [External] Hi\nB: 2\n\nx"),
		STR_LIT("Subject: [M] Re: Hi\nB: 2\n\nx")},
	{"mark: nothing else", STR_LIT("Subject: [Unknown]\n\nx"), STR_LIT("Subject: [M] \n\nx")},
	{"mark: no subject", STR_LIT("A: 1\n\nx"), STR_LIT("Subject: [M]\nA: 1\n\nx")},
	{"mark: a subject in the body", STR_LIT("A: 1\n\nSubject: x\n"),
		STR_LIT("Subject: [M]\nA: 1\n\nSubject: x\n")},
};

static void test_mark(void **state)
{
	const struct mark_row *row = *state;
	struct arena *mem = arena_new();
	const struct envelope env = {.sender = STR_LIT("s@x"),
		.recipient = STR_LIT("r@x"),
		.original_recipient = STR_LIT("o@x")};
	struct message *m = message_borrow(row->text, NULL);
	struct verdict v;
	struct delivery d = {.env = &env, .msg = m, .conf = &conf, .verdict = &v, .mem = mem};
	verdict_init(&v, mem, message_header_count(m));
	v.label.subject_mark = STR_LIT("[M]");
	struct str is = stored(&d);
	assert_str("stored", str_slice(is, sizeof TOP - 1, is.n), row->stored);
	assert_str("redirected", redirected(&d, NULL, (struct str){"", 0}), row->text);
	message_free(m);
	arena_free(mem);
}

/* Half of a hundred thousand fields go. */
static void test_many_fields(void **state)
{
	struct arena *mem = arena_new();
	struct buf text = {0};
	const struct envelope env = {0};
	(void)state;
	for (int i = 0; i < MESSAGE_MAX_FIELDS; i++)
		buf_text(&text, i % 2 ? "A: 1\n" : "Return-Path: x\n");
	clock_t start = clock();
	struct message *m = message_borrow(buf_str(&text), NULL);
	struct verdict v;
	struct delivery d = {.env = &env, .msg = m, .conf = &conf, .verdict = &v, .mem = mem};
	verdict_init(&v, mem, message_header_count(m));
	struct str is = stored(&d);
	assert_true(is.n > 5 * MESSAGE_MAX_FIELDS / 2 && is.n < 5 * MESSAGE_MAX_FIELDS / 2 + 100);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 10);
	message_free(m);
	buf_free(&text);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_changes, change_rows),
		TABLE(test_top, top_rows),
		TABLE(test_filed, filed_rows),
		TABLE(test_mark, mark_rows),
		TABLE_OF_ONE(test_many_fields, "a hundred thousand fields"),
	};
	return table_run("compose", tables, sizeof tables / sizeof *tables);
}
