/*
 * The engine "libsieve": script x message x actions; broken scripts x errors; hostile input; the
 * confined child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/confined.h"
#include "base/io.h"
#include "filters/engines.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILEINTO        "require \"fileinto\";\n"
#define TEST(condition) "if " condition " {discard;}"
#define YES             "1:discard"
#define NO              "implicit"

/* Actions are written `line:action argument`, separated by `, `; `implicit` means no action. */
static const struct row {
	const char *name;
	const char *script;
	const char *header; /* of the message */
	const char *actions;
} rows[] = {
	/* actions and their lines */
	{"empty script", "", "A: b\n", "implicit"},
	{"comments only", "# a\n/* b\n*/", "A: b\n", "implicit"},
	{"keep", "keep;", "A: b\n", "1:keep"},
	{"discard in line 3", "\n\ndiscard;", "A: b\n", "3:discard"},
	{"fileinto", FILEINTO "fileinto \"a\";", "A: b\n", "2:fileinto a"},
	{"redirect", "redirect \"a@example.org\";", "A: b\n", "1:redirect a@example.org"},
	{"redirect to an address with a name", "redirect \"Joe <a@b.de>\";", "A: b\n",
		"1:redirect a@b.de"},
	{"only require", "require \"fileinto\";", "A: b\n", "implicit"},
	{"reject", "require \"reject\";\nreject \"no\";", "A: b\n", "2:reject no"},
	{"several actions", FILEINTO "fileinto \"a\";\nredirect \"b@c.d\"; keep;", "A: b\n",
		"2:fileinto a, 3:redirect b@c.d, 3:keep"},
	{"the same folder twice", FILEINTO "fileinto \"a\";\nfileinto \"a\";", "A: b\n",
		"2:fileinto a, 3:fileinto a"},
	{"stop", "keep;\nstop;\ndiscard;", "A: b\n", "1:keep"},
	{"stop at once", "stop; discard;", "A: b\n", "implicit"},
	{"stop in a block", "if true {\n keep;\n stop;\n}\ndiscard;", "A: b\n", "2:keep"},
	{"arguments over lines", FILEINTO "fileinto\n # why\n \"a\"\n;\nkeep;", "A: b\n",
		"2:fileinto a, 6:keep"},
	{"string over lines", "if header :is \"a\" \"x\ny\" {discard;}\nkeep;", "A: b\n", "3:keep"},
	{"comment over lines", "/* a\nb\n*/ keep; # c\ndiscard;", "A: b\n", "3:keep, 4:discard"},
	{"CRLF", "require \"fileinto\";\r\nfileinto \"a\";\r\n", "A: b\n", "2:fileinto a"},
	{"byte order mark", "\xef\xbb\xbfkeep;", "A: b\n", "1:keep"},
	{"no line end at the end", "# a\nkeep;# b", "A: b\n", "2:keep"},
	{"two requires", FILEINTO "require [\"reject\"];\nfileinto \"a\";", "A: b\n",
		"3:fileinto a"},
	{"line of an action in text: argument",
		"require \"reject\";\nreject text:\na\n..b\n.\n;\nkeep;", "A: b\n",
		"2:reject a\\n.b\\n, 7:keep"},
	{"UTF-8 folder", FILEINTO "fileinto \"Entw\xc3\xbcrfe\";", "A: b\n",
		"2:fileinto Entw\xc3\xbcrfe"},
	{"quotes in a folder", FILEINTO "fileinto \"a\\\"b\\\\c\";", "A: b\n",
		"2:fileinto a\"b\\c"},
	{"percent in a folder", FILEINTO "fileinto \"%s%n\";", "A: b\n", "2:fileinto %s%n"},
	{"folder that looks like a place", FILEINTO "fileinto \"1\"; keep;", "A: b\n",
		"2:fileinto 1, 2:keep"},
	/* control */
	{"capitals", "IF HEADER :CONTAINS \"a\" \"B\" { KEEP; } ELSE { DISCARD; }", "A: b\n",
		"1:keep"},
	{"elsif", "if false {keep;}\nelsif true {discard;}\nelse {stop;}", "A: b\n", "2:discard"},
	{"else", "if false {keep;}\nelsif false {stop;}\nelse {discard;}", "A: b\n", "3:discard"},
	{"nested blocks", "if true {\nif true {\nif true {\nkeep;}}}", "A: b\n", "4:keep"},
	{"empty block", "if true {} keep;", "A: b\n", "1:keep"},
	{"not", TEST("not false"), "A: b\n", YES},
	{"allof", TEST("allof(true, not false, true)"), "A: b\n", YES},
	{"allof with one false", TEST("allof(true, false)"), "A: b\n", NO},
	{"anyof", TEST("anyof(false, header :is \"a\" [\"x\", \"b\"], false)"), "A: b\n", YES},
	{"anyof with none", TEST("anyof(false, exists \"x\")"), "A: b\n", NO},
	/* header */
	{"is", TEST("header :is \"subject\" \"Hello\""), "Subject: hello\n", YES},
	{"is not", TEST("header :is \"subject\" \"Hell\""), "Subject: hello\n", NO},
	{"is without a tag", TEST("header \"subject\" \"hello\""), "Subject: hello\n", YES},
	{"contains", TEST("header :contains \"subject\" \"ELL\""), "Subject: hello\n", YES},
	{"contains nothing", TEST("header :contains \"subject\" \"\""), "Subject: hello\n", YES},
	{"contains nothing in no header", TEST("header :contains \"x\" \"\""), "Subject: hello\n",
		NO},
	{"matches", TEST("header :matches \"subject\" \"h?l*\""), "Subject: hello\n", YES},
	{"matches not", TEST("header :matches \"subject\" \"h?l\""), "Subject: hello\n", NO},
	{"matches a literal star", TEST("header :matches \"subject\" \"*\\\\**\""),
		"Subject: a*b\n", YES},
	{"matches no literal star", TEST("header :matches \"subject\" \"*\\\\**\""),
		"Subject: axb\n", NO},
	{"star in a quoted string is a wildcard", TEST("header :matches \"subject\" \"\\*b\""),
		"Subject: axb\n", YES},
	{"matches a literal question mark", TEST("header :matches \"s\" \"?\\\\?\""), "S: a?\n",
		YES},
	{"matches no literal question mark", TEST("header :matches \"s\" \"?\\\\?\""), "S: ab\n",
		NO},
	{"matches a literal backslash", TEST("header :matches \"s\" \"a\\\\\\\\*\""), "S: a\\b\n",
		YES},
	{"is with wildcards", TEST("header :is \"s\" \"a*?b\""), "S: a*?b\n", YES},
	{"is with wildcards is no pattern", TEST("header :is \"s\" \"a*b\""), "S: axb\n", NO},
	{"quotes in a key", TEST("header :contains \"s\" \"say \\\"hi\\\"\""), "S: I say \"hi\"\n",
		YES},
	{"backslash in a key", TEST("header :contains \"s\" \"c:\\\\x\""), "S: c:\\x\n", YES},
	{"backslash at the end of a key", TEST("header :is \"s\" \"a\\\\\""), "S: a\\\n", YES},
	{"several headers and keys", TEST("header :is [\"x\", \"s\"] [\"a\", \"b\"]"), "S: b\n",
		YES},
	{"every instance", TEST("header :is \"s\" \"c\""), "S: a\nS: b\nS: c\n", YES},
	{"folded", TEST("header :is \"s\" \"a b\""), "S: a\n b\n", YES},
	{"folded to blanks only", TEST("header :is \"s\" \"\""), "S:\n \n\t\nX: y\n", YES},
	{"oddly folded", TEST("header :contains \"s\" \"b\""), "S:\n\n", NO},
	{"fold in front of it", TEST("header :is \"s\" \"b\""), "A: x\n a\nS: b\n", YES},
	{"blank before the colon", TEST("header :is \"s\" \"b\""), "S : b\n", YES},
	{"empty value", TEST("header :is \"s\" \"\""), "S:\n", YES},
	{"empty value, more after", TEST("header :is \"t\" \"x\""), "S:\nT: x\n", YES},
	{"line that is no field", TEST("header :is \"t\" \"x\""), "A: b\nnonsense\nT: x\n", YES},
	{"a first line that is no field: all is body", TEST("header :is \"t\" \"x\""),
		"nonsense\nT: x\n", NO},
	{"no header at all", TEST("not exists \"s\""), "", YES},
	{"encoded word, Q", TEST("header :is \"s\" \"\xc3\xbc\""), "S: =?iso-8859-1?q?=fc?=\n",
		YES},
	{"encoded word, B", TEST("header :contains \"s\" \"\xc3\xbc\""), "S: a =?utf-8?b?w7w=?=\n",
		YES},
	{"encoded words folded", TEST("header :is \"s\" \"ab\""),
		"S: =?utf-8?q?a?=\n =?utf-8?q?b?=\n", YES},
	{"encoded line end", TEST("header :contains \"s\" \"x\ny\""), "S: =?utf-8?q?x=0Ay?=\n",
		"2:discard"},
	{"8-bit", TEST("header :contains \"s\" \"x\""), "S: \xfc x\n", YES},
	{"NUL does not end the value", TEST("header :contains \"s\" \"needle\""),
		"S: a\\0 needle\n", YES},
	{"control characters are not taken for encoded ones", TEST("header :contains \"s\" \"*\""),
		"S: a\x03z\n", NO},
	{"octet comparator", TEST("header :comparator \"i;octet\" :is \"s\" \"A\""), "S: a\n", NO},
	{"comparator after the match type",
		TEST("header :is :comparator \"i;ascii-casemap\" \"s\" \"A\""), "S: a\n", YES},
	{"numeric comparator",
		"require \"comparator-i;ascii-numeric\"; "
		"if header :comparator \"i;ascii-numeric\" \"s\" \"1\" {discard;}",
		"S: 01\n", YES},
	{"value",
		"require [\"relational\", \"comparator-i;ascii-numeric\"]; "
		"if header :value \"ge\" :comparator \"i;ascii-numeric\" \"s\" \"5\" {discard;}",
		"S: 17\n", YES},
	{"count",
		"require [\"relational\", \"comparator-i;ascii-numeric\"]; "
		"if header :count \"gt\" :comparator \"i;ascii-numeric\" \"s\" \"1\" {discard;}",
		"S: a\nS: b\n", YES},
	{"regex", "require \"regex\"; if header :regex \"s\" \"^a\\\\.b$\" {discard;}", "S: a.b\n",
		YES},
	{"regex does not match",
		"require \"regex\"; if header :regex \"s\" \"^a\\\\.b$\" {discard;}", "S: axb\n",
		NO},
	{"regex with a quote", "require \"regex\"; if header :regex \"s\" \"a\\\"b*\" {discard;}",
		"S: a\"bb\n", YES},
	/* exists, size */
	{"exists", TEST("exists \"s\""), "S: a\n", YES},
	{"exists though empty", TEST("exists \"s\""), "S:\n", YES},
	{"exists all of them", TEST("exists [\"s\", \"t\"]"), "S: a\n", NO},
	{"size over", TEST("size :over 5"), "S: a\n", YES},
	{"size under", TEST("size :under 1k"), "S: a\n", YES},
	{"size not over", TEST("size :over 1G"), "S: a\n", NO},
	{"size beyond int", TEST("size :over 4294967297"), "S: a\n", NO},
	{"size over itself", TEST("size :over 11"), "S: a\n", NO},
	{"size over one less", TEST("size :over 10"), "S: a\n", YES},
	/* address */
	{"address", TEST("address :is \"from\" \"a@b.de\""), "From: X <A@B.de>\n", YES},
	{"address :all", TEST("address :all :is \"from\" \"a@b.de\""), "From: a@b.de\n", YES},
	{"address :domain", TEST("address :domain :is \"from\" \"b.de\""), "From: a@b.de\n", YES},
	{"address :localpart", TEST("address :localpart \"from\" \"a\""), "From: a@b.de\n", YES},
	{"address :domain is not all", TEST("address :domain \"from\" \"a@b.de\""),
		"From: a@b.de\n", NO},
	{"address after dots in the name", TEST("address \"from\" \"a@b.de\""),
		"From: J. R. Ewing <a@b.de>\n", YES},
	{"address in two headers", TEST("address :domain [\"to\", \"cc\"] \"d.de\""),
		"To: a@b.de\nCc: c@d.de\n", YES},
	{"address in a list", TEST("address \"to\" \"c@d.de\""), "To: a@b.de, X <c@d.de>\n", YES},
	{"address in a group", TEST("address \"to\" \"c@d.de\""), "To: us: a@b.de, c@d.de;\n", YES},
	{"empty group", TEST("address :contains \"to\" \"\""), "To: undisclosed-recipients:;\n",
		NO},
	{"quoted local part", TEST("address :localpart \"from\" \"a b\""), "From: \"a b\"@c.de\n",
		YES},
	{"the name is no address", TEST("address :contains \"from\" \"boss\""),
		"From: \"boss@x.de\" <a@b.de>\n", NO},
	{"header and address of one field",
		TEST("allof(header :contains \"from\" \"\\\"Foo\", address \"from\" \"a@b.de\")"),
		"From: \"Foo, Bar\" <a@b.de>\n", YES},
	/* envelope */
	{"envelope from",
		"require \"envelope\"; if envelope \"from\" \"sender@example.com\" {discard;}",
		"A: b\n", YES},
	{"envelope to, domain",
		"require \"envelope\"; if envelope :domain :is \"to\" \"example.org\" {discard;}",
		"A: b\n", YES},
	{"envelope, either",
		"require \"envelope\"; if envelope :localpart [\"from\", \"to\"] \"user+x\" "
		"{discard;}",
		"A: b\n", YES},
	{"envelope is not the header",
		"require \"envelope\"; if envelope \"from\" \"a@b.de\" {discard;}",
		"From: a@b.de\n", NO},
	/* more than one rule */
	{"rules as people write them",
		"require [\"fileinto\"];\n"
		"# lists\n"
		"if header :contains \"list-id\" \"<users.example>\" {\n"
		"    fileinto \"Lists/users\";\n"
		"    stop;\n"
		"}\n"
		"if anyof (address :domain \"from\" [\"shop.example\", \"b.example\"],\n"
		"          header :matches \"subject\" \"*invoice*\") {\n"
		"    fileinto \"Shop\";\n"
		"}\n",
		"From: S <x@shop.example>\nSubject: your Invoice\n", "9:fileinto Shop"},
};
enum { ROWS = sizeof rows / sizeof *rows };

/*
 * Errors are written `line:column text`, a part of the text being enough; all that are found, in
 * their order.
 */
static const struct bad {
	const char *name;
	const char *script;
	const char *errors[4];
} bads[] = {
	{"unknown command", "keep;\n foo;", {"2:2 unknown command or test \"foo\""}},
	{"unknown command with arguments", "foo :bar \"x\";", {"1:1 \"foo\"", "1:5 tag \":bar\""}},
	{"unknown test", "if frob \"x\" {keep;}", {"1:4 unknown command or test \"frob\""}},
	{"missing semicolon", "keep\ndiscard;", {"2:0 expecting ';'"}},
	{"missing semicolon at the end", "\nkeep", {"2:0 end of the script, expecting ';'"}},
	{"unterminated string", "\nkeep; \"abc\nkeep;\n", {"2:7 no closing quote"}},
	{"unterminated string as argument", FILEINTO "fileinto \"a;\nkeep;\n",
		{"2:10 no closing quote", "4:0 end of the script"}},
	{"unterminated text", "require \"reject\";\nreject text:\na\n",
		{"2:8 the text is not closed", "4:0 end of the script"}},
	{"unterminated comment", "keep;\n/* a",
		{"2:1 the comment is not closed: \"*/\" is missing"}},
	{"unterminated block", "if true {\nkeep;\n", {"3:0 expecting '}'"}},
	{"unterminated list", "if header [\"a\", \"b\" \"c\" {keep;}", {"1:0 syntax error"}},
	{"unterminated parenthesis", "if anyof(true, false {keep;}", {"1:0 expecting"}},
	{"closing brace too much", "keep; }", {"1:0 unexpected '}'"}},
	{"unknown require", "require \"nosuch\"; keep;",
		{"1:9 unknown extension \"nosuch\"; this engine knows fileinto, reject, envelope"}},
	{"two unknown requires", "require [\"fileinto\",\n\"copy\", \"variables\"];",
		{"2:1 \"copy\"", "2:9 \"variables\""}},
	{"extension that libsieve only claims to know", "require \"imap4flags\";",
		{"1:9 unknown extension \"imap4flags\""}},
	{"missing require", "\n  fileinto \"a\";",
		{"2:3 \"fileinto\" needs: require \"fileinto\";"}},
	{"missing require, twice", "fileinto \"a\";\nfileinto \"a\";",
		{"1:1 \"fileinto\" needs: require \"fileinto\";"}},
	{"missing require of a test", "if envelope \"from\" \"a\" {keep;}",
		{"1:4 \"envelope\" needs: require \"envelope\";"}},
	{"missing require of a tag", "if header :regex \"a\" \"b\" {keep;}",
		{"1:11 \":regex\" needs: require \"regex\";"}},
	{"missing require of a comparator",
		"if header :comparator \"i;ascii-numeric\" \"a\" \"1\" {keep;}",
		{"1:23 require \"comparator-i;ascii-numeric\";"}},
	{"late require", "keep;\nrequire \"fileinto\";", {"2:0 unexpected REQUIRE"}},
	{"empty require", "require [];", {"1:0 syntax error"}},
	{"require without semicolon", "require \"fileinto\"\nkeep;", {"2:0 syntax error"}},
	{"number where a string goes", FILEINTO "fileinto 3;", {"2:0 unexpected NUMBER"}},
	{"no argument", FILEINTO "fileinto;", {"2:0 unexpected ';'"}},
	{"list where a string goes", FILEINTO "fileinto [\"a\", \"b\"];", {"2:0 unexpected '['"}},
	{"two arguments", FILEINTO "fileinto \"a\" \"b\";", {"2:0 unexpected STRING"}},
	{"argument of keep", "keep \"x\";", {"1:0 unexpected STRING"}},
	{"tag of keep", "keep :foo;", {"1:6 \"keep\" does not take the tag \":foo\""}},
	{"tag of an extension", FILEINTO "fileinto :copy \"a\";",
		{"2:10 \"fileinto\" does not take the tag \":copy\""}},
	{"unknown tag", "if header :like \"a\" \"b\" {keep;}", {"1:11 unknown tag \":like\""}},
	{"two match types", "if header :is :contains \"a\" \"b\" {keep;}", {"1:0 duplicate"}},
	{"two address parts", "if address :all :domain \"a\" \"b\" {keep;}",
		{"1:17 a part of an address"}},
	{"address part of a header", "if header :domain \"a\" \"b\" {keep;}",
		{"1:11 a part of an address"}},
	{"unknown comparator", "if header :comparator \"i;nope\" \"a\" \"b\" {keep;}",
		{"1:23 unknown comparator \"i;nope\""}},
	{"comparator without a name", "if header :comparator [\"a\"] \"b\" {keep;}",
		{"1:0 syntax error"}},
	{"header without keys", "if header :is \"a\" {keep;}", {"1:0 unexpected '{'"}},
	{"header with too many arguments", "if header \"a\" \"b\" \"c\" {keep;}",
		{"1:0 unexpected STRING"}},
	{"header name with a colon", "if header \"subject:\" \"b\" {keep;}",
		{"1:11 \"subject:\" is not the name of a header"}},
	{"empty header name", "if exists \"\" {keep;}", {"1:11 is not the name of a header"}},
	{"envelope part", "require \"envelope\";\nif envelope \"cc\" \"b\" {keep;}",
		{"2:13 no \"cc\""}},
	{"if without a test", "if {keep;}", {"1:0 unexpected '{'"}},
	{"if without a block", "if true keep;", {"1:0 unexpected KEEP"}},
	{"else without if", "keep;\nelse {keep;}", {"2:0 unexpected ELSE"}},
	{"else with a test", "if true {keep;} else true {keep;}", {"1:0 unexpected"}},
	{"test as a command", "true;", {"1:0 syntax error"}},
	{"command as a test", "if keep {keep;}", {"1:0 unexpected KEEP"}},
	{"string as a command", "\"keep\";", {"1:0 unexpected STRING"}},
	{"empty statement", "keep;;", {"1:0 unexpected ';'"}},
	{"size without a tag", "if size 100 {keep;}", {"1:0 unexpected NUMBER"}},
	{"size of a string", "if size :over \"x\" {keep;}", {"1:0 unexpected STRING"}},
	{"number too large", "if size :over 99999999999G {keep;}",
		{"1:15 the number is too large"}},
	{"quantifier", "if size :over 1KB {keep;}", {"1:15 a number must end in"}},
	{"allof without parentheses", "if allof true {keep;}", {"1:0 expecting '('"}},
	{"redirect to no address", "redirect \"not an address\";",
		{"1:10 \"not an address\" is not an address to redirect to"}},
	{"redirect to a name", "redirect \"joe\";", {"1:10 is not an address"}},
	{"redirect to nobody", "redirect \"\";", {"1:10 is not an address"}},
	{"redirect to two", "redirect \"a@b.de, c@d.de\";", {"1:10 is not an address"}},
	{"redirect to a group", "redirect \"g: a@b.de;\";", {"1:10 is not an address"}},
	{"bad regular expression", "require \"regex\";\nif header :regex \"a\" \"(\" {keep;}",
		{"2:0 nvalid regular expression"}},
	{"sign that means nothing", "keep;\n keep!;", {"2:6 \"!\" is not allowed here"}},
	{"latin-1 in a string", FILEINTO "fileinto \"\xfc\";", {"2:11 not valid UTF-8"}},
	{"several errors at once", "foo;\nif header :is \"a\" {keep;}\nredirect \"x\";\nkeep",
		{"1:1 \"foo\"", "2:0 unexpected '{'", "3:10 address", "4:0 expecting ';'"}},
};
enum { BADS = sizeof bads / sizeof *bads };

/* ---- helpers ---- */

static struct envelope envelope(void)
{
	return (struct envelope){.sender = STR_LIT("sender@example.com"),
		.recipient = STR_LIT("user+x@example.org")};
}

static const struct sv_engine *engine(void)
{
	const struct sv_engine *e = engines_find(STR_LIT("libsieve"));
	assert_non_null(e);
	return e;
}

static int run_script(struct str script, struct str bytes, const struct envelope *env,
	struct arena *mem, struct sv_result *result, struct err *err)
{
	struct sv_errors errors;
	struct sv_script *s = engine()->compile(STR_LIT("t.sieve"), script, NULL, mem, &errors);
	if (!s)
		fail_msg("does not compile: %u:%u " STR_FMT, errors.items[0].line,
			errors.items[0].column, STR_ARGS(errors.items[0].text));
	struct message *msg = message_borrow(bytes, err);
	assert_non_null(msg);
	struct sv_input input = {.msg = msg, .env = env};
	int r = engine()->run(s, &input, mem, result, err);
	message_free(msg);
	return r;
}

/* Every child is waited for, whatever became of it. */
static void assert_no_children(void)
{
	confined_reap(); /* the last one's end is waited for late */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void put_action(struct buf *b, const struct sv_action *a)
{
	buf_fmt(b, "%s%u:%s", b->n ? ", " : "", a->line, a->kind->name);
	if (a->argument.n)
		buf_byte(b, ' ');
	for (size_t i = 0; i < a->argument.n; i++) {
		if (a->argument.p[i] == '\n')
			buf_text(b, "\\n");
		else
			buf_byte(b, a->argument.p[i]);
	}
}

static void check_actions(const struct sv_result *result, const char *wanted)
{
	struct buf got = {0};
	for (size_t i = 0; i < result->count; i++)
		put_action(&got, &result->actions[i]);
	if (result->implicit_keep)
		buf_fmt(&got, "%simplicit", got.n ? ", " : "");
	assert_string_equal(buf_cstr(&got), wanted);
	buf_free(&got);
}

/* ---- the tables ---- */

/* A row's header with \0 turned to NUL, and a body. */
static void put_message(struct buf *b, const char *header)
{
	struct str rest = str_of(header);
	while (rest.n) {
		size_t n = str_ifind(rest, STR_LIT("\\0"));
		buf_add(b, str_slice(rest, 0, n));
		if (n < rest.n)
			buf_byte(b, '\0');
		rest = str_slice(rest, n + 2, rest.n);
	}
	buf_text(b, "\nx\n");
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct buf message = {0};
	struct sv_result result;
	struct err err;
	struct envelope env = envelope();
	put_message(&message, row->header);
	if (run_script(str_of(row->script), buf_str(&message), &env, mem, &result, &err) < 0)
		fail_msg("run failed: %s", err.text);
	check_actions(&result, row->actions);
	assert_no_children();
	buf_free(&message);
	arena_free(mem);
}

static void check_error(const struct diag *d, const char *wanted)
{
	char place[64];
	int n = snprintf(place, sizeof place, "%u:%u", d->line, d->column);
	struct str rest = str_trim(str_slice(str_of(wanted), (size_t)n, SIZE_MAX));
	bool found = rest.n == 0 || str_ifind(d->text, rest) < d->text.n;
	if (!found || strncmp(place, wanted, (size_t)n) != 0)
		fail_msg("got <%s " STR_FMT ">, wanted <%s>", place, STR_ARGS(d->text), wanted);
	assert_true(str_eq(d->file, STR_LIT("t.sieve")));
}

static void test_bad(void **state)
{
	const struct bad *bad = *state;
	struct arena *mem = arena_new();
	struct sv_errors errors;
	size_t n = 0;
	struct str script = str_of(bad->script);
	assert_null(engine()->compile(STR_LIT("t.sieve"), script, NULL, mem, &errors));
	for (; n < 4 && bad->errors[n]; n++) {
		if (n >= errors.count)
			fail_msg("missing: %s", bad->errors[n]);
		check_error(&errors.items[n], bad->errors[n]);
	}
	if (errors.count > n)
		fail_msg("not expected: %u:%u " STR_FMT, errors.items[n].line,
			errors.items[n].column, STR_ARGS(errors.items[n].text));
	assert_no_children();
	arena_free(mem);
}

/* ---- hostile messages ---- */

#define CONTAINS "if header :contains \"s\" \"needle\" {discard;}"
#define ADDRESS  "if address :domain \"s\" \"needle\" {discard;}"

static const struct hostile {
	const char *name;
	const char *start, *unit;
	size_t repeat;
	const char *end;
	const char *script;
	const char *actions; /* NULL: an error is fine as well */
} hostiles[] = {
	{"100 KB in one line", "S: ", "a", 100000, "needle", CONTAINS, YES},
	{"100 KB of blanks", "S: ", " ", 100000, "needle", CONTAINS, YES},
	{"100 KB in folded lines", "S: x", "\n a", 30000, "needle", CONTAINS, YES},
	{"100 KB of folds of nothing", "S: x", "\n ", 50000, "needle", CONTAINS, YES},
	{"100 KB of control characters", "S: ", "\x01\x02\x7f\x1b", 25000, "needle", CONTAINS, YES},
	{"100 KB of 8-bit", "S: ", "\xff\xc3", 50000, "needle", CONTAINS, YES},
	{"100 KB of carriage returns", "S: ", "\r", 100000, "needle", CONTAINS, YES},
	{"100 KB of encoded words", "S: ", "=?utf-8?q?a?= ", 7000, "needle", CONTAINS, YES},
	{"100 KB of broken encoded words", "S: ", "=?utf-8?q?=fc?= ", 6000, "needle", CONTAINS,
		YES},
	{"100 KB of percent signs", "S: ", "%n", 50000, "needle", CONTAINS, YES},
	{"20000 instances", "", "S: a\n", 20000, "S: needle", CONTAINS, YES},
	{"20000 empty instances", "", "S:\n", 20000, "S: needle", CONTAINS, YES},
	{"20000 other fields", "", "T: a\n", 20000, "S: needle", CONTAINS, YES},
	{"20000 lines that are no fields", "A: b\n", "nonsense\n", 20000, "S: needle", CONTAINS,
		YES},
	{"a name of 100 KB", "", "S", 100000, ": a\nS: needle", CONTAINS, YES},
	{"2 MB: the end is not looked at", "S: ", "a", 2000000, "needle", CONTAINS, NO},
	{"20000 addresses", "S: ", "a@b.de, ", 20000, "a@needle", ADDRESS, YES},
	{"20000 commas", "S: ", ",", 20000, "a@needle", ADDRESS, YES},
	{"20000 open parentheses", "S: ", "(", 20000, "a@needle", ADDRESS, NULL},
	{"20000 open angles", "S: ", "<", 20000, "a@needle", ADDRESS, NULL},
	{"20000 quotes", "S: ", "\"", 20001, "a@needle", ADDRESS, NULL},
	{"20000 backslashes", "S: \"", "\\", 20001, "a@needle", ADDRESS, NULL},
	{"20000 routes", "S: <", "@a,", 20000, "@b:a@needle>", ADDRESS, NULL},
	{"20000 groups", "S: ", "g:", 20000, "a@needle;", ADDRESS, NULL},
	{"20000 at signs", "S: ", "@", 20000, "needle", ADDRESS, NULL},
	{"20000 dots", "S: a@", ".", 20000, "needle", ADDRESS, NULL},
	{"a local part of 100 KB", "S: ", "a", 100000, "@needle", ADDRESS, NULL},
	{"addresses of control characters", "S: ", "\x01\x02<\x7f>,", 20000, "a@needle", ADDRESS,
		NULL},
	{"8-bit addresses", "S: ", "\xff@\xfe,", 20000, "a@needle", ADDRESS, NULL},
	{"matches against 100 KB", "S: ", "a", 100000, "needle",
		"if header :matches \"s\" \"*needle\" {discard;}", NULL},
	{"regex against 100 KB", "S: ", "a", 100000, "needle",
		"require \"regex\"; if header :regex \"s\" \"(a*)*needle\" {discard;}", NULL},
	{"regex with back references", "S: ", "ab", 3000, "needle",
		"require \"regex\"; if header :regex \"s\" \"((a|b)*)*\\\\1(a*b*)*\\\\3x\" "
		"{discard;}",
		NULL},
	{"numbers of 100 KB", "S: ", "9", 100000, "",
		"require [\"relational\", \"comparator-i;ascii-numeric\"]; "
		"if header :value \"gt\" :comparator \"i;ascii-numeric\" \"s\" \"1\" {discard;}",
		NULL},
};
enum { HOSTILES = sizeof hostiles / sizeof *hostiles };

static void test_hostile(void **state)
{
	const struct hostile *h = *state;
	struct arena *mem = arena_new();
	struct buf message = {0};
	struct sv_result result;
	struct err err = {0};
	struct envelope env = envelope();
	buf_text(&message, h->start);
	for (size_t i = 0; i < h->repeat; i++)
		buf_text(&message, h->unit);
	buf_fmt(&message, "%s\n\nbody\n", h->end);
	int r = run_script(str_of(h->script), buf_str(&message), &env, mem, &result, &err);
	if (h->actions && r < 0)
		fail_msg("run failed: %s", err.text);
	if (h->actions)
		check_actions(&result, h->actions);
	else
		assert_true(r == 0 || err.text[0]);
	assert_no_children();
	buf_free(&message);
	arena_free(mem);
}

/*
 * libsieve's wildcards take exponential time: the limit of CPU time ends it, or, where there is
 * little to be had, that of time.
 */
static void test_hang(void **state)
{
	struct arena *mem = arena_new();
	struct sv_result result;
	struct err err = {0};
	struct envelope env = envelope();
	(void)state;
	int r = run_script(
		STR_LIT("if header :matches \"s\" \"*a*a*a*a*a*a*a*a*a*a*a*a*a*b\" {discard;}"),
		STR_LIT("S: "
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"\n"
			"\nx\n"),
		&env, mem, &result, &err);
	assert_int_equal(r, -1);
	assert_int_equal(err.fault, FAULT_TEMP);
	assert_true(strstr(err.text, "CPU time") || strstr(err.text, "did not end within"));
	assert_no_children();
	arena_free(mem);
}

/*
 * Messages of random pieces against every kind of test: an answer or an error, and this process
 * lives.
 */
static void test_random(void **state)
{
	static const char *const pieces[] = {"\n", "\n ", "S:", "From: ", "<", ">", "@", ",", ";",
		":", "\"", "\\", "(", ")", "=?utf-8?q?", "=?utf-8?b?", "?=", "=", "a", "needle",
		".", " ", "\t", "\r\n", "\x01", "\xff", "\xc3\xbc", "[", "]", "group:", "*"};
	static const char script[] =
		"require [\"fileinto\", \"envelope\", \"regex\", \"relational\"];\n"
		"if header :contains [\"s\", \"from\"] \"needle\" {fileinto \"a\";}\n"
		"if header :matches \"from\" \"*a*\" {fileinto \"b\";}\n"
		"if address :localpart [\"s\", \"from\"] \"a\" {fileinto \"c\";}\n"
		"if address :domain :contains \"from\" \"needle\" {fileinto \"d\";}\n"
		"if header :count \"gt\" \"s\" \"1\" {fileinto \"e\";}\n"
		"if header :regex \"s\" \"^a.*$\" {fileinto \"f\";}\n"
		"if not exists \"s\" {discard;}\n";
	enum { MESSAGES = 150, PIECES = 60 };
	unsigned seed = 1;
	(void)state;
	for (size_t i = 0; i < MESSAGES; i++) {
		struct arena *mem = arena_new();
		struct buf message = {0};
		struct sv_result result;
		struct err err = {0};
		struct envelope env = envelope();
		for (size_t k = 0; k < PIECES; k++) {
			seed = seed * 1103515245 + 12345;
			buf_text(&message, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
		}
		int r = run_script(str_of(script), buf_str(&message), &env, mem, &result, &err);
		assert_true(r == 0 || err.text[0]);
		buf_free(&message);
		arena_free(mem);
	}
	assert_no_children();
}

/* ---- hostile scripts ---- */

static const struct large {
	const char *name;
	const char *start, *unit;
	size_t repeat;
	const char *end;
	const char *error; /* a part of the first; NULL: any, or none */
} larges[] = {
	{"2 MB", "", "keep; ", 400000, "", "larger than"},
	{"deep blocks", "", "if true {", 20000, "", NULL},
	{"deep tests", "if ", "not ", 20000, "true {keep;}", NULL},
	{"deep parentheses", "if ", "anyof(", 20000, "", NULL},
	{"deep lists", "if header ", "[", 20000, "", NULL},
	{"20000 errors", "", "foo;\n", 20000, "", "unknown command"},
	{"20000 unknown extensions", "require [\"x\"", ", \"x\"", 20000, "];", "unknown extension"},
	{"20000 header names", "if exists [\"x\"", ", \"x\"", 20000, "] {keep;}", NULL},
	{"20000 keys", "if header \"x\" [\"x\"", ", \"x\"", 20000, "] {keep;}", NULL},
	{"20000 actions", "", "keep;\n", 20000, "", NULL},
	{"a string of 500 KB", "if header \"x\" \"", "x", 500000, "\" {keep;}", NULL},
	{"500000 lines", "", "\n", 500000, "foo;", "\"foo\""},
	{"a word of 500 KB", "", "x", 500000, ";", "unknown command"},
	{"500 KB of quotes", "", "\"", 500000, "", NULL},
	{"500 KB of garbage", "", "!\xff ", 100000, "", "is not allowed here"},
};
enum { LARGES = sizeof larges / sizeof *larges };

static void test_large(void **state)
{
	const struct large *l = *state;
	struct arena *mem = arena_new();
	struct buf script = {0};
	struct sv_errors errors;
	buf_text(&script, l->start);
	for (size_t i = 0; i < l->repeat; i++)
		buf_text(&script, l->unit);
	buf_text(&script, l->end);
	struct sv_script *s =
		engine()->compile(STR_LIT("t.sieve"), buf_str(&script), NULL, mem, &errors);
	assert_true((s == NULL) == (errors.count > 0));
	assert_true(errors.count <= 200);
	if (l->error) {
		assert_null(s);
		struct str text = errors.items[0].text;
		assert_true(str_ifind(text, str_of(l->error)) < text.n);
	}
	assert_no_children();
	buf_free(&script);
	arena_free(mem);
}

static void test_too_many_headers(void **state)
{
	struct arena *mem = arena_new();
	struct buf script = {0};
	struct sv_errors errors;
	(void)state;
	for (int i = 0; i < 600; i++)
		buf_fmt(&script, "if exists \"x-%d\" {keep;}\n", i);
	assert_null(engine()->compile(STR_LIT("t.sieve"), buf_str(&script), NULL, mem, &errors));
	assert_int_equal(errors.items[0].line, 501);
	buf_free(&script);
	arena_free(mem);
}

static void test_script_with_nul(void **state)
{
	struct arena *mem = arena_new();
	struct sv_errors errors;
	(void)state;
	assert_null(engine()->compile(
		STR_LIT("t.sieve"), STR_LIT("keep;\0discard;"), NULL, mem, &errors));
	assert_int_equal(errors.items[0].column, 6);
	arena_free(mem);
}

/* The null sender, a sender that is not an address, and one with a source route. */
static void test_envelopes(void **state)
{
	static const struct {
		const char *sender, *test, *actions;
	} envelopes[] = {
		{"", "envelope \"from\" \"\"", "1:discard"},
		{"", "envelope :domain \"from\" \"\"", "1:discard"},
		{"", "envelope :contains \"from\" \"a\"", "implicit"},
		{"a b c", "envelope :contains :domain \"from\" \"\"", "implicit"},
		{"<@x.de:a@b.de>", "envelope \"from\" \"a@b.de\"", "1:discard"},
		{"a@B.de", "envelope :domain \"from\" \"b.de\"", "1:discard"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++) {
		struct arena *mem = arena_new();
		struct envelope env = envelope();
		struct sv_result result;
		struct err err;
		env.sender = str_of(envelopes[i].sender);
		struct str script =
			arena_fmt(mem, "require \"envelope\"; if %s {discard;}", envelopes[i].test);
		assert_int_equal(
			run_script(script, STR_LIT("A: b\n\nx\n"), &env, mem, &result, &err), 0);
		check_actions(&result, envelopes[i].actions);
		arena_free(mem);
	}
}

static void test_engines(void **state)
{
	(void)state;
	assert_null(engines_find(STR_LIT("nosuch")));
	assert_null(engines_find(STR_LIT("")));
	assert_non_null(engines_name(0));
	size_t n = 0;
	for (; engines_name(n); n++)
		assert_string_equal(engines_find(str_of(engines_name(n)))->name, engines_name(n));
	assert_null(engines_name(n + 1));
}

/* ---- all of them ---- */

static struct CMUnitTest tests[ROWS + BADS + HOSTILES + LARGES + 10];
static char names[ROWS + BADS + HOSTILES + LARGES + 10][120];
static size_t test_count;

static void add_test(const char *group, const char *name, CMUnitTestFunction f, const void *row)
{
	char *full = names[test_count];
	snprintf(full, sizeof names[0], "%s: %s", group, name);
	tests[test_count++] = (struct CMUnitTest){
		.name = full, .test_func = f, .initial_state = (void *)(uintptr_t)row};
}

static void add_tables(void)
{
	for (size_t i = 0; i < ROWS; i++)
		add_test("run", rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < BADS; i++)
		add_test("error", bads[i].name, test_bad, &bads[i]);
	for (size_t i = 0; i < HOSTILES; i++)
		add_test("hostile message", hostiles[i].name, test_hostile, &hostiles[i]);
	for (size_t i = 0; i < LARGES; i++)
		add_test("hostile script", larges[i].name, test_large, &larges[i]);
}

int main(void)
{
	add_tables();
	add_test("hostile message", "hang", test_hang, NULL);
	add_test("hostile message", "random", test_random, NULL);
	add_test("hostile script", "too many headers", test_too_many_headers, NULL);
	add_test("hostile script", "NUL", test_script_with_nul, NULL);
	add_test("run", "envelopes", test_envelopes, NULL);
	add_test("engine", "find", test_engines, NULL);
	return _cmocka_run_group_tests("libsieve", tests, test_count, NULL, NULL);
}
