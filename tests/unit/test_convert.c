/*
 * mda-convert: what rules of procmail, maildrop and fdm become. tests/e2e/convert.sh delivers by
 * both; the rows here are what procmailrc(5), maildropfilter(7), fdm.conf(5) and RFC 5228 say.
 */
#include "mda/tools/convert/convert.h"
#include "mda/tools/convert/convert_program.h"

#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct row {
	const char *name; /* the condition, if RULES is NULL */
	const char *test; /* NULL: not converted */
	const char *rules, *script;
	size_t problems;
};

typedef void converter(struct convert *c);

/* What CONVERT makes of the source of C, without comments. */
static char *script_of(converter *convert, struct convert *c)
{
	struct buf all = {0};
	convert(c);
	struct str rest = buf_str(&c->out), line;
	while (str_line(&rest, &line))
		if (!str_starts(str_trim(line), STR_LIT("#"))) {
			buf_add(&all, line);
			buf_byte(&all, '\n');
		}
	char *text = strdup(buf_cstr(&all));
	buf_free(&all);
	buf_free(&c->out);
	return text;
}

/* The same of RULES, and how many problems there were. */
static char *convert_text(converter *convert, const char *rules, size_t *problems)
{
	struct arena *mem = arena_new();
	struct convert c = {.mem = mem, .source = str_of(rules)};
	char *text = script_of(convert, &c);
	*problems = c.problem_count;
	arena_free(mem);
	return text;
}

static void check(converter *convert, const struct row *row, const char *before, const char *after)
{
	char rules[4096], script[8192] = "";
	size_t problems;
	snprintf(rules, sizeof rules, "%s%s%s", before, row->name, after);
	if (row->test)
		snprintf(script, sizeof script, "if %s {\n\tfileinto :create \"X\";\n\tstop;\n}\n",
			row->test);
	char *got = convert_text(convert, row->rules ? row->rules : rules, &problems);
	assert_string_equal(got, row->rules ? row->script : script);
	assert_int_equal(problems, row->rules ? row->problems : !row->test);
	free(got);
}

#define MATCHES(test, group, folder)                                                               \
	"if " test " {\n\tset \"match\" \"${" group "}\";\n"                                       \
	"\tif string :regex \"${match}\" \"^[-A-Za-z0-9_+=@]+$\" {\n"                              \
	"\t\tfileinto :create \"" folder "\";\n\t\tstop;\n\t}\n}\n"

/* procmailrc(5), ^FROM_MAILER, without the end of the line */
#define MAILER_HEAD "\"^([^>]*[^(.%@a-z0-9])?"
#define MAILER_NAMES                                                                               \
	"(Post(ma(st(er)?|n)|office)|(send)?Mail(er)?|daemon|mmdf|n?uucp|ops|r(esponse|oot)|"      \
	"(bbs\\\\.)?smtp(error)?|s(erv(ices?|er)|ystem)|A(dmin(istrator)?|MMGR))"
#define MAILER_TAIL "[%@>\t ][^<)]*(\\\\(.*\\\\).*)?)?"
#define MAILER(negation)                                                                           \
	negation                                                                                   \
		"anyof (header :regex [\"From\", \"Sender\", \"Resent-From\", \"Resent-Sender\", " \
		"\"X-Envelope-From\"] " MAILER_HEAD MAILER_NAMES                                   \
		"(([^).!:a-z0-9][-_a-z0-9]*)?" MAILER_TAIL                                         \
		"$\", envelope \"from\" \"\", envelope :regex "                                    \
		"\"from\" " MAILER_HEAD MAILER_NAMES "(([^).!:a-z0-9][-_a-z0-9]*)?(" MAILER_TAIL   \
		")?$\")"

static const struct row procmail_rows[] = {
	/* ---- one field ---- */
	{"^Subject:.*sale", .test = "header :contains \"Subject\" \"sale\""},
	{"^Subject: sale", .test = "header :regex \"Subject\" \"^sale\""},
	{"^Subject: *sale", .test = "header :regex \"Subject\" \"^sale\""},
	{"^Subject:[ \t]*sale", .test = "header :regex \"Subject\" \"^sale\""},
	{"^Subject:[\t ]+sale", .test = "header :regex \"Subject\" \"^sale\""},
	{"^Subject: .*sale", .test = "header :contains \"Subject\" \"sale\""},
	{"^Subject:.+sale", .test = "header :contains \"Subject\" \"sale\""},
	{"^Subject:.sale", .test = "header :regex \"Subject\" \"^sale\""},
	{"^Subject: sale$", .test = "header :is \"Subject\" \"sale\""},
	{"^Subject:.*sale$", .test = "header :regex \"Subject\" \"sale$\""},
	{"^Subject:", .test = "header :contains \"Subject\" \"\""},
	{"^Subject:.*", .test = "header :contains \"Subject\" \"\""},
	{"! ^Subject:", .test = "not header :contains \"Subject\" \"\""},
	{"!^Subject:.*x", .test = "not header :contains \"Subject\" \"x\""},
	{"! ! ^Subject:.*x", .test = "header :contains \"Subject\" \"x\""},
	{"^Subject:.*a\\.b", .test = "header :contains \"Subject\" \"a.b\""},
	{"^Subject:.*a.b", .test = "header :regex \"Subject\" \"a.b\""},
	{"^Subject:.*\\[x\\]", .test = "header :contains \"Subject\" \"[x]\""},
	{"^Subject:.*{1}", .test = "header :contains \"Subject\" \"{1}\""},
	{"^Subject:.*x{1}.", .test = "header :regex \"Subject\" \"x\\\\{1\\\\}.\""},
	{"^Subject:.*\"x\"", .test = "header :contains \"Subject\" \"\\\"x\\\"\""},
	{"^Subject:.*(a|b)", .test = "header :regex \"Subject\" \"(a|b)\""},
	{"^Subject:.*a.*b", .test = "header :regex \"Subject\" \"a.*b\""},
	{"^Subject:.*ab?c", .test = "header :regex \"Subject\" \"ab?c\""},
	/* ---- the blank after the colon ---- */
	{"^Subject:.*[^a-z]x", .test = "header :regex \"Subject\" \"(^|[^a-z])x\""},
	{"^Subject:.*[a-z]x", .test = "header :regex \"Subject\" \"[a-z]x\""},
	{"^Subject:.* x", .test = "header :regex \"Subject\" \"(^| )x\""},
	{"^Subject:.* *x", .test = "header :contains \"Subject\" \"x\""},
	{"^Subject:.*.x", .test = "header :regex \"Subject\" \"(^|.)x\""},
	{"^Subject: .*[^a-z]x", .test = "header :regex \"Subject\" \"[^a-z]x\""},
	{"^Subject:  x", .test = NULL},
	{"^Subject:x", .test = NULL},
	{"^Subject: *[^a-z]x", .test = NULL},
	{"^Subject:.*( |y)x", .test = NULL},
	{"^From:.*(ann|bob)@x", .test = "header :regex \"From\" \"(ann|bob)@x\""},
	{"^From: *(ann|bob)@x", .test = "header :regex \"From\" \"^(ann|bob)@x\""},
	{"^From:.*(a|b)+x", .test = "header :regex \"From\" \"(a|b)+x\""},
	{"^From:.*(\\[a|<b|[c-d]|(e|f)g)x",
		.test = "header :regex \"From\" \"(\\\\[a|<b|[c-d]|(e|f)g)x\""},
	{"^From:.*(a|b)?x", .test = NULL},
	{"^From:.*(a|b)*x", .test = NULL},
	{"^From:.*(a|)x", .test = NULL},
	{"^From:.*(a*|b)x", .test = NULL},
	{"^From:.*(a|(b| ))x", .test = NULL},
	{"^From:.*(a|(b)?c)x", .test = NULL},
	{"^From:.*(a|[^b])x", .test = NULL},
	{"^From:.*(a|.)x", .test = NULL},
	{"^TO_(a|b)?x", .test = NULL},
	{"^TO_( |b)x", .test = NULL},
	{"^TO_(a|b)x", .test = "header :regex [\"Original-Resent-To\", \"Original-Resent-Cc\", "
			       "\"Original-Resent-Bcc\", \"Original-To\", \"Original-Cc\", "
			       "\"Original-Bcc\", \"Resent-To\", \"Resent-Cc\", \"Resent-Bcc\", "
			       "\"To\", \"Cc\", \"Bcc\", \"X-Envelope-To\", "
			       "\"Apparently-Resent-To\", \"Apparently-To\"] "
			       "\"(^|[^-a-zA-Z0-9_.])(a|b)x\""},
	/* ---- several fields ---- */
	{"^(To|Cc):.*x@y", .test = "header :contains [\"To\", \"Cc\"] \"x@y\""},
	{"^(Resent-)?From:.*x", .test = "header :contains [\"Resent-From\", \"From\"] \"x\""},
	{"^(From:.*a|To:.*b)",
		.test = "anyof (header :contains \"From\" \"a\", header :contains \"To\" \"b\")"},
	{"^From:.*a|^To:.*b",
		.test = "anyof (header :contains \"From\" \"a\", header :contains \"To\" \"b\")"},
	{"(^From:.*a|^To:.*b)",
		.test = "anyof (header :contains \"From\" \"a\", header :contains \"To\" \"b\")"},
	/* ---- sizes and areas ---- */
	{"< 1000", .test = "size :under 1000"},
	{"> 1000", .test = "size :over 1000"},
	{"! > 1000", .test = "not size :over 1000"},
	{"B ?? sale", .test = "body :raw :contains \"sale\""},
	{"B ?? a.b", .test = "body :raw :regex \"a[^\n]b\""},
	{"B ?? ^sale", .test = "body :raw :regex \"(^|\n)(sale)\""},
	{"H ?? ^Subject:.*x", .test = "header :contains \"Subject\" \"x\""},
	/* ---- scores ---- */
	{"1^0 ^From:.*a", .test = "header :contains \"From\" \"a\""},
	{"1^0 ^From:.*a\n* 1^0 ^To:.*b",
		.test = "anyof (header :contains \"From\" \"a\", header :contains \"To\" \"b\")"},
	{"-1^0\n* 1^0 ^From:.*a\n* 1^0 ^To:.*b",
		.test = "allof (header :contains \"From\" \"a\", header :contains \"To\" \"b\")"},
	{"2^0 ^From:.*a\n* -1^0 ^To:.*b", .test = "header :contains \"From\" \"a\""},
	{"1^0 ^From:.*a\n* -1^0 ^To:.*b", .test = "allof (header :contains \"From\" \"a\", not "
						  "header :contains \"To\" \"b\")"},
	{"^From:.*a\n* < 9", .test = "allof (header :contains \"From\" \"a\", size :under 9)"},
	/* ---- not converted ---- */
	{"1^1 ^From:.*a", .test = NULL},
	{"2^.5 ^From:.*a", .test = NULL},
	{"1^0 > 1000", .test = NULL},
	{"? test -f x", .test = NULL},
	{"$ ^From:.*$X", .test = NULL},
	{"X ?? y", .test = NULL},
	{"HB ?? y", .test = NULL},
	{"sale", .test = NULL},
	{"^.*: x", .test = NULL},
	{"^X-.*: x", .test = NULL},
	{"^Subject:.*\\<x", .test = NULL},
	{"^Subject:.*=\\?utf", .test = NULL},
	{"^Subject:.*\303\244", .test = NULL},
	{"^Subject:.*[x", .test = NULL},
	{"^Subject:.*(x", .test = NULL},
	{"^Subject:.*x)", .test = NULL},
	{"^Subject:.*x$y", .test = NULL},
	{"^Subject:.*[[:alpha:]]", .test = NULL},
	{"^Subject:.*x ", .test = NULL},
	{"^Subject:.**x", .test = NULL},
	{"", .test = NULL},
	{"> many", .test = NULL},
	/* ---- $MATCH ---- */
	{"^Subject:.*\\/", .test = NULL},
	{"^Subject:\\/x.*", .test = NULL},
	{"^Subject:\\/.*", .test = NULL},
	{"^Subject:[ ]*\\/.*", .test = NULL},
	{"^Subject:.*\\/ x", .test = NULL},
	{"^Subject:.*\\/[^a]+", .test = NULL},
	{"^Subject:.*\\/x*y", .test = NULL},
	{"^Subject:.*a*\\/x", .test = NULL},
	{"^Subject:.*(a|b)\\/x", .test = NULL},
	{"^Subject:.*a\\/x|y", .test = NULL},
	{"^Subject:.*a\\/x$", .test = NULL},
	{"^Subject:.*a\\/x\\/y", .test = NULL},
	{"^(To|Cc):.*a\\/x", .test = NULL},
	{"(^To:.*a\\/x|^Cc:.*y)", .test = NULL},
	{"! ^To:.*a\\/x", .test = NULL},
	{"1^0 ^To:.*a\\/x", .test = NULL},
	{"B ?? a\\/x", .test = NULL},
	{"^TO_\\/x", .test = NULL},
	{"anywhere", .rules = ":0\n* ^To:.*\\/[a-z]+\n.A.$MATCH/\n",
		.script = MATCHES("header :regex \"To\" \"([a-z]+)\"", "1", "A/${match}")},
	{"at the start", .rules = ":0\n* ^To: \\/.*\n$MATCH/\n",
		.script = MATCHES("header :regex \"To\" \"^(.*)\"", "1", "${match}")},
	{"behind blanks", .rules = ":0\n* ^To:[ ]*\\/[a-z](b|c)\n$MATCH/\n",
		.script = MATCHES("header :regex \"To\" \"^([a-z](b|c))\"", "1", "${match}")},
	{"perhaps nothing", .rules = ":0\n* ^To: \\/[a-z]*\n$MATCH/\n",
		.script = MATCHES("header :regex \"To\" \"^([a-z]*)\"", "1", "${match}")},
	{"behind one character", .rules = ":0\n* ^To:.+\\/[^x]\n$MATCH/\n",
		.script = MATCHES("header :regex \"To\" \"([^x])\"", "1", "${match}")},
	{"behind a text", .rules = ":0\n* ^To:.*x\\.\\/[^.]*\nX$MATCH/\n",
		.script = MATCHES("header :regex \"To\" \"x\\\\.([^.]*)\"", "1", "X${match}")},
	{"behind what may be the blank", .rules = ":0\n* ^To:.*[^a]\\/b\n$MATCH/\n",
		.script = MATCHES("header :regex \"To\" \"(^|[^a])(b)\"", "2", "${match}")},
	{"it is tested last", .rules = ":0\n* ^To:.*\\/b\n* ^Cc: x\n$MATCH/\n",
		.script =
			MATCHES("allof (header :regex \"Cc\" \"^x\", header :regex \"To\" \"(b)\")",
				"1", "${match}")},
	{"two of them", .rules = ":0\n* ^To:.*\\/b\n* ^Cc:.*\\/b\n$MATCH/\n", .script = "",
		.problems = 1},
	{"later it is not known", .rules = ":0 c\n* ^To:.*\\/b\nx\n:0\n$MATCH/\n",
		.script = "if header :regex \"To\" \"(b)\" {\n\tset \"match\" \"${1}\";\n"
			  "\tfileinto :create :copy \"x\";\n}\n",
		.problems = 1},
	{"never set", .rules = ":0\n$MATCH/\n", .script = "", .problems = 1},
	{"a byte of ours", .rules = ":0\n\001/\n", .script = "", .problems = 1},
	{"in MAILDIR", .rules = ":0\n* ^To:.*\\/b\n{ MAILDIR=$MATCH }\n",
		.script = "if header :regex \"To\" \"(b)\" {\n\tset \"match\" \"${1}\";\n}\n",
		.problems = 1},
	{"not in an address", .rules = ":0\n* ^To:.*\\/b\n! $MATCH@c.d\n", .script = "",
		.problems = 1},
	{"what looks like a variable", .rules = ":0\n* ^To:.*\\${1}\nx\n", .script = "",
		.problems = 1},
	/* ---- mail of programs ---- */
	{"^FROM_MAILER", .test = MAILER("")},
	{"! ^FROM_MAILER", .test = MAILER("not ")},
	{"(^FROM_MAILER|^To:.*x)", .test = "anyof (" MAILER("") ", header :contains \"To\" \"x\")"},
	{"^(FROM_MAILER|To:.*x)", .test = NULL},
	{"^(TO_x|To:.*x)", .test = NULL},
	{"^FROM_DAEMON.*x", .test = NULL},
	{"^FROM_MAILER with D", .rules = ":0 D\n* ^FROM_MAILER\nx\n", .script = "", .problems = 1},
	/* ---- whole recipes ---- */
	{"a folder", .rules = ":0:\nmail/x/\n", .script = "fileinto :create \"mail/x\";\nstop;\n"},
	{"mbox", .rules = ":0\nbox\n", .script = "fileinto :create \"box\";\nstop;\n"},
	{"MH", .rules = ":0\nbox/.\n", .script = "fileinto :create \"box\";\nstop;\n"},
	{"Maildir++", .rules = ":0\n.A.B/\n", .script = "fileinto :create \"A/B\";\nstop;\n"},
	{"the Maildir", .rules = "MAILDIR=$HOME/M\n:0\n$MAILDIR/\n", .script = "keep;\nstop;\n"},
	{"below it", .rules = "MAILDIR=$HOME/M\n:0\n$HOME/M/.A/\n",
		.script = "fileinto :create \"A\";\nstop;\n"},
	{"DEFAULT", .rules = "DEFAULT=in/x/\n:0 c\n$DEFAULT\n",
		.script = "fileinto :copy \"INBOX\";\nfileinto :create \"in/x\";\n"},
	{"two slashes",
		.rules = "MAILDIR=$HOME//M/\nDEFAULT=$MAILDIR\n:0c\n$MAILDIR/.A/\n"
			 ":0c\n$HOME/M//b//c//\n:0\n$DEFAULT/\n",
		.script = "fileinto :create :copy \"A\";\nfileinto :create :copy \"b/c\";\n"
			  "keep;\nstop;\n"},
	{"a blank in the name",
		.rules = "MAILDIR=$HOME/M\nX=\"D E\"\n:0c\n.A\\ B/\n:0c\n\"$MAILDIR/.B "
			 "C/\"\n:0c\n'.C D/'\n"
			 ":0c\n\".$X/\"\n:0\n.$X/\n",
		.script = "fileinto :create :copy \"A B\";\nfileinto :create :copy \"B C\";\n"
			  "fileinto :create :copy \"C D\";\nfileinto :create :copy \"D E\";\n",
		.problems = 1},
	{"elsewhere", .rules = ":0\n/var/mail/x\n", .script = "", .problems = 1},
	{"outside", .rules = ":0\n../x\n", .script = "", .problems = 1},
	{"two folders", .rules = ":0\na b\n", .script = "", .problems = 1},
	{"/dev/null", .rules = ":0\n/dev/null\n", .script = "discard;\nstop;\n"},
	{"a copy into nothing", .rules = ":0c\n/dev/null\n", .script = ""},
	{"forward", .rules = ":0\n! a@b.c d@e.f\n",
		.script = "redirect \"a@b.c\";\nredirect \"d@e.f\";\nstop;\n"},
	{"forward, with commas", .rules = ":0\n! a@b.c, d@e.f\n",
		.script = "redirect \"a@b.c\";\nredirect \"d@e.f\";\nstop;\n"},
	{"a copy", .rules = ":0 c\n!a@b.c\n", .script = "redirect :copy \"a@b.c\";\n"},
	{"no domain", .rules = ":0\n! bob\n", .script = "", .problems = 1},
	{"an option", .rules = ":0\n! -t\n", .script = "", .problems = 1},
	{"a pipe", .rules = ":0\n| x\n", .script = "", .problems = 1},
	{"a filter", .rules = ":0fw\n| x\n", .script = "", .problems = 1},
	{"only the header", .rules = ":0 h\nx/\n", .script = "", .problems = 1},
	{"D", .rules = ":0 D\n* ^To:.*X\nx\n",
		.script = "if header :comparator \"i;octet\" :contains \"To\" \"X\" {\n"
			  "\tfileinto :create \"x\";\n\tstop;\n}\n"},
	{"E", .rules = ":0c\n* < 1\na\n:0E\nb\n",
		.script = "if size :under 1 {\n\tfileinto :create :copy \"a\";\n}\n"
			  "else {\n\tfileinto :create \"b\";\n\tstop;\n}\n"},
	{"A", .rules = ":0c\n* < 1\na\n:0A\n* > 2\nb\n",
		.script = "if size :under 1 {\n\tfileinto :create :copy \"a\";\n}\n"
			  "if allof (size :under 1, size :over 2) {\n"
			  "\tfileinto :create \"b\";\n\tstop;\n}\n"},
	{"E after what is not converted", .rules = ":0\n* ? x\na\n:0E\nb\n", .script = "",
		.problems = 2},
	{"E after what always runs", .rules = ":0c\na\n:0E\nb\n",
		.script = "fileinto :create :copy \"a\";\n", .problems = 1},
	{"a block", .rules = ":0\n* < 1\n{\n:0\na\n}\n",
		.script = "if size :under 1 {\n\tfileinto :create \"a\";\n\tstop;\n}\n"},
	{"a block on a copy", .rules = ":0c\n* < 1\n{\n:0\na\n}\n", .script = "", .problems = 1},
	{"a block that is not converted", .rules = ":0\n* ? x\n{\n:0\na\n}\n:0\nb\n",
		.script = "fileinto :create \"b\";\nstop;\n", .problems = 1},
	{"a variable", .rules = "A=\"x y\"\nB=${A}z # c\n:0\n'b'\n",
		.script = "fileinto :create \"b\";\nstop;\n"},
	{"unknown", .rules = ":0\n$X\n", .script = "", .problems = 1},
	{"of a program", .rules = "X=`date`\n:0\n$X\n", .script = "", .problems = 2},
	{"set for some mail", .rules = "X=a\n:0\n* < 1\n{ X=b }\n:0\n$X\n",
		.script = "if size :under 1 {\n}\n", .problems = 1},
	{"set in a comment", .rules = "X=a\n:0\n* ? y\n{ X=b }\n:0\n$X\n", .script = "",
		.problems = 2},
	{"included, but there is none", .rules = "INCLUDERC=/no/such/file\n", .script = "",
		.problems = 1},
	{"included, with a relative path", .rules = "INCLUDERC=x\n", .script = "", .problems = 1},
	{"included, and a device", .rules = "INCLUDERC=/dev/zero\n", .script = "", .problems = 1},
	{"included, but the home is not known", .rules = "INCLUDERC=$HOME/x\n", .script = "",
		.problems = 1},
	{"another file instead", .rules = "SWITCHRC=/etc/passwd\n", .script = "", .problems = 1},
	{"a line that goes on", .rules = ":0\n* ^To:\\\n  .*x\na\n",
		.script = "if header :contains \"To\" \"x\" {\n\tfileinto :create \"a\";\n"
			  "\tstop;\n}\n"},
	{"nonsense", .rules = "hello;\n", .script = "", .problems = 1},
	{"settings in one line", .rules = "A=x B=$A # c\n:0\n$B\n",
		.script = "fileinto :create \"x\";\nstop;\n"},
	{"nothing", .rules = "", .script = ""},
};

static const struct row maildrop_rows[] = {
	{"/^Subject:.*sale/", .test = "header :contains \"Subject\" \"sale\""},
	{"/^Subject:\\s*sale$/", .test = "header :is \"Subject\" \"sale\""},
	{"/^Subject:[[:space:]]*sale/", .test = "header :regex \"Subject\" \"^sale\""},
	{"/^Subject:.*x{2}/", .test = "header :regex \"Subject\" \"x{2}\""},
	{"/^Subject:.*a\\/b/", .test = "header :contains \"Subject\" \"a/b\""},
	{"/^Subject:.*X/:D", .test = "header :comparator \"i;octet\" :contains \"Subject\" \"X\""},
	{"/^Subject:.*x/:h", .test = "header :contains \"Subject\" \"x\""},
	{"/sale/:b", .test = "body :raw :contains \"sale\""},
	{"/^To:.*a/ && /^Cc:.*b/",
		.test = "allof (header :contains \"To\" \"a\", header :contains \"Cc\" \"b\")"},
	{"/^To:.*a/ || ! /^Cc:.*b/",
		.test = "anyof (header :contains \"To\" \"a\", not header :contains \"Cc\" \"b\")"},
	{"! (/^To:.*a/ || /^Cc:.*b/)",
		.test = "not anyof (header :contains \"To\" \"a\", header :contains \"Cc\" \"b\")"},
	{"$SIZE < 10", .test = "size :under 10"},
	{"$SIZE >= 10", .test = "size :over 9"},
	{"hasaddr(\"a@b.c\")",
		.test = "address [\"to\", \"cc\", \"resent-to\", \"resent-cc\"] \"a@b.c\""},
	{"! $SIZE < 10", .test = NULL},
	{"/^To:.*a/,2", .test = NULL},
	{"/^To:.*a/:w", .test = NULL},
	{"/^To:.*(?=a)/", .test = NULL},
	{"/^To:.*\\ba/", .test = NULL},
	{"/^To:.*$USER/", .test = NULL},
	{"lookup(\"a\", \"b\")", .test = NULL},
	{"$X eq \"a\"", .test = NULL},
	{"", .test = NULL},
	{"else",
		.rules = "if (/^To:.*a/)\n  cc \"Maildir/.A\"\nelsif ($SIZE > 1)\n{\nto \"! "
			 "a@b.c\"\n}\n"
			 "else\n{\nto \"Maildir\"\n}\n",
		.script = "if header :contains \"To\" \"a\" {\n\tfileinto :create :copy \"A\";\n}\n"
			  "elsif size :over 1 {\n\tredirect \"a@b.c\";\n\tstop;\n}\n"
			  "else {\n\tkeep;\n\tstop;\n}\n"},
	{"exception", .rules = "exception {\nto \"$DEFAULT/.A\"\n}\n",
		.script = "fileinto :create \"A\";\nstop;\n"},
	{"a variable", .rules = "DEFAULT=\"$HOME/M\"\nX=\".A.B\"\nto \"$HOME/M/$X/\"\n",
		.script = "fileinto :create \"A/B\";\nstop;\n"},
	{"elsewhere", .rules = "to \"/tmp/x\"\n", .script = "", .problems = 1},
	{"a program", .rules = "to \"| x\"\n", .script = "", .problems = 1},
	{"xfilter", .rules = "xfilter \"spamc\"\n", .script = "", .problems = 1},
	{"a loop", .rules = "while (1)\n{\nto \"Maildir\"\n}\nto \"Maildir/.A\"\n",
		.script = "fileinto :create \"A\";\nstop;\n", .problems = 1},
	{"/dev/null", .rules = "to \"/dev/null\"\n", .script = "discard;\nstop;\n"},
	{"a copy into nothing", .rules = "cc \"/dev/null\"\n", .script = ""},
#define BODY    "to \"Maildir/.X\"\n"
#define NO_BODY .script = "fileinto :create \"A\";\nstop;\n", .problems = 1
	{"no braces", .rules = "if (lookup(a,b))\n" BODY "to \"Maildir/.A\"\n", NO_BODY},
	{"no braces, nested",
		.rules = "if (/^To:.*a/)\nif (lookup(a,b))\n# c\n" BODY "to \"Maildir/.A\"\n",
		NO_BODY},
	{"no braces, with else",
		.rules = "if (lookup(a,b))\n" BODY "else\n" BODY "to \"Maildir/.A\"\n", NO_BODY},
	{"no braces, with elsif",
		.rules = "if (lookup(a,b))\n{\n" BODY "}\nelsif (/^To:.*a/)\n" BODY
			 "to \"Maildir/.A\"\n",
		NO_BODY},
	{"no braces, on two lines",
		.rules = "if (lookup(a,b) && \\\n/^To:.*a/)\n" BODY "to \"Maildir/.A\"\n", NO_BODY},
	{"no braces, but in an expression",
		.rules = "if (lookup(a,b) && /}/ && /#/ && $X eq \"}\")\n" BODY
			 "to \"Maildir/.A\"\n",
		NO_BODY},
	{"a loop without braces", .rules = "while (lookup(a,b))\n" BODY "to \"Maildir/.A\"\n",
		NO_BODY},
	{"a statement and the next one", .rules = "import X\nto \"Maildir/.A\"\n", NO_BODY},
	{"a chain is a comment as a whole",
		.rules = "if (/^To:.*a/)\n{\nto \"Maildir/.A\"\n}\nelsif (lookup(a,b))\n{\n"
			 "to \"Maildir/.B\"\n}\nelse\n{\nto \"Maildir/.C\"\n}\n",
		.script = "", .problems = 1},
};

#define FDM_X "action \"x\" maildir \"%h/Maildir/.X\"\n"
static const struct row fdm_rows[] = {
	{"\"^Subject:.*sale\" in headers", .test = "header :contains \"Subject\" \"sale\""},
	{"case \"^Subject:.*Sale\" in headers",
		.test = "header :comparator \"i;octet\" :contains \"Subject\" \"Sale\""},
	{"\"^Subject:.*a\\\\.b\" in headers", .test = "header :contains \"Subject\" \"a.b\""},
	{"'^Subject:.*a\\.b' in headers", .test = "header :contains \"Subject\" \"a.b\""},
	{"'^Subject:.*x{2}' in headers", .test = "header :regex \"Subject\" \"x{2}\""},
	{"'^(To:|Cc:).*x' in headers", .test = "header :contains [\"To\", \"Cc\"] \"x\""},
	{"'^(To:|Cc).*x' in headers", .test = NULL},
	{"'sale' in body", .test = "body :raw :contains \"sale\""},
	{"size < 10", .test = "size :under 10"},
	{"size > 2K", .test = "size :over 2048"},
	{"size > 2 megabytes", .test = "size :over 2097152"},
	{"size > 2 parsecs", .test = NULL},
	{"size = 2", .test = NULL},
	{"not 'x' in body", .test = "not body :raw :contains \"x\""},
	{"not not 'x' in body", .test = "body :raw :contains \"x\""},
	{"size < 1 and size < 2 or size < 3",
		.test = "anyof (allof (size :under 1, size :under 2), size :under 3)"},
	{"size < 1 or size < 2 and not size < 3",
		.test = "allof (anyof (size :under 1, size :under 2), not size :under 3)"},
	{"size < 1 or size < 2 or size < 3",
		.test = "anyof (size :under 1, size :under 2, size :under 3)"},
	/* ---- not converted ---- */
	{"'^Subject:.*x'", .test = NULL},
	{"'sale' in headers", .test = NULL},
	{"'^Subject:.*\\d' in headers", .test = NULL},
	{"'^Subject:.*\\bx' in headers", .test = NULL},
	{"account 'a'", .test = NULL},
	{"accounts { 'a' 'b' }", .test = NULL},
	{"matched", .test = NULL},
	{"tagged 'a'", .test = NULL},
	{"age < 3 days", .test = NULL},
	{"exec 'x' returns (0, )", .test = NULL},
	{"size < 1 and account 'a'", .test = NULL},
	{"\"^Subject:.*${x}\" in headers", .test = NULL},
	{"\"^Subject:.*$(x)\" in headers", .test = NULL},
	{"size < 1 user 'a'", .test = NULL},
	{"", .test = NULL},
	/* ---- whole rules ---- */
	{"all", .rules = FDM_X "match all action \"x\"\n",
		.script = "fileinto :create \"X\";\nstop;\n"},
	{"continue", .rules = FDM_X "match all action \"x\" continue\n",
		.script = "fileinto :create :copy \"X\";\n"},
	{"unmatched", .rules = FDM_X "match unmatched action \"x\"\n",
		.script = "fileinto :create \"X\";\nstop;\n"},
	{"unmatched, after continue",
		.rules = FDM_X "match all action \"x\" continue\nmatch unmatched action drop\n",
		.script = "fileinto :create :copy \"X\";\n", .problems = 1},
	{"unmatched, after what is not converted",
		.rules = FDM_X "match matched action \"x\" continue\nmatch unmatched action drop\n",
		.script = "", .problems = 2},
	{"drop", .rules = "match all action drop\n", .script = "discard;\nstop;\n"},
	{"drop and go on", .rules = "match all action drop continue\n", .script = ""},
	{"keep", .rules = "match all action keep\n", .script = "keep;\nstop;\n"},
	{"unmatched mail", .rules = "set unmatched-mail drop\n", .script = "discard;\n"},
	{"unmatched mail is kept", .rules = "set unmatched-mail keep\n", .script = ""},
	{"actions", .rules = FDM_X "match all actions { \"x\" \"x\" }\n",
		.script = "fileinto :create \"X\";\nfileinto :create \"X\";\nstop;\n"},
	{"in their place", .rules = "match all action { mbox \"~/mail/a\" keep }\n",
		.script = "fileinto :create \"a\";\nkeep;\nstop;\n"},
	{"the INBOX", .rules = "match all action maildir '%h/Maildir/'\n",
		.script = "keep;\nstop;\n"},
	{"one calls another", .rules = FDM_X "action \"y\" action \"x\"\nmatch all action \"y\"\n",
		.script = "fileinto :create \"X\";\nstop;\n"},
	{"itself", .rules = "action \"y\" action \"y\"\nmatch all action \"y\"\n", .script = "",
		.problems = 1},
	{"none of that name", .rules = "match all action \"y\"\n", .script = "", .problems = 1},
	{"not in the home", .rules = "match all action maildir '/var/mail/x'\n", .script = "",
		.problems = 1},
	{"not a Maildir", .rules = "match all action maildir '%h/x'\n", .script = "",
		.problems = 1},
	{"nearly a Maildir", .rules = "match all action maildir '%h/Maildirs/x'\n", .script = "",
		.problems = 1},
	{"of the message", .rules = "match all action maildir '%h/Maildir/%1'\n", .script = "",
		.problems = 1},
	{"a program",
		.rules = "action \"p\" pipe \"x\"\n" FDM_X
			 "match all action \"p\"\nmatch all action \"x\"\n",
		.script = "fileinto :create \"X\";\nstop;\n", .problems = 2},
	{"a program in its place",
		.rules = "match all action pipe \"x\"\n" FDM_X "match all action \"x\"\n",
		.script = "fileinto :create \"X\";\nstop;\n", .problems = 1},
	{"in a block",
		.rules = FDM_X "match size < 1 {\nmatch size < 2 action \"x\"\n}\n"
			       "match all action keep\n",
		.script = "if size :under 1 {\n\tif size :under 2 {\n\t\tfileinto :create \"X\";\n"
			  "\t\tstop;\n\t}\n}\nkeep;\nstop;\n"},
	{"a block ends where it does",
		.rules = "match size < 1 {\nmatch all action { keep pipe 'x' }\n"
			 "match all action drop\n}\n",
		.script = "if size :under 1 {\n\tdiscard;\n\tstop;\n}\n", .problems = 1},
	{"a block that is not converted",
		.rules = "match matched {\nmatch all action drop\n}\n" FDM_X
			 "match all action \"x\"\n",
		.script = "fileinto :create \"X\";\nstop;\n", .problems = 1},
	{"a condition on accounts",
		.rules = FDM_X "match account 'a' action \"x\"\nmatch all action \"x\"\n",
		.script = "fileinto :create \"X\";\nstop;\n", .problems = 1},
	{"accounts", .rules = "account 'a' imap server 'b' folders { 'c' }\naccount 'd' stdin\n",
		.script = "", .problems = 1},
	{"macros", .rules = "$a = \".X\"\n$b = \"%h/Maildir/${a}\"\nmatch all action maildir $b\n",
		.script = "fileinto :create \"X\";\nstop;\n"},
	{"of a program", .rules = "$a = $(date)\nmatch all action maildir $a\n", .script = "",
		.problems = 2},
	{"perhaps",
		.rules = "ifdef $a\nmatch all action drop\nifndef $b\nendif\nendif\n" FDM_X
			 "match all action \"x\"\n",
		.script = "fileinto :create \"X\";\nstop;\n", .problems = 1},
	{"another file", .rules = "include \"x\"\n", .script = "", .problems = 1},
	{"not closed", .rules = "match \"x", .script = "", .problems = 1},
	{"nonsense", .rules = "} hello }\n", .script = "", .problems = 1},
	{"nothing", .rules = "# x", .script = ""},
};

static void check_fdm(void **state)
{
	check(convert_fdm, *state, FDM_X "match ", " action \"x\"\n");
}

static void check_procmail(void **state)
{
	check(convert_procmail, *state, ":0:\n* ", "\n.X/\n");
}

/* Rules that include files: TEXT is in the home, as "a". */
static const struct included_row {
	const char *name, *rules, *text, *script;
	size_t problems, problems_there;
} included_rows[] = {
	{"recipes", "X=y\nINCLUDERC=$HOME/a\n:0\nlast\n", ":0 c\n* ^To:.*x\n$X\n",
		"if header :contains \"To\" \"x\" {\n\tfileinto :create :copy \"y\";\n}\n"
		"fileinto :create \"last\";\nstop;\n",
		0, 0},
	{"what it sets", "INCLUDERC=$HOME/a\n:0\n$X\n", "X=y\n", "fileinto :create \"y\";\nstop;\n",
		0, 0},
	{"for some mail", ":0\n* < 9\n{\nINCLUDERC=$HOME/a\n}\n", ":0\nb\n",
		"if size :under 9 {\n\tfileinto :create \"b\";\n\tstop;\n}\n", 0, 0},
	{"a brace too many ends no block of ours", ":0\n* < 9\n{\nINCLUDERC=$HOME/a\n:0\nc\n}\n",
		"}\n", "if size :under 9 {\n\tfileinto :create \"c\";\n\tstop;\n}\n", 0, 0},
	{"a block that is not closed ends with the file", "INCLUDERC=$HOME/a\n:0\nc\n",
		":0\n* < 9\n{\n:0\nb\n",
		"if size :under 9 {\n\tfileinto :create \"b\";\n\tstop;\n}\n"
		"fileinto :create \"c\";\nstop;\n",
		0, 0},
	{"where it is not converted", "INCLUDERC=$HOME/a\n", "\n:0\n* ? x\nb\n", "", 1, 1},
	{"E looks no further", ":0 c\n* < 9\nb\nINCLUDERC=$HOME/a\n:0 E\nc\n", ":0 A\nd\n",
		"if size :under 9 {\n\tfileinto :create :copy \"b\";\n}\n", 2, 1},
	{"itself", "INCLUDERC=$HOME/a\n", "INCLUDERC=$HOME/a\n", "", 1, 1},
	{"itself twice", "INCLUDERC=$HOME/a\n", "INCLUDERC=$HOME/a INCLUDERC=$HOME/a\n", "", 65,
		65},
};

static void check_included(void **state)
{
	const struct included_row *row = *state;
	char home[] = "/tmp/test_convert.XXXXXX", path[64];
	assert_non_null(mkdtemp(home));
	snprintf(path, sizeof path, "%s/a", home);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(row->text, f) >= 0 && fclose(f) == 0);
	struct arena *mem = arena_new();
	struct convert c = {.mem = mem, .source = str_of(row->rules), .home = str_of(home)};
	char *script = script_of(convert_procmail, &c);
	size_t there = 0;
	for (size_t i = 0; i < c.problem_count; i++)
		there += str_eq(c.problems[i].file, STR_LIT("$HOME/a"));
	unlink(path);
	rmdir(home);
	assert_string_equal(script, row->script);
	assert_int_equal(c.problem_count, row->problems);
	assert_int_equal(there, row->problems_there);
	free(script);
	arena_free(mem);
}

/* What is said of a program. */
static const struct program_row {
	const char *name, *says;
	bool is_filter;
} program_rows[] = {
	{"formail -D 8192 msgid.cache", .says = "it drops duplicates"},
	{" /usr/bin/formail -rD 8192 vacation.cache", .says = "it answers the sender"},
	{" (formail -rI\"Precedence: junk\" ; echo x) | $SENDMAIL -t",
		.says = "it answers the sender"},
	{"formail -I \"Subject: rD\"", .says = "it changes header fields", .is_filter = true},
	{"formail -A\"X-r: D\"", .says = "it adds a header field", .is_filter = true},
	{"formail -ds x", .says = "it runs a program"},
	{"formail", .says = "it changes the message", .is_filter = true},
	{"cat | formail | x -D", .says = "it runs a program"},
	{"\"/usr/lib/dovecot/deliver\" -m x", .says = "it delivers"},
	{"x/deliverer", .says = "it runs a program"},
	{"vacation ann", .says = "it answers the sender"},
	{"spamassassin", .says = "it changes the message", .is_filter = true},
	{"", .says = "it runs a program"},
};

static void check_program(void **state)
{
	const struct program_row *row = *state;
	struct arena *mem = arena_new();
	struct convert c = {.mem = mem};
	assert_false(convert_program(&c, str_of(row->name), row->is_filter));
	assert_true(str_starts(c.reason, str_of(row->says)));
	arena_free(mem);
}

/* The same where programs are in rules. */
static const struct said_row {
	const char *name;
	converter *convert;
	const char *rules;
} said_rows[] = {
	{"procmail", convert_procmail, ":0 Wh: lock\n| formail -r\n"},
	{"procmail, a filter", convert_procmail, ":0 fhw\n* < 9\n| formail -r\n"},
	{"maildrop", convert_maildrop, "to \"| formail -r\"\n"},
	{"maildrop, a filter", convert_maildrop, "xfilter \"formail -r\"\n"},
	{"fdm", convert_fdm, "match all action pipe \"formail -r\"\n"},
	{"fdm, a filter", convert_fdm, "action \"a\" rewrite \"formail -r\"\n"},
};

static void check_said(void **state)
{
	const struct said_row *row = *state;
	struct arena *mem = arena_new();
	struct convert c = {.mem = mem, .source = str_of(row->rules)};
	free(script_of(row->convert, &c));
	assert_int_equal(c.problem_count, 1);
	assert_true(str_starts(c.problems[0].reason, STR_LIT("it answers the sender")));
	arena_free(mem);
}

static void check_maildrop(void **state)
{
	check(convert_maildrop, *state, "if (", ")\n{\nto \"Maildir/.X\"\n}\n");
}

int main(void)
{
	static const struct table tables[] = {TABLE(check_procmail, procmail_rows),
		TABLE(check_maildrop, maildrop_rows), TABLE(check_fdm, fdm_rows),
		TABLE(check_included, included_rows), TABLE(check_program, program_rows),
		TABLE(check_said, said_rows)};
	return table_run("convert", tables, sizeof tables / sizeof *tables);
}
