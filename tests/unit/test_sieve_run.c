/* Runs of the builtin engine: script x message -> actions, values, limits, and the trace. */
#include "filters/sieve/action.h"
#include "filters/sieve/builtin.h"
#include "filters/sieve/host.h"
#include "tests/unit/table.h"

#include <string.h>

#define REQUIRE                                                                                    \
	"require [\"fileinto\",\"envelope\",\"copy\",\"reject\",\"relational\","                   \
	"\"comparator-i;ascii-numeric\",\"comparator-i;unicode-casemap\"];"

#define FLAGS "require [\"imap4flags\",\"fileinto\",\"copy\"];"

#define MESSAGE                                                                                    \
	"From: Ann <ann@Example.org>\nTo: bob+lists@example.net, \"C, D\" <cd@example.com>\n"      \
	"Subject: =?utf-8?q?Caf=C3=A9?= one\n two\nX-Twice: first\nx-twice:  second \n"            \
	"X-Empty:\nX-Bytes: a\377b\nCc: undisclosed-recipients:;\nReply-To: nobody\n\nbody\n"

static struct arena *mem;

static int run(struct str script, const char *message, const struct sv_host *host,
	const bool *hidden, struct sv_result *result, struct err *err)
{
	struct sv_errors errors = {0};
	struct message *msg = message_borrow(str_of(message), err);
	struct envelope env = {.sender = STR_LIT("ann@Example.org"),
		.recipient = STR_LIT("bob+lists@example.net")};
	struct sv_input input = {.msg = msg, .env = &env, .hidden = hidden, .host = host};
	struct sv_script *s = builtin_engine.compile(STR_LIT("t"), script, host, mem, &errors);
	if (!s)
		fail_msg("it does not compile: " STR_FMT, STR_ARGS(errors.items[0].text));
	assert_non_null(msg);
	int r = builtin_engine.run(s, &input, mem, result, err);
	message_free(msg);
	return r;
}

/* ---- actions ---- */

static const char *describe(const struct sv_result *r, struct buf *to)
{
	for (size_t i = 0; i < r->count; i++) {
		buf_fmt(to, "%u ", r->actions[i].line);
		action_describe(&r->actions[i], to);
		buf_text(to, "; ");
	}
	if (r->implicit_keep)
		buf_text(to, "implicit ");
	if (r->implicit_keep)
		action_describe(&r->keep, to);
	return buf_cstr(to);
}

static const struct row {
	const char *name, *script, *result; /* or the error */
} rows[] = {
	{"empty script", "", "implicit keep"},
	{"keep", "keep;", "1 keep; "},
	{"keep twice", "keep;\nkeep;", "1 keep; "},
	{"discard", "discard;", "1 discard; "},
	{"discard and keep", "discard;\nkeep;", "1 discard; 2 keep; "},
	{"fileinto", REQUIRE "fileinto \"A\";", "1 fileinto \"A\"; "},
	{"fileinto twice", REQUIRE "fileinto \"A\";\nfileinto \"A\";", "1 fileinto \"A\"; "},
	{"case of a folder counts", REQUIRE "fileinto \"A\"; fileinto \"a\";",
		"1 fileinto \"A\"; 1 fileinto \"a\"; "},
	{"case of the INBOX does not", REQUIRE "fileinto \"INBOX\"; fileinto \"inbox\";",
		"1 fileinto \"INBOX\"; "},
	{"copy", REQUIRE "fileinto :copy \"A\";", "1 fileinto \"A\", copy; implicit keep"},
	{"copy and discard", REQUIRE "fileinto :copy \"A\"; discard;",
		"1 fileinto \"A\", copy; 1 discard; "},
	{"the same with and without copy", REQUIRE "fileinto :copy \"A\"; fileinto \"A\";",
		"1 fileinto \"A\", copy; "},
	{"flags of keep", FLAGS "keep :flags \"\\\\Seen\";", "1 keep, flags \\Seen; "},
	{"flags of fileinto", FLAGS "fileinto :flags [\"\\\\Seen $x\",\"y\"] \"A\";",
		"1 fileinto \"A\", flags \\Seen $x y; "},
	{"flags of the implicit keep", FLAGS "addflag \"$x\";", "implicit keep, flags $x"},
	{"flags that were set before", FLAGS "setflag \"a b\"; keep;", "1 keep, flags a b; "},
	{"flags that are set after", FLAGS "keep; setflag \"a\";", "1 keep; "},
	{"flags of the tag alone", FLAGS "setflag \"a\"; keep :flags \"b\";", "1 keep, flags b; "},
	{"no flags by a tag", FLAGS "setflag \"a\"; keep :flags \"\";", "1 keep; "},
	{"removed flags", FLAGS "addflag [\"a\",\"b\",\"c\"]; removeflag \"B a\"; keep;",
		"1 keep, flags c; "},
	{"a flag twice", FLAGS "addflag \"a\"; addflag \"A a\"; keep;", "1 keep, flags a; "},
	{"set anew", FLAGS "addflag \"a\"; setflag \"b\"; keep;", "1 keep, flags b; "},
	{"no flags on a redirect", FLAGS "addflag \"a\"; redirect \"a@b.c\";",
		"1 redirect \"a@b.c\"; "},
	{"invalid flags", FLAGS "addflag [\"a(b\",\"\\\\\",\"\\\\Recent\",\"ok\"]; keep;",
		"1 keep, flags ok; "},
	{"copy with flags", FLAGS "fileinto :copy :flags \"a\" \"A\"; addflag \"b\";",
		"1 fileinto \"A\", copy, flags a; implicit keep, flags b"},
	{"mark", "require \"imapflags\"; mark; addflag \"x\";", "implicit keep, flags \\Flagged x"},
	{"unmark", "require \"imapflags\"; mark; unmark; keep;", "1 keep; "},
	{"redirect", "redirect \"Ann <a@b.c>\";", "1 redirect \"a@b.c\"; "},
	{"redirect to an address of parts", "redirect \"ann @ (home) example . org\";",
		"1 redirect \"ann@example.org\"; "},
	{"redirect to an @ in quotes", "redirect \"\\\"a@b\\\"@example.net\";",
		"1 redirect \"\"a@b\"@example.net\"; "},
	{"redirect to an option", "redirect \"-o@b.c\";", "implicit keep"},
	{"redirect twice", "redirect \"a@b.c\"; redirect \"a@B.C\";", "1 redirect \"a@b.c\"; "},
	{"redirect to two local parts", "redirect \"a@b.c\"; redirect \"A@b.c\";",
		"1 redirect \"a@b.c\"; 1 redirect \"A@b.c\"; "},
	{"the last flags of keep count", FLAGS "keep :flags \"a\"; keep :flags \"b\";",
		"1 keep, flags b; "},
	{"the last flags of fileinto count, none too",
		FLAGS "fileinto :flags \"a\" \"A\"; fileinto \"A\";", "1 fileinto \"A\"; "},
	{"redirect :copy", REQUIRE "redirect :copy \"a@b.c\";",
		"1 redirect \"a@b.c\", copy; implicit keep"},
	{"reject", REQUIRE "reject \"no\nway\";", "1 reject \"no way\"; "},
	{"reject and discard", REQUIRE "discard; reject \"no\";", "1 discard; 1 reject \"no\"; "},
	{"reject and keep", REQUIRE "reject \"no\";\nkeep;",
		"t:2:1: reject cannot go with keep, fileinto or redirect (RFC 5429 section 2.2)"},
	{"keep and reject", REQUIRE "keep;\nreject \"no\";",
		"t:2:1: reject cannot go with keep, fileinto or redirect (RFC 5429 section 2.2)"},
	{"reject twice", REQUIRE "reject \"no\";\nreject \"no\";",
		"t:2:1: reject can be taken only once (RFC 5429 section 2.2)"},
	{"stop", "stop; discard;", "implicit keep"},
	{"stop in a block", "if true { keep; stop; } discard;", "1 keep; "},
	{"four redirects",
		"redirect \"a@b.c\"; redirect \"b@b.c\"; redirect \"c@b.c\"; redirect \"d@b.c\";",
		"1 redirect \"a@b.c\"; 1 redirect \"b@b.c\"; 1 redirect \"c@b.c\"; 1 redirect "
		"\"d@b.c\"; "},
	{"five redirects",
		"redirect \"a@b.c\"; redirect \"b@b.c\"; redirect \"c@b.c\"; redirect \"d@b.c\";\n"
		"redirect \"e@b.c\";",
		"t:2:1: too many redirects: more than 4"},
	{"the first branch", "if true { keep; } elsif true { discard; } else { discard; }",
		"1 keep; "},
	{"the second branch", "if false {} elsif true { keep; } elsif true { discard; }",
		"1 keep; "},
	{"the else branch", "if false {} elsif false {} else { keep; }", "1 keep; "},
	{"no branch", "if false { keep; } elsif false { discard; }", "implicit keep"},
	{"after the branches", "if true {} else { discard; } keep;", "1 keep; "},
	{"two ifs", "if false {} if true { keep; } else { discard; }", "1 keep; "},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct sv_result result;
	struct err err = {.text = ""};
	struct buf told = {0};
	mem = arena_new();
	if (run(str_of(row->script), MESSAGE, NULL, NULL, &result, &err) == 0)
		assert_string_equal(describe(&result, &told), row->result);
	else
		assert_string_equal(err.text, row->result);
	buf_free(&told);
	arena_free(mem);
}

/* ---- values ---- */

static const struct truth {
	const char *name, *test;
	bool result;
} truths[] = {
	{"unfolded and decoded", "header \"subject\" \"caf\303\251 one two\"", true},
	{"case of the name", "header \"SUBJECT\" \"caf\303\251 one two\"", true},
	{"second instance", "header \"x-twice\" \"second\"", true},
	{"outer blanks", "header :comparator \"i;octet\" \"x-twice\" \"second\"", true},
	{"number of instances", "header :count \"eq\" \"x-twice\" \"2\"", true},
	{"several names", "header [\"x-none\", \"x-twice\"] [\"zero\", \"first\"]", true},
	{"empty header", "header \"x-empty\" \"\"", true},
	{"empty key is in every value", "header :contains \"x-empty\" \"\"", true},
	{"missing header has no value", "header :contains \"x-none\" \"\"", false},
	{"missing header, any pattern", "header :matches \"x-none\" \"*\"", false},
	{"invalid bytes", "header :matches \"x-bytes\" \"a?b\"", true},
	{"invalid bytes, unicode",
		"header :comparator \"i;unicode-casemap\" :matches \"x-bytes\" \"A?B\"", true},
	{"unicode without case",
		"header :comparator \"i;unicode-casemap\" :contains \"subject\" \"CAF\303\211\"",
		true},
	{"the default is ASCII", "header :contains \"subject\" \"CAF\303\211\"", false},
	{"hidden field", "header \"x-secret\" \"1\"", false},
	{"hidden field does not exist", "exists \"x-secret\"", false},
	{"exists", "exists [\"from\", \"x-empty\"]", true},
	{"exists, one does not", "exists [\"from\", \"x-none\"]", false},
	{"line that is no field", "exists \"\"", false},
	{"address", "address \"from\" \"ann@example.org\"", true},
	{"address without its name", "address :contains \"from\" \"Ann <\"", false},
	{"domain", "address :domain \"from\" \"example.org\"", true},
	{"local part with detail", "address :localpart \"to\" \"bob+lists\"", true},
	{"second address", "address :localpart \"to\" \"cd\"", true},
	{"name with a comma is no address", "address :contains \"to\" \"C, D\"", false},
	{"number of addresses", "address :count \"eq\" [\"to\", \"from\"] \"3\"", true},
	{"empty group", "address :contains \"cc\" \"\"", false},
	{"address without a domain", "address \"reply-to\" \"nobody\"", true},
	{"no domain", "address :domain :contains \"reply-to\" \"\"", false},
	{"envelope from", "envelope \"from\" \"ann@example.org\"", true},
	{"envelope to", "envelope :localpart \"to\" \"bob+lists\"", true},
	{"envelope, case of the part", "envelope \"FROM\" \"ann@example.org\"", true},
	{"size over", "size :over 200", true},
	{"size is not over itself", "size :over 238", false},
	{"size is not under itself", "size :under 238", false},
	{"size under", "size :under 239", true},
	{"size over, K", "size :over 1K", false},
	{"not", "not false", true},
	{"allof", "allof (true, true)", true},
	{"allof, one false", "allof (true, false, true)", false},
	{"anyof", "anyof (false, true)", true},
	{"anyof, none", "anyof (false, false)", false},
	{"nested", "not allof (true, not anyof (false, true))", true},
	{"value gt", "header :value \"gt\" :comparator \"i;ascii-numeric\" \"x-number\" \"9\"",
		true},
	{"value gt as text", "header :value \"gt\" \"x-number\" \"9\"", false},
	{"value ne", "header :value \"ne\" \"x-twice\" \"first\"", true},
	{"value le", "header :value \"le\" \"x-twice\" \"FIRST\"", true},
	{"count of nothing", "header :count \"eq\" \"x-none\" \"0\"", true},
};

#define TRUTH_MESSAGE "X-Secret: 1\n" MESSAGE

static void test_truth(void **state)
{
	static const bool hidden[32] = {true};
	const struct truth *row = *state;
	struct sv_result result;
	struct err err;
	mem = arena_new();
	struct str script = arena_fmt(mem, REQUIRE "if %s { discard; } else { keep; }", row->test);
	const char *message = TRUTH_MESSAGE;
	const bool *gone = hidden;
	if (strstr(row->test, "size")) {
		message = MESSAGE;
		gone = NULL;
	} else if (strstr(row->test, "x-number")) {
		message = "X-Number: 10\n\n";
		gone = NULL;
	}
	assert_int_equal(run(script, message, NULL, gone, &result, &err), 0);
	assert_int_equal(result.count, 1);
	assert_string_equal(result.actions[0].kind->name, row->result ? "discard" : "keep");
	arena_free(mem);
}

/* ---- limits ---- */

static const struct limit_row {
	const char *name, *script, *error;
	struct sv_limits limits;
} limit_rows[] = {
	{"actions", REQUIRE "fileinto \"a\";fileinto \"b\";\nfileinto \"c\";",
		"t:2:1: too many actions: more than 2",
		{.script = 999,
			.nesting = 9,
			.nodes = 99,
			.errors = 9,
			.actions = 2,
			.steps = 999}},
	{"redirects", "redirect \"a@b.c\";\nredirect \"b@b.c\";",
		"t:2:1: too many redirects: more than 1",
		{.script = 999,
			.nesting = 9,
			.nodes = 99,
			.errors = 9,
			.actions = 9,
			.redirects = 1,
			.steps = 999}},
	{"steps", "if true {}\nif true {}\nif true {}",
		"t:2:4: the script takes more than 50 steps",
		{.script = 999, .nesting = 9, .nodes = 99, .errors = 9, .steps = 50}},
};

static void test_limit(void **state)
{
	const struct limit_row *row = *state;
	struct sv_host host = {.limits = &row->limits};
	struct sv_result result;
	struct err err;
	mem = arena_new();
	assert_int_equal(run(str_of(row->script), MESSAGE, &host, NULL, &result, &err), -1);
	assert_string_equal(err.text, row->error);
	arena_free(mem);
}

/* ---- the trace ---- */

static void trace(void *context, const struct sv_event *e)
{
	struct buf *to = context;
	static const char *const kinds[] = {[SV_EVENT_COMMAND] = "command",
		[SV_EVENT_TEST] = "test",
		[SV_EVENT_MATCH] = "match",
		[SV_EVENT_RESULT] = "result",
		[SV_EVENT_ACTION] = "action",
		[SV_EVENT_NOTE] = "note",
		[SV_EVENT_ERROR] = "error"};
	buf_fmt(to, "%u %u:%u %s %s", e->depth, e->line, e->column, kinds[e->kind], e->name);
	if (e->kind == SV_EVENT_MATCH)
		buf_fmt(to, " " STR_FMT "=" STR_FMT " %s(%s) " STR_FMT, STR_ARGS(e->source),
			STR_ARGS(e->value), e->match, e->comparator, STR_ARGS(e->key));
	if (e->kind == SV_EVENT_MATCH || e->kind == SV_EVENT_RESULT)
		buf_text(to, e->result ? " true" : " false");
	if (e->text.n)
		buf_fmt(to, " " STR_FMT, STR_ARGS(e->text));
	buf_byte(to, '\n');
}

static const struct row traces[] = {
	{"a test and its action",
		"if not header :contains \"x-twice\" [\"x\", \"rst\"] { discard; }\nelse { keep; }",
		"0 1:1 command if\n"
		"1 1:4 test not\n"
		"2 1:8 test header\n"
		"3 1:8 match header x-twice=first :contains(i;ascii-casemap) x false\n"
		"3 1:8 match header x-twice=first :contains(i;ascii-casemap) rst true\n"
		"2 1:8 result header true\n"
		"1 1:4 result not false\n"
		"1 2:8 command keep\n"
		"2 2:8 action keep keep\n"},
	{"a count", "require \"relational\";\nif address :count \"lt\" \"to\" \"2\" {}",
		"0 2:1 command if\n"
		"1 2:4 test address\n"
		"2 2:4 match address to=2 :count(i;ascii-casemap) 2 false\n"
		"1 2:4 result address false\n"},
	{"an error", "require \"reject\";\nkeep; reject \"no\";",
		"0 2:1 command keep\n1 2:1 action keep keep\n"
		"0 2:7 command reject\n1 2:7 action reject reject \"no\"\n"
		"1 2:7 error reject reject cannot go with keep, fileinto or redirect (RFC 5429 "
		"section 2.2)\n"},
};

static void test_trace(void **state)
{
	const struct row *row = *state;
	struct buf told = {0};
	struct sv_host host = {.context = &told, .trace = trace};
	struct sv_result result;
	struct err err;
	mem = arena_new();
	/* That it fails is in the trace. */
	(void)run(str_of(row->script), MESSAGE, &host, NULL, &result, &err);
	assert_string_equal(buf_cstr(&told), row->result);
	buf_free(&told);
	arena_free(mem);
}

/* ---- the null sender (RFC 5228 section 5.4) ---- */

static void test_null_sender(void **state)
{
	static const char *const tests[] = {"envelope :all \"from\" \"\"",
		"envelope :localpart \"from\" \"\"", "envelope :domain \"from\" \"\"",
		"not envelope :contains \"from\" \"@\""};
	struct envelope env = {.sender = {"", 0}, .recipient = STR_LIT("a@b.c")};
	struct sv_errors errors = {0};
	struct sv_result result;
	struct err err;
	(void)state;
	mem = arena_new();
	struct message *msg = message_borrow(STR_LIT("\n"), &err);
	struct sv_input input = {.msg = msg, .env = &env};
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		struct str script = arena_fmt(mem, REQUIRE "if %s { discard; }", tests[i]);
		struct sv_script *s =
			builtin_engine.compile(STR_LIT("t"), script, NULL, mem, &errors);
		assert_non_null(s);
		assert_int_equal(builtin_engine.run(s, &input, mem, &result, &err), 0);
		assert_int_equal(result.count, 1);
	}
	message_free(msg);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE(test_truth, truths),
		TABLE(test_limit, limit_rows),
		TABLE(test_trace, traces),
		TABLE_OF_ONE(test_null_sender, "the null sender"),
	};
	return table_run("sieve_run", tables, sizeof tables / sizeof *tables);
}
