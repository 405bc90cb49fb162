/* The anti-spam stage: rules x headers, and what the lists said before. */
#include "base/buf.h"
#include "filters/spam/spam.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- rules ---- */

static const struct parse_row {
	const char *name;
	struct str text;
	const char *field, *pattern; /* pattern NULL: a score; field NULL: no rule */
	double limit;
} parse_rows[] = {
	{"rule: value", STR_LIT("X-Spam-Flag: YES"), "X-Spam-Flag", "YES", 0},
	{"rule: no blank", STR_LIT("A:b"), "A", "b", 0},
	{"rule: blanks around", STR_LIT("  A :  b c  "), "A", "b c", 0},
	{"rule: colon in the value", STR_LIT("A: b: c"), "A", "b: c", 0},
	{"rule: >= in the value", STR_LIT("A: >= 5"), "A", ">= 5", 0},
	{"rule: any value", STR_LIT("A: *"), "A", "*", 0},
	{"rule: score", STR_LIT("X-Spam-Score >= 10"), "X-Spam-Score", NULL, 10},
	{"rule: score without blanks", STR_LIT("A>=10"), "A", NULL, 10},
	{"rule: score with a fraction", STR_LIT("A >= 7.5"), "A", NULL, 7.5},
	{"rule: score below zero", STR_LIT("A >= -1.5"), "A", NULL, -1.5},
	{"rule: score with a plus", STR_LIT("A >= +2"), "A", NULL, 2},
	{"rule: score of 0", STR_LIT("A >= 0"), "A", NULL, 0},
	{"rule: empty", STR_LIT(""), NULL, NULL, 0},
	{"rule: word", STR_LIT("YES"), NULL, NULL, 0},
	{"rule: no name", STR_LIT(": YES"), NULL, NULL, 0},
	{"rule: no name but a score", STR_LIT(">= 5"), NULL, NULL, 0},
	{"rule: no value", STR_LIT("A:"), NULL, NULL, 0},
	{"rule: blank value", STR_LIT("A:  "), NULL, NULL, 0},
	{"rule: blank in the name", STR_LIT("A B: c"), NULL, NULL, 0},
	{"rule: 8-bit name", STR_LIT("\xc3\xbc: c"), NULL, NULL, 0},
	{"rule: NUL in the name", STR_LIT("A\0: c"), NULL, NULL, 0},
	{"rule: no number", STR_LIT("A >= "), NULL, NULL, 0},
	{"rule: word for a number", STR_LIT("A >= high"), NULL, NULL, 0},
	{"rule: number and more", STR_LIT("A >= 5 points"), NULL, NULL, 0},
	{"rule: number with a unit", STR_LIT("A >= 5x"), NULL, NULL, 0},
	{"rule: number with a comma", STR_LIT("A >= 5,5"), NULL, NULL, 0},
	{"rule: infinity", STR_LIT("A >= inf"), NULL, NULL, 0},
	{"rule: not a number", STR_LIT("A >= nan"), NULL, NULL, 0},
	{"rule: hex", STR_LIT("A >= 0x10"), NULL, NULL, 0},
	{"rule: two dots", STR_LIT("A >= 1.2.3"), NULL, NULL, 0},
	{"rule: sign alone", STR_LIT("A >= -"), NULL, NULL, 0},
	{"rule: number of 40 digits", STR_LIT("A >= 1000000000000000000000000000000000000000"),
		NULL, NULL, 0},
};

static void test_parse(void **state)
{
	const struct parse_row *row = *state;
	struct spam_rule rule;
	const char *why = NULL;
	bool parsed = spam_parse_rule(row->text, &rule, &why);
	assert_int_equal(parsed, row->field != NULL);
	if (!parsed) {
		assert_non_null(why);
		return;
	}
	assert_true(str_eq(rule.name, str_of(row->field)));
	assert_true(str_eq(rule.text, row->text));
	assert_int_equal(rule.is_score, row->pattern == NULL);
	assert_true(str_eq(rule.pattern, str_of(row->pattern)));
	if (rule.is_score)
		assert_true(rule.limit == row->limit);
}

/* ---- rules against headers ---- */

static const struct judge_row {
	const char *name, *rules; /* one a line */
	struct str header;
	const char *reason; /* NULL: no spam */
} judge_rows[] = {
	{"judge: no rules", "", STR_LIT("X-Spam-Flag: YES\n"), NULL},
	{"judge: no header", "A: b", STR_LIT(""), NULL},
	{"judge: flag", "X-Spam-Flag: YES", STR_LIT("X-Spam-Flag: YES\n"), "X-Spam-Flag: YES"},
	{"judge: any case", "X-Spam-Flag: YES", STR_LIT("x-spam-flag:yes\n"), "x-spam-flag: yes"},
	{"judge: another value", "X-Spam-Flag: YES", STR_LIT("X-Spam-Flag: NO\n"), NULL},
	{"judge: more than the value", "X-Spam-Flag: YES", STR_LIT("X-Spam-Flag: YES!\n"), NULL},
	{"judge: wildcard", "X-Spam-Status: Yes*",
		STR_LIT("X-Spam-Status: Yes, score=7.1\n required=5\n"),
		"X-Spam-Status: Yes, score=7.1 required=5"},
	{"judge: wildcard, no match", "X-Spam-Status: Yes*", STR_LIT("X-Spam-Status: No, yes\n"),
		NULL},
	{"judge: folded before the value", "A: b", STR_LIT("A:\n b\n"), "A: b"},
	{"judge: rspamd", "X-Spamd-Result: *: True *",
		STR_LIT("X-Spamd-Result: default: True [17.0 / 15.0];\n A(1)\n"),
		"X-Spamd-Result: default: True [17.0 / 15.0]; A(1)"},
	{"judge: the second field", "A: YES", STR_LIT("A: NO\nA: YES\n"), "A: YES"},
	{"judge: a sender's NO after it", "A: YES", STR_LIT("A: YES\nA: NO\n"), "A: YES"},
	{"judge: the second rule", "A: x\nB: y", STR_LIT("B: y\n"), "B: y"},
	{"judge: the first rule wins", "A: x\nB: y", STR_LIT("B: y\nA: x\n"), "A: x"},
	{"judge: in the body", "A: YES", STR_LIT("\nA: YES\n"), NULL},
	{"judge: a name within another", "A: YES", STR_LIT("X-A: YES\nAA: YES\n"), NULL},
	{"judge: empty value", "A: ?*", STR_LIT("A:\n"), NULL},
	{"judge: NUL", "A: YES", STR_LIT("A: YES\0\n"), NULL},
	{"judge: 8-bit", "A: \xc3\x84*", STR_LIT("A: \xc3\x84x\n"), "A: \xc3\x84x"},
	{"judge: malformed line", "A: YES", STR_LIT("B: x\nA YES\n"), NULL},
	/* scores */
	{"score: over", "A >= 5", STR_LIT("A: 7.1\n"), "A: 7.1"},
	{"score: equal", "A >= 5", STR_LIT("A: 5.0\n"), "A: 5.0"},
	{"score: below", "A >= 5", STR_LIT("A: 4.999\n"), NULL},
	{"score: negative", "A >= 5", STR_LIT("A: -7\n"), NULL},
	{"score: with its limit", "A >= 5", STR_LIT("A: 7.5 / 15\n"), "A: 7.5 / 15"},
	{"score: with its limit, no blanks", "A >= 5", STR_LIT("A: 7.5/15\n"), "A: 7.5/15"},
	{"score: with a plus", "A >= 5", STR_LIT("A: +7.5\n"), "A: +7.5"},
	{"score: folded", "A >= 5", STR_LIT("A:\n 7\n"), "A: 7"},
	{"score: empty", "A >= -5", STR_LIT("A:\n"), NULL},
	{"score: no number", "A >= -5", STR_LIT("A: high\n"), NULL},
	{"score: hex is none", "A >= 5", STR_LIT("A: 0x99\n"), NULL},
	{"score: infinity is none", "A >= 5", STR_LIT("A: inf\n"), NULL},
	{"score: not a number", "A >= -5", STR_LIT("A: nan\n"), NULL},
	{"score: exponents are not read", "A >= 5", STR_LIT("A: 1e9\n"), NULL},
	{"score: very long", "A >= 5",
		STR_LIT("A: "
			"7.000000000000000000000000000000000000000000000000000000000000000001\n"),
		"A: 7.000000000000000000000000000000000000000000000000000000000000000001"},
	{"score: the second field", "A >= 5", STR_LIT("A: 1\nA: 9\n"), "A: 9"},
};

static struct spam_conf parse_rules(const char *text, struct arena *mem)
{
	struct spam_conf conf = {.kind = SPAM_BY_HEADERS};
	struct str rest = str_of(text), line;
	const char *why = NULL;
	while (str_line(&rest, &line)) {
		struct spam_rule *rule = ARENA_PUSH(mem, conf.rules.items, conf.rules.count);
		if (!spam_parse_rule(line, rule, &why))
			fail_msg("%s", why);
	}
	return conf;
}

static void test_judge(void **state)
{
	const struct judge_row *row = *state;
	struct arena *mem = arena_new();
	struct spam_conf conf = parse_rules(row->rules, mem);
	struct message *m = message_borrow(row->header, NULL);
	struct verdict v;
	assert_non_null(m);
	verdict_init(&v, mem, message_header_count(m));
	assert_int_equal(spam_judge(&conf, m, NULL, &v, NULL), 0);
	struct str wanted = row->reason ? str_of(row->reason) : STR_LIT("no spam header");
	if (v.spam.state != (row->reason ? SPAM_YES : SPAM_NO) ||
		!str_eq(v.spam.reason.text, wanted))
		fail_msg("%d \"" STR_FMT "\"", (int)v.spam.state, STR_ARGS(v.spam.reason.text));
	assert_int_equal(v.action_count, 0);
	message_free(m);
	arena_free(mem);
}

/* ---- what was decided before ---- */

static const struct state_row {
	const char *name;
	enum listing listing;
	bool enabled;
	enum spam_state spam;
	const char *reason;
} state_rows[] = {
	{"listed: no", LISTED_NOT, true, SPAM_YES, "A: YES"},
	{"listed: no, and off", LISTED_NOT, false, SPAM_UNKNOWN, "anti-spam is off"},
	{"listed: allowed", LISTED_ALLOW, true, SPAM_SKIPPED, "/list:3"},
	{"listed: allowed, and off", LISTED_ALLOW, false, SPAM_SKIPPED, "/list:3"},
	{"listed: blocked", LISTED_BLOCK, true, SPAM_YES, "/list:3"},
	{"listed: blocked, and off", LISTED_BLOCK, false, SPAM_YES, "/list:3"},
};

static void test_state(void **state)
{
	const struct state_row *row = *state;
	struct arena *mem = arena_new();
	struct spam_conf conf = parse_rules("A: YES", mem);
	struct message *m = message_borrow(STR_LIT("A: YES\n\n"), NULL);
	struct verdict v;
	conf.kind = row->enabled ? SPAM_BY_HEADERS : SPAM_BY_NOBODY;
	verdict_init(&v, mem, message_header_count(m));
	v.lists.listing = row->listing;
	v.lists.reason = verdict_reason_line(STR_LIT("/list"), 3, STR_LIT("x"));
	assert_int_equal(spam_judge(&conf, m, NULL, &v, NULL), 0);
	assert_int_equal(v.spam.state, row->spam);
	assert_true(str_eq(verdict_reason_where(&v.spam.reason, mem), str_of(row->reason)));
	message_free(m);
	arena_free(mem);
}

/* A sender may write as many and as long fields as fit into a message. */
static const struct large_row {
	const char *name, *start, *piece;
	size_t count;
} large_rows[] = {
	{"large: a value", "A: ", "xxxxxxxxxx", 2000000},
	{"large: a value that almost matches", "A: ", ": tru: tr", 1000000},
	{"large: a value of folds", "A: x", "\n :", 2000000},
	{"large: a number", "A: ", "1111111111", 2000000},
	{"large: fields", "A: x", "\nA: : Tru", 99998},
	{"large: folded fields", "A: x", "\nA:\n : Tru", 99998},
};

static void test_large(void **state)
{
	const struct large_row *row = *state;
	struct arena *mem = arena_new();
	struct spam_conf conf = parse_rules("A: YES*\nA: *: True *\nA: *x*y*z*\nA >= 99", mem);
	struct buf text = {0};
	struct verdict v;
	buf_text(&text, row->start);
	for (size_t i = 0; i < row->count; i++)
		buf_text(&text, row->piece);
	buf_text(&text, "\n\n");
	clock_t start = clock();
	struct message *m = message_borrow(buf_str(&text), NULL);
	assert_non_null(m);
	verdict_init(&v, mem, message_header_count(m));
	assert_int_equal(spam_judge(&conf, m, NULL, &v, NULL), 0);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	message_free(m);
	buf_free(&text);
	arena_free(mem);
	if (seconds > 15)
		fail_msg("%.1f seconds", seconds);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_parse, parse_rows),
		TABLE(test_judge, judge_rows),
		TABLE(test_state, state_rows),
		TABLE(test_large, large_rows),
	};
	return table_run("spam", tables, sizeof tables / sizeof *tables);
}
