/* mda.conf: which settings are in force and where they come from; and the place of every error. */
#include "base/buf.h"
#include "mda/conf/conf.h"
#include "mda/conf/conf_show.h"
#include "mda/conf/conf_parse.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char path[64];

static void write_conf(struct str text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	assert_int_equal(fclose(f), 0);
}

static struct conf_file *load(struct str text, struct arena *mem)
{
	struct err err = {.text = ""};
	write_conf(text);
	struct conf_file *file = conf_load(path, mem, &err);
	if (!file)
		fail_msg("not read: %s", err.text);
	return file;
}

/* ---- what is wrong, and where ---- */

static const struct error_row {
	const char *name;
	struct str text;
	const char *where, *what; /* "line:column" and a part of the message */
} error_rows[] = {
	/* keys */
	{"unknown key", STR_LIT("usres = system\n"), "1:1",
		"unknown key \"usres\"; did you mean \"users\"?"},
	{"unknown key, nothing like it", STR_LIT("\n  zzzzzzzz = 1\n"), "2:3",
		"unknown key \"zzzzzzzz\"; similar keys are "},
	{"unknown key in a section", STR_LIT("domain \"a\" {\n\tusers = system\n}\n"), "2:2",
		"unknown key \"users\"; similar keys are "},
	{"unknown key in an organization", STR_LIT("organization \"x\" {\n label = no\n}"), "2:2",
		"similar keys are \"people\", "},
	{"section of another program", STR_LIT("protocol lda {\n  x = y\n}\n"), "1:1",
		"unknown key \"protocol\"; similar keys are "},
	{"nearly a section", STR_LIT("adress \"a@b\" {\n}\n"), "1:1", "did you mean \"address\"?"},
	{"unknown section", STR_LIT("domians \"a\" {\n}\n"), "1:1", "unknown key \"domians\""},
	{"section in a section", STR_LIT("address \"a\" {\n domain \"b\" { }\n}"), "2:2",
		"unknown key \"domain\""},
	{"include in brackets", STR_LIT("include(\"/etc/passwd\")\n"), "1:8",
		"expected \"=\" after include, found \"(\""},
	{"key with format letters", STR_LIT("%s%n = 3\n"), "1:1", "unknown key \"%s%n\""},
	{"key of 5000 letters", STR_LIT("@5000 = 3\n"), "1:1", "; mda.conf(5) lists all keys"},
	{"key at the end, no line end", STR_LIT("users = system\nfoo = 1"), "2:1",
		"unknown key \"foo\""},
	/* syntax */
	{"no equals sign", STR_LIT("users system\n"), "1:7",
		"expected \"=\" after users, found \"system\""},
	{"key alone", STR_LIT("label = no\nusers\n"), "2:1",
		"expected \"=\" after users, found the end of the file"},
	{"no value", STR_LIT("users =\n"), "1:7",
		"expected a value for users, found the end of the file"},
	{"no key", STR_LIT("= x\n"), "1:1", "section \"title\" { ... }, found \"=\""},
	{"two values", STR_LIT("label = yes no\n"), "1:13", "unknown key \"no\""},
	{"value with a unit apart", STR_LIT("message_max = 16 M\n"), "1:18",
		"unknown key \"M\"; a size and its unit are one word, such as 2G"},
	{"value with a unit apart in a section", STR_LIT("address \"a@b\" {\n quota=2 GiB }\n"),
		"2:10", "unknown key \"GiB\"; a size and its unit are one word"},
	{"value with a plus", STR_LIT("recipient_delimiter = +\n"), "1:23", "needs quotes"},
	{"value with a plus inside", STR_LIT("virtual_user = a+b\n"), "1:17", "needs quotes"},
	{"value with a star", STR_LIT("organization x { domains = {*.a} }\n"), "1:29",
		"needs quotes"},
	{"list without a comma", STR_LIT("scripts_user = { \"a\" \"b\" }\n"), "1:22",
		"expected \",\" or \"}\" in the list scripts_user, found \"b\""},
	{"list with two commas", STR_LIT("scripts_user = { \"a\",, \"b\" }\n"), "1:22",
		"expected a value or \"}\" in the list scripts_user, found \",\""},
	{"list without braces", STR_LIT("scripts_user = a, b\n"), "1:17",
		"expected key = value, key = { value, value } or section"},
	{"list for a key that takes one", STR_LIT("maildir = { \"a\" }\n"), "1:11",
		"maildir takes one value, not a list in braces"},
	{"more for a key that takes one", STR_LIT("maildir += \"x\"\n"), "1:9",
		"\"+=\" only adds to a list: use \"=\" for maildir"},
	{"sign", STR_LIT("users = system\n(\n"), "2:1", "found \"(\""},
	{"section without a title", STR_LIT("domain {\n}\n"), "1:8",
		"expected a title after domain, found \"{\""},
	{"section without a brace", STR_LIT("domain \"a\"\nlabel = no\n"), "2:1",
		"expected \"{\" after the title of this domain, found \"label\""},
	{"section with an equals sign", STR_LIT("domain = \"a\"\n"), "1:8",
		"expected a title after domain, found \"=\""},
	{"brace too many", STR_LIT("domain \"a\" {\n}\n}\n"), "3:1", "unexpected closing brace"},
	{"section twice", STR_LIT("address \"a@b\" {\n}\n\naddress \"a@b\" {\n}\n"), "4:10",
		"there is already a section \"a@b\" above"},
	/* what does not end */
	{"open section", STR_LIT("\n\n# x\ndomain \"a\" {\n label = no\n"), "4:12",
		"this section does not end"},
	{"open section, the last byte", STR_LIT("domain \"a\" {"), "1:12", "does not end"},
	{"open section, closed in a comment", STR_LIT("domain \"a\" { # }\n"), "1:12",
		"this section does not end"},
	{"open section, closed in a string", STR_LIT("domain \"a\" { junk_folder = \"}\"\n"),
		"1:12", "this section does not end"},
	{"open list", STR_LIT("scripts_user = { \"a\"\n"), "1:16", "this list does not end"},
	{"open list in a section", STR_LIT("domain \"a\" {\n scripts_user = {\n}\n"), "1:12",
		"this section does not end"},
	{"open string", STR_LIT("users = system\nmaildir = \"abc\nlabel = no\n"), "2:11",
		"this string does not end"},
	{"open string, escaped quote", STR_LIT("maildir = \"abc\\\"\n"), "1:11", "does not end"},
	{"open string, escaped end", STR_LIT("maildir = \"abc\\"), "1:11", "does not end"},
	{"open single quotes", STR_LIT("maildir = 'abc\n"), "1:11", "this string does not end"},
	{"open comment", STR_LIT("users = system\n /* abc\nlabel = no\n"), "2:2",
		"this comment does not end"},
	{"open comment, a star last", STR_LIT("/* abc *"), "1:1", "this comment does not end"},
	{"open comment, the shortest", STR_LIT("/*/"), "1:1", "this comment does not end"},
	{"NUL", STR_LIT("users = system\nla\0bel = no\n"), "2:3", "a NUL byte"},
	{"NUL in a comment", STR_LIT("# a\0b\n"), "1:4", "a NUL byte"},
	{"NUL at the end", STR_LIT("users = system\n\0"), "2:1", "a NUL byte"},
	/* values */
	{"choice", STR_LIT("users = foo\n"), "1:9", "users takes one of system, virtual"},
	{"choice, empty", STR_LIT("users = \"\"\n"), "1:9", "one of system, virtual"},
	{"choice in a section", STR_LIT("domain \"a\" {\n spam_action = foo\n}\n"), "2:16",
		"spam_action takes one of junk, mark, reject, discard"},
	{"choice, format letters", STR_LIT("users = \"%s%n\"\n"), "1:9", "one of system, virtual"},
	{"switch", STR_LIT("\n\nlabel = maybe\n"), "3:9", "label takes yes or no"},
	{"switch, after comments", STR_LIT("# a\n/* b\n c */ # d\n// e\nlabel = 3\n"), "5:9",
		"label takes yes or no"},
	{"number", STR_LIT("time_limit = soon\n"), "1:14", "time_limit takes a whole number"},
	{"number, unit", STR_LIT("redirects_max = 3x\n"), "1:17", "whole number"},
	{"number, huge", STR_LIT("time_limit = 99999999999999999999\n"), "1:14", "whole number"},
	{"number, negative", STR_LIT("time_limit = -1\n"), "1:14", "whole number"},
	{"size, huge", STR_LIT("message_max = 99999999999G\n"), "1:15",
		"message_max takes a number of bytes such as 4096, 64K, 16M or 1G"},
	{"size, 2^63", STR_LIT("message_max = 9223372036854775808\n"), "1:15", "number of bytes"},
	{"size, 2^63 in T", STR_LIT("message_max = 8388608T\n"), "1:15", "number of bytes"},
	{"size, negative", STR_LIT("message_max = -1\n"), "1:15", "number of bytes"},
	{"size, fraction", STR_LIT("message_max = 1.5M\n"), "1:15", "number of bytes"},
	{"size, unit alone", STR_LIT("message_max = M\n"), "1:15", "number of bytes"},
	{"size, two units", STR_LIT("message_max = 1MB\n"), "1:15", "number of bytes"},
	{"size, empty", STR_LIT("message_max = ''\n"), "1:15", "number of bytes"},
	{"path, unknown letter", STR_LIT("maildir = \"/x/%q\"\n"), "1:11",
		"after % one of u n d h % must follow"},
	{"path, lone percent sign", STR_LIT("maildir = \"/x/%\"\n"), "1:11", "after %"},
	{"paths, the third", STR_LIT("scripts_user = {\n\"a\", # %z\n'b',\n  \"%q\",\n\"c\"\n}\n"),
		"4:3", "after % one of u n d h % must follow"},
	{"paths, appended", STR_LIT("scripts_user = { a }\nscripts_user += { \"%q\" }\n"), "2:19",
		"after % one of u n d h % must follow"},
	{"spam rule", STR_LIT("spam_headers = {\n \"X: y\",\n \"foo\",\n \"X >= a\"\n}\n"), "3:2",
		"\"Name: value\" or \"Name >= number\""},
	{"spam rule that is too long", STR_LIT("spam_headers = { \"X: y\", \"X: @5000\" }\n"),
		"1:26", "a pattern has at most 320 characters"},
	{"attachments: too long", STR_LIT("attachments_refuse = { \"*.exe\", \"@5000\" }\n"),
		"1:33", "a pattern has at most 320 characters"},
	{"domains: no dot", STR_LIT("freemail_domains = { \"gmail.com\", \"gmail\" }\n"), "1:35",
		"freemail_domains takes a list of domains such as { \"example.com\", "
		"\"example.*\" }: a domain needs a dot"},
	{"domains: a blank", STR_LIT("freemail_domains = { \"gmail.com web.de\" }\n"), "1:22",
		"cannot have blanks"},
	{"domains: empty", STR_LIT("freemail_domains = { \"gmx.*\", \"\" }\n"), "1:31",
		"the entry is empty"},
	{"domains: two dots", STR_LIT("freemail_domains += {\n \"gmx..de\"\n}\n"), "2:2",
		"two dots in a row"},
	{"domains: a sign", STR_LIT("freemail_domains = \"gmx.de;web.de\"\n"), "1:20",
		"not allowed in domains"},
	{"domains: not UTF-8", STR_LIT("freemail_domains = \"m\xfcller.de\"\n"), "1:20",
		"not UTF-8"},
	{"domains: too long", STR_LIT("freemail_domains = \"@5000\"\n"), "1:20",
		"at most 320 characters"},
	{"domains: an address", STR_LIT("freemail_domains = { \"bob@gmail.com\" }\n"), "1:22",
		"this is an address"},
	{"domains: no local part", STR_LIT("freemail_domains = { \"@gmail.com\" }\n"), "1:22",
		"for a whole domain write *@domain"},
	{"domains in a section",
		STR_LIT("domain \"a\" {\n freemail_domains += { \"b.c\", \"d\" }\n}\n"), "2:31",
		"a domain needs a dot"},
	{"organization: a domain", STR_LIT("organization x {\n domains = { \"b.c\", \"*\" }\n}\n"),
		"2:21",
		"domains takes a list of addresses and domains such as "
		"{ \"a@example.com\", \"*.example.com\" }: to match every address write *@*"},
	{"organization: an address", STR_LIT("organization x { addresses = { \"a b@c.d\" } }\n"),
		"1:32", "addresses takes a list of addresses and domains"},
	{"organization: an outside one", STR_LIT("organization x { outside = { \"a@\" } }\n"),
		"1:30", "a domain must follow the @"},
	{"spam score", STR_LIT("spam_headers = { \"X: y\", \"X >= a\" }\n"), "1:26",
		"write a number after >="},
	{"score field, no name", STR_LIT("spamtest_header = \": (x)\"\n"), "1:19",
		"must start with the name of a header field"},
	{"score field, no group", STR_LIT("spamtest_header = \"X-A: x+\"\n"), "1:19", "a group"},
	{"score field, no expression", STR_LIT("virustest_header = \"X-A: (x\"\n"), "1:20",
		"virustest_header takes"},
	{"score that is the most", STR_LIT("spamtest_max = 0\n"), "1:16", "above 0"},
	{"score of a text", STR_LIT("spamtest_texts = { \"1 No\", \"Yes\" }\n"), "1:28",
		"such as \"10 Yes\""},
	{"in the second section",
		STR_LIT("domain \"a\" {\n label = no\n}\n"
			"domain \"b\" {\n # c\n label = 7\n}\n"),
		"6:10", "yes or no"},
	{"in a section after one of another kind",
		STR_LIT("address \"a@b\" { label = no }\ndomain \"b\" { label = no }\n"
			"address \"b@c\" { label = 9 }\n"),
		"3:25", "yes or no"},
	{"the last of two", STR_LIT("label = no\nlabel = 7\n"), "2:9", "yes or no"},
	/* sections that are read when they are asked for */
	{"in the last of three sections",
		STR_LIT("address \"a@b\" { label = no }\n\naddress \"b@b\" {\n}\n"
			"address \"c@b\" { # {\n\n maildir = \"}\" label = 7\n}\n"),
		"7:24", "yes or no"},
	{"a section after another in its line",
		STR_LIT("domain \"b\" { label = no } domain \"c\" { label = 7 }\n"), "1:48",
		"yes or no"},
	{"a key between sections",
		STR_LIT("domain \"b\" { label = no }\n /* } */ label = 7\ndomain \"c\" { }\n"),
		"2:18", "yes or no"},
	{"an unknown key between sections",
		STR_LIT("domain \"b\" { label = no }\n\n domain \"d\" { }\n\nlable = no\n"
			"domain \"c\" { }\n"),
		"5:1", "did you mean \"label\"?"},
	{"a section in one that is set apart", STR_LIT("domain \"a\" {\n address \"b\" { }\n}"),
		"2:2", "unknown key \"address\""},
	{"include in a section", STR_LIT("domain \"a\" {\n include = \"/x\"\n}"), "2:2",
		"unknown key \"include\""},
	{"a title with escapes twice",
		STR_LIT("domain \"\\x62\" { label = no }\ndomain \"\\x62\" { }\n"), "2:9",
		"there is already a section \"b\" above"},
	{"domain section twice", STR_LIT("domain \"b\" { }\ndomain \"c\" { }\ndomain \"b\" { }\n"),
		"3:9", "there is already a section \"b\" above"},
	{"open comment in a section", STR_LIT("domain \"a\" {\n /* }\n"), "2:2",
		"this comment does not end"},
	{"open string in a section", STR_LIT("domain \"a\" {\n maildir = \"x }\n"), "2:12",
		"this string does not end"},
	{"a plus in a section", STR_LIT("domain \"a\" {\n junk_folder = +\n}\n"), "2:16",
		"needs quotes"},
	/* include */
	{"include, no file", STR_LIT("\ninclude =\n"), "2:9",
		"expected the name of a file for include, found the end of the file"},
	{"include, a sign", STR_LIT("include = }\n"), "1:11",
		"expected the name of a file for include, found \"}\""},
	{"include, a variable", STR_LIT("include = \"${HOME}/x\"\n"), "1:11",
		"without escapes and variables"},
	{"include, an open list", STR_LIT("include = { \"/dev/null/x\", label\n"), "1:11",
		"this list does not end"},
	{"include, without an equals sign", STR_LIT("include += \"/x\"\n"), "1:9",
		"use \"=\" for include"},
	{"include, a comma is missing", STR_LIT("include = { \"/x\" \"/y\" }\n"), "1:18",
		"expected \",\" or \"}\""},
	/* escapes */
	{"escape for a NUL", STR_LIT("log = \"ab\\0\"\n"), "1:10", "not a character from 1 to 255"},
	{"escape beyond a byte", STR_LIT("log = \"\\400\"\n"), "1:8",
		"not a character from 1 to 255"},
	{"escape with no octal digit", STR_LIT("log = \"\\8\"\n"), "1:8", "from 1 to 255"},
	{"escape with four digits", STR_LIT("log = \"\\1234\"\n"), "1:8", "from 1 to 255"},
	{"escape in a title", STR_LIT("domain \"\\x0\" {\n}\n"), "1:9", "from 1 to 255"},
	{"escape in a key", STR_LIT("\"\\x00\" = 3\n"), "1:2", "from 1 to 255"},
	{"escape in a list, the second line", STR_LIT("scripts_user = {\n a,\n \"b\\9\" }\n"),
		"3:4", "from 1 to 255"},
	/* sections of organizations are parsed at once */
	{"open section of an organization", STR_LIT("organization x {\n domains = { a }\n"), "1:16",
		"this section does not end"},
	{"a value is missing before a brace", STR_LIT("organization x {\n people = }\n"), "2:11",
		"expected a value for people, found \"}\""},
	{"organization twice", STR_LIT("organization \"x\" { }\norganization x { }\n"), "2:14",
		"there is already a section \"x\" above"},
	{"an error after an organization", STR_LIT("organization \"x\" { }\nlable = no\n"), "2:1",
		"did you mean \"label\"?"},
	{"a value of one after another's", STR_LIT("domain \"a\" { label = }\n"), "1:20",
		"expected a value for label, found the end of the section"},
	{"with CRLF", STR_LIT("users = system\r\nlabel = 7\r\n"), "2:9", "yes or no"},
	{"with a BOM", STR_LIT("\xef\xbb\xbf\nlabel = 7\n"), "2:9", "yes or no"},
};

/* "@5000" means that many letters. */
static struct str long_text(struct str text, struct buf *space)
{
	size_t at = str_ifind(text, STR_LIT("@5000"));
	if (at == text.n)
		return text;
	buf_add(space, str_slice(text, 0, at));
	for (int i = 0; i < 5000; i++)
		buf_byte(space, 'x');
	buf_add(space, str_slice(text, at + 5, text.n));
	return buf_str(space);
}

static void test_error(void **state)
{
	const struct error_row *row = *state;
	struct arena *mem = arena_new();
	struct buf space = {0};
	struct err err = {.text = ""};
	char start[128];
	write_conf(long_text(row->text, &space));
	struct conf_file *file = conf_load(path, mem, &err);
	assert_true(!file || conf_check(file, &err) < 0);
	assert_int_equal(err.fault, FAULT_TEMP);
	snprintf(start, sizeof start, "%s:%s: ", path, row->where);
	if (strncmp(err.text, start, strlen(start)) != 0 || !strstr(err.text, row->what))
		fail_msg("\"%s\" instead of \"%s...%s\"", err.text, start, row->what);
	buf_free(&space);
	arena_free(mem);
}

/* ---- a section of somebody else ---- */

/* What is wrong with it for everybody, as its end cannot be found; otherwise NULL. */
static const struct other_row {
	const char *name;
	struct str text;
	const char *wrong;
} other_rows[] = {
	{"another's: an unknown key", STR_LIT("address \"x@y\" {\n lable = no\n}\n"), NULL},
	{"another's: a wrong value", STR_LIT("address \"x@y\" { label = 7 }\n"), NULL},
	{"another's: no value", STR_LIT("domain \"y\" { label = }\n"), NULL},
	{"another's: a list without a comma", STR_LIT("domain \"y\" { scripts_user = { a b } }\n"),
		NULL},
	{"another's: a value with a plus", STR_LIT("address \"x@y\" { quota = + }\n"), NULL},
	{"another's: a wrong escape", STR_LIT("address \"x@y\" { log = \"\\8\" }\n"), NULL},
	{"another's: twice", STR_LIT("address \"x@y\" { }\naddress \"x@y\" { }\n"), NULL},
	{"another's: no end", STR_LIT("label = no\naddress \"x@y\" {\n quota = 1G\n"),
		"2:15: this section does not end"},
	{"another's: an open list without its end",
		STR_LIT("address \"x@y\" {\n scripts_user = { a\n}\n"),
		"1:15: this section does not end"},
	{"another's: an open string", STR_LIT("address \"x@y\" {\r\n log = \"/x\r\n}\r\n"),
		"2:8: this string does not end"},
	{"another's: an open comment", STR_LIT("domain \"y\" {\n /* log\n}\n"),
		"2:2: this comment does not end"},
	{"another's: a NUL byte", STR_LIT("domain \"y\" {\n # \0\n}\n"), "2:4: this is a NUL byte"},
	{"another's: a brace too many", STR_LIT("domain \"y\" { } }\n"),
		"1:16: unexpected closing brace"},
	{"another's: a wrong escape in the title", STR_LIT("domain \"\\8\" {\n}\n"),
		"1:9: this is not a character from 1 to 255"},
};

static void test_other(void **state)
{
	const struct other_row *row = *state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	char start[200];
	write_conf(row->text);
	struct conf_file *file = conf_load(path, mem, &err);
	if (row->wrong) {
		assert_null(file);
		assert_int_equal(err.fault, FAULT_TEMP);
		snprintf(start, sizeof start, "%s:%s", path, row->wrong);
		if (strncmp(err.text, start, strlen(start)) != 0)
			fail_msg("\"%s\" instead of \"%s\"", err.text, start);
	} else {
		assert_non_null(file);
		assert_non_null(conf_for(file, STR_LIT("ann@b.c"), mem, &err));
		assert_true(
			!conf_for(file, STR_LIT("x@y"), mem, &err) || conf_check(file, &err) < 0);
	}
	arena_free(mem);
}

/* ---- what is in force ---- */

static const struct value_row {
	const char *name;
	struct str text;
	const char *recipient, *override, *key;
	const char *line; /* of conf_print(), runs of blanks as one, F for the file */
} value_rows[] = {
	/* what the file says */
	{"default", STR_LIT(""), "", NULL, "users", "users = \"system\" # default"},
	{"default list", STR_LIT(""), "", NULL, "scripts_user",
		"scripts_user = { \"%h/.mda/rules.sieve\", \"%h/.dovecot.sieve\" } # default"},
	{"default empty list", STR_LIT(""), "", NULL, "scripts_after",
		"scripts_after = {} # default"},
	{"text", STR_LIT("log = \"/var/log/x y\"\n"), "", NULL, "log",
		"log = \"/var/log/x y\" # F:1"},
	{"text without quotes", STR_LIT("log = /a//b/c # d\n"), "", NULL, "log",
		"log = \"/a//b/c\" # F:1"},
	{"text in single quotes", STR_LIT("log = '/a\"b'"), "", NULL, "log",
		"log = \"/a\\x22b\" # F:1"},
	{"text like comments", STR_LIT("log = \"/* # //\"\n"), "", NULL, "log",
		"log = \"/* # //\" # F:1"},
	{"text like a section", STR_LIT("log = \"domain \\\"a\\\" {\"\n"), "", NULL, "log",
		"log = \"domain \\x22a\\x22 {\" # F:1"},
	{"text over two lines", STR_LIT("# c\nlog = \"a\nb\"\n"), "", NULL, "log",
		"log = \"a\\x0ab\" # F:2"},
	{"text with a variable", STR_LIT("log = \"/${MDA_TEST}/x\"\n"), "", NULL, "log",
		"log = \"/of the test/x\" # F:1"},
	{"text, no variable in single quotes", STR_LIT("log = '${MDA_TEST}'\n"), "", NULL, "log",
		"log = \"${MDA_TEST}\" # F:1"},
	{"text, no variable", STR_LIT("log = \"${a\" #b\n"), "", NULL, "log",
		"log = \"${a\" # F:1"},
	{"empty text", STR_LIT("default_domain = \"\"\n"), "", NULL, "default_domain",
		"default_domain = \"\" # F:1"},
	{"8-bit text", STR_LIT("junk_folder = \"M\xc3\xbcll\xff\"\n"), "", NULL, "junk_folder",
		"junk_folder = \"M\xc3\xbcll\\xff\" # F:1"},
	{"several in a line", STR_LIT("label = no antispam = no\n"), "", NULL, "antispam",
		"antispam = \"no\" # F:1"},
	{"key in quotes", STR_LIT("\"label\" = \"no\"\n"), "", NULL, "label",
		"label = \"no\" # F:1"},
	{"the last of two", STR_LIT("label = no\nlabel = yes\n"), "", NULL, "label",
		"label = \"yes\" # F:2"},
	{"CRLF", STR_LIT("users = virtual\r\nlabel = no\r\n"), "", NULL, "users",
		"users = \"virtual\" # F:1"},
	{"BOM", STR_LIT("\xef\xbb\xbfusers = virtual\n"), "", NULL, "users",
		"users = \"virtual\" # F:1"},
	{"list", STR_LIT("scripts_user = { \"a\", 'b c', d }\n"), "", NULL, "scripts_user",
		"scripts_user = { \"a\", \"b c\", \"d\" } # F:1"},
	{"list over lines, comments within",
		STR_LIT("# 1\nscripts_user = { # 2\n \"a\", // b\n /* c */ \"d\", # e\n}\n"), "",
		NULL, "scripts_user", "scripts_user = { \"a\", \"d\" } # F:2"},
	{"list of one without braces", STR_LIT("scripts_user = a\n"), "", NULL, "scripts_user",
		"scripts_user = { \"a\" } # F:1"},
	{"empty list", STR_LIT("\nscripts_user = {}\n"), "", NULL, "scripts_user",
		"scripts_user = {} # F:2"},
	{"empty list of empty lines", STR_LIT("scripts_user = {\n\n}\n"), "", NULL, "scripts_user",
		"scripts_user = {} # F:1"},
	{"list written twice", STR_LIT("scripts_user = {a, b}\nscripts_user = {c}\n"), "", NULL,
		"scripts_user", "scripts_user = { \"c\" } # F:2"},
	{"list that grows", STR_LIT("scripts_user = {a}\nscripts_user += {b}\n"), "", NULL,
		"scripts_user", "scripts_user = { \"a\", \"b\" } # F:2"},
	{"domains",
		STR_LIT("freemail_domains = { \"b.c\", \"*@*.d\", \"*e.f\", \"m\xc3\xbcll.de\" "
			"}\n"),
		"", NULL, "freemail_domains",
		"freemail_domains = { \"b.c\", \"*@*.d\", \"*e.f\", \"m\xc3\xbcll.de\" } # F:1"},
	/* sections */
	{"section that is wrong, of somebody else",
		STR_LIT("address \"x@b.c\" { label = 7 }\nlabel = no\n"), "a@b.c", NULL, "label",
		"label = \"no\" # F:2"},
	{"section with what looks like an end",
		STR_LIT("domain \"b.c\" {\n # }\n junk_folder = '}' // }\n /* } *//* } */ }\n"
			"address \"a@b.c\" {/**///}\nlabel = no // }\n}\nlabel = yes\n"),
		"a@b.c", NULL, "label", "label = \"no\" # F:6, section \"a@b.c\""},
	{"section with variables and quotes",
		STR_LIT("domain \"b.c\" { junk_folder = \"${MDA_TEST}\\\"}\" label = no }\n"),
		"a@b.c", NULL, "junk_folder",
		"junk_folder = \"of the test\\x22}\" # F:1, section \"b.c\""},
	{"title with escapes", STR_LIT("domain \"\\x62.c\" { label = no }\n"), "a@b.c", NULL,
		"label", "label = \"no\" # F:1, section \"b.c\""},
	{"list that grows around a section",
		STR_LIT("scripts_user = {a}\ndomain \"b.c\" { }\nscripts_user += {b}\n"), "a@b.c",
		NULL, "scripts_user", "scripts_user = { \"a\", \"b\" } # F:3"},
	{"domain section", STR_LIT("label = yes\ndomain \"b.c\" {\n label = no\n}\n"), "a@b.c",
		NULL, "label", "label = \"no\" # F:3, section \"b.c\""},
	{"domain section, any case", STR_LIT("domain \"B.C\" { label = no }\n"), "a@b.c", NULL,
		"label", "label = \"no\" # F:1, section \"B.C\""},
	{"another domain", STR_LIT("domain \"x.b.c\" { label = no }\n"), "a@b.c", NULL, "label",
		"label = \"yes\" # default"},
	{"a part of the domain", STR_LIT("domain \"c\" { label = no }\n"), "a@b.c", NULL, "label",
		"label = \"yes\" # default"},
	{"domain section, no recipient", STR_LIT("domain \"b.c\" { label = no }\n"), "", NULL,
		"label", "label = \"yes\" # default"},
	{"domain section for no domain", STR_LIT("domain \"\" { label = no }\n"), "", NULL, "label",
		"label = \"yes\" # default"},
	{"address section", STR_LIT("address \"a@b.c\" { label = no }\n"), "a@b.c", NULL, "label",
		"label = \"no\" # F:1, section \"a@b.c\""},
	{"another address", STR_LIT("address \"a@b.c\" { label = no }\n"), "aa@b.c", NULL, "label",
		"label = \"yes\" # default"},
	{"address section, no recipient", STR_LIT("address \"\" { label = no }\n"), "", NULL,
		"label", "label = \"yes\" # default"},
	{"address wins over domain",
		STR_LIT("address \"a@b.c\" { label = no }\ndomain \"b.c\" { label = yes }\n"),
		"a@b.c", NULL, "label", "label = \"no\" # F:1, section \"a@b.c\""},
	{"domain wins over what follows", STR_LIT("domain \"b.c\" { label = no }\nlabel = yes\n"),
		"a@b.c", NULL, "label", "label = \"no\" # F:1, section \"b.c\""},
	{"sections without quotes", STR_LIT("domain b.c {label=no}domain c.d {label=yes}"), "a@b.c",
		NULL, "label", "label = \"no\" # F:1, section \"b.c\""},
	{"empty section", STR_LIT("domain \"b.c\" {\n}\nlabel = no\n"), "a@b.c", NULL, "label",
		"label = \"no\" # F:3"},
	{"empty list in a section",
		STR_LIT("scripts_user = {a}\ndomain \"b.c\" {\n scripts_user = {}\n}\n"), "a@b.c",
		NULL, "scripts_user", "scripts_user = {} # F:3, section \"b.c\""},
	{"title in another case again",
		STR_LIT("address \"a@b\" { label = no }\naddress \"A@B\" { label = yes }\n"), "a@b",
		NULL, "label", "label = \"yes\" # F:2, section \"A@B\""},
	{"organization", STR_LIT("organization \"Ex\" {\n domains = { \"b.c\" }\n}\n"), "", NULL,
		"domains", "domains = { \"b.c\" } # F:2, section \"Ex\""},
	/* the command line */
	{"-o", STR_LIT("label = yes\n"), "", "label=no", "label", "label = \"no\" # -o"},
	{"-o wins over sections",
		STR_LIT("domain \"b\" { label = yes }\naddress \"a@b\" { label = yes }\n"), "a@b",
		"label=no", "label", "label = \"no\" # -o"},
	{"-o, the last of two", STR_LIT(""), "", "label=no\nlabel=yes", "label",
		"label = \"yes\" # -o"},
	{"-o with blanks", STR_LIT(""), "", " label =  no ", "label", "label = \"no\" # -o"},
	{"-o with an equals sign", STR_LIT(""), "", "log=/a=b", "log", "log = \"/a=b\" # -o"},
	{"-o, empty text", STR_LIT("default_domain = x\n"), "", "default_domain=", "default_domain",
		"default_domain = \"\" # -o"},
	{"-o, list", STR_LIT(""), "", "scripts_user=a  b", "scripts_user",
		"scripts_user = { \"a\", \"b\" } # -o"},
	{"-o, empty list", STR_LIT(""), "", "scripts_user=", "scripts_user",
		"scripts_user = {} # -o"},
};

static void add_overrides(struct conf_file *file, const char *overrides, struct arena *mem)
{
	struct str rest = str_of(overrides), one;
	struct err err = {.text = ""};
	while (str_line(&rest, &one))
		if (conf_override(file, arena_cstr(mem, one), &err) < 0)
			fail_msg("%s", err.text);
}

static struct str printed_line(
	const struct conf_file *file, const char *recipient, const char *key, struct arena *mem)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	assert_int_equal(conf_print(file, str_of(recipient), NULL, NULL, out, NULL), 0);
	assert_int_equal(fclose(out), 0);
	struct str rest = {text, size}, line = {"", 0}, word;
	struct buf short_line = {0};
	while (str_line(&rest, &line)) {
		struct str words = line;
		if (str_word(&words, &word) && str_eq(word, str_of(key)))
			break;
		line = (struct str){"", 0};
	}
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' || (i && line.p[i - 1] != ' '))
			buf_byte(&short_line, line.p[i]);
	struct str result = arena_str(mem, buf_str(&short_line));
	buf_free(&short_line);
	free(text);
	return result;
}

static void test_value(void **state)
{
	const struct value_row *row = *state;
	struct arena *mem = arena_new();
	setenv("MDA_TEST", "of the test", 1);
	struct conf_file *file = load(row->text, mem);
	add_overrides(file, row->override, mem);
	struct str line = printed_line(file, row->recipient, row->key, mem);
	struct str wanted = str_of(row->line);
	size_t f = str_ifind(wanted, STR_LIT("# F:"));
	if (f < wanted.n)
		wanted = arena_fmt(mem, STR_FMT "# %s" STR_FMT, STR_ARGS(str_slice(wanted, 0, f)),
			path, STR_ARGS(str_slice(wanted, f + 3, wanted.n)));
	if (!str_eq(line, wanted))
		fail_msg(STR_FMT "\ninstead of\n" STR_FMT, STR_ARGS(line), STR_ARGS(wanted));
	arena_free(mem);
}

static const struct override_error_row {
	const char *name, *assignment, *what;
} override_error_rows[] = {
	{"-o unknown key", "usres=system", "-o usres=system: unknown key; did you mean \"users\"?"},
	{"-o no equals sign", "users", "-o users: the form is key=value"},
	{"-o nothing", "", "the form is key=value"},
	{"-o no key", "=x", "unknown key"},
	{"-o wrong value", "users=foo", "-o users=foo: users takes one of system, virtual"},
	{"-o no sender", "redirect_sender=sender",
		"redirect_sender takes an address such as <bounces@example.com>, <> or one of "
		"original, recipient, original_recipient, srs"},
	{"-o a sender without a domain", "notify_sender=<root>", "notify_sender takes an address"},
	{"-o two senders", "notify_sender=<a@b.test>,<c@d.test>", "notify_sender takes an address"},
	{"-o an empty sender", "report_sender=", "report_sender takes an address"},
	{"-o a sender that is half in brackets", "report_sender=<a@b.test", "takes an address"},
	{"-o what redirects alone have", "report_sender=srs",
		"or one of recipient, original_recipient"},
	{"-o wrong path", "maildir=%q", "after % one of u n d h % must follow"},
	{"-o key of an organization", "domains=a", "unknown key"},
	{"-o a section", "domain=a", "unknown key"},
	{"-o the key at the end", "end_of_mda_conf=1", "unknown key"},
};

static void test_override_error(void **state)
{
	const struct override_error_row *row = *state;
	struct arena *mem = arena_new();
	struct conf_file *file = load(STR_LIT(""), mem);
	struct err err = {.text = ""};
	assert_int_equal(conf_override(file, row->assignment, &err), -1);
	assert_int_equal(err.fault, FAULT_TEMP);
	if (!strstr(err.text, row->what))
		fail_msg("\"%s\" instead of \"%s\"", err.text, row->what);
	arena_free(mem);
}

/* ---- values in the struct ---- */

static const struct size_row {
	const char *name, *text;
	size_t size;
} size_rows[] = {
	{"size 0", "0", 0},
	{"size in bytes", "4096", 4096},
	{"size in k", "1k", 1024},
	{"size in M", "16M", 16777216},
	{"size in G", "2G", 2147483648u},
	{"size in t", "1t", 1099511627776u},
	{"size, the largest", "8388607T", (size_t)8388607 << 40},
};

static void test_size(void **state)
{
	const struct size_row *row = *state;
	struct arena *mem = arena_new();
	struct conf_file *file = load(arena_fmt(mem, "message_max = %s\n", row->text), mem);
	assert_int_equal(conf_global(file, mem)->message_max, row->size);
	arena_free(mem);
}

static const struct switch_row {
	const char *name, *text;
	bool on;
} switch_rows[] = {
	{"switch yes", "yes", true},
	{"switch YES", "YES", true},
	{"switch on", "on", true},
	{"switch true", "true", true},
	{"switch no", "no", false},
	{"switch Off", "Off", false},
	{"switch false", "false", false},
};

static void test_switch(void **state)
{
	const struct switch_row *row = *state;
	struct arena *mem = arena_new();
	struct conf_file *file = load(arena_fmt(mem, "label = %s\n", row->text), mem);
	assert_int_equal(conf_global(file, mem)->label, row->on);
	arena_free(mem);
}

static void test_struct(void **state)
{
	struct arena *mem = arena_new();
	(void)state;
	struct conf_file *file = load(STR_LIT("users = VIRTUAL\nblocked_action = refuse\n"
					      "spam_headers = { \"A: b\", \"C >= 1.5\" }\n"
					      "time_limit = 1000000000\nredirects_max = 0\n"),
		mem);
	const struct conf *conf = conf_for(file, STR_LIT("a@b"), mem, NULL);
	assert_int_equal(conf->users, USERS_VIRTUAL);
	assert_int_equal(conf->blocked_action, BLOCKED_REFUSE);
	assert_int_equal(conf->spam_action, SPAM_TO_JUNK);
	assert_int_equal(conf->spam_headers.count, 2);
	assert_true(conf->spam_headers.items[1].is_score);
	assert_true(conf->spam_headers.items[1].limit == 1.5);
	assert_int_equal(conf->time_limit, 1000000000);
	assert_int_equal(conf->redirects_max, 0);
	assert_string_equal(conf->sendmail_path.p, "/usr/sbin/sendmail");
	assert_int_equal(conf->organization_count, 0);
	arena_free(mem);
}

/* The global settings are used only if no section has another. */
static void test_for_one(void **state)
{
	struct arena *mem = arena_new();
	struct err err;
	(void)state;
	struct conf_file *file = load(STR_LIT("domain \"c.d\" { label = no }\n"
					      "address \"ann@a.b\" { label = no }\n"
					      "address \"bob@a.b\" { }\n"
					      "address \"bad@a.b\" { no }\n"),
		mem);
	const struct conf *global = conf_global(file, mem), *conf;
	assert_ptr_equal(conf_for_one(file, STR_LIT("x@a.b"), global, mem, &err), global);
	assert_ptr_equal(conf_for_one(file, STR_LIT("bob@a.b"), global, mem, &err), global);
	assert_null(conf_for_one(file, STR_LIT("bad@a.b"), global, mem, &err));
	static const char *const own[] = {"ann@a.b", "ann@c.d"};
	for (size_t i = 0; i < 2; i++) {
		conf = conf_for_one(file, str_of(own[i]), global, mem, &err);
		assert_true(conf && conf != global && !conf->label && global->label);
	}
	arena_free(mem);
}

static void test_organizations(void **state)
{
	struct arena *mem = arena_new();
	(void)state;
	struct conf_file *file = load(
		STR_LIT("organization \"One Ltd\" { domains = { \"a.b\", \"*.a.b\" } }\n"
			"organization \"two\" { domains = { \"c.d\" }\n addresses = { \"x@y\" } }\n"
			"organization \"empty\" { }\n"),
		mem);
	const struct conf *conf = conf_for(file, STR_LIT("x@a.b"), mem, NULL);
	assert_int_equal(conf->organization_count, 2);
	assert_string_equal(conf->organizations[0].name.p, "One Ltd");
	assert_int_equal(conf->organizations[0].domains.count, 2);
	assert_int_equal(conf->organizations[0].addresses.count, 0);
	assert_string_equal(conf->organizations[1].domains.items[0].p, "c.d");
	assert_string_equal(conf->organizations[1].addresses.items[0].p, "x@y");
	arena_free(mem);
}

/* conf_for() relies on it that every default is a value of its type. */
static void test_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		struct arena *mem = arena_new();
		union {
			struct conf conf;
			struct organization organization;
		} field;
		char why[512] = "";
		struct str_list values = conf_key_default(key, mem);
		if (!conf_key_set(key, &field, &values, mem, why, sizeof why))
			fail_msg("%s: %s", key->name, why);
		assert_ptr_equal(conf_key_find(str_of(key->name), key->scopes & SCOPE_ORGANIZATION
									  ? SCOPE_ORGANIZATION
									  : SCOPE_GLOBAL),
			key);
		arena_free(mem);
	}
}

/* ---- files ---- */

static const struct file_row {
	const char *name, *path, *what;
} file_rows[] = {
	{"file: missing", "/nowhere/mda.conf",
		"the configuration /nowhere/mda.conf does not exist"},
	{"file: a directory", "/tmp", "/tmp is not a regular file"},
	{"file: a device", "/dev/zero", "/dev/zero is not a regular file"},
	{"file: no name", "", "does not exist"},
};

static void test_file(void **state)
{
	const struct file_row *row = *state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	assert_null(conf_load(row->path, mem, &err));
	assert_int_equal(err.fault, FAULT_TEMP);
	if (!strstr(err.text, row->what))
		fail_msg("\"%s\" instead of \"%s\"", err.text, row->what);
	arena_free(mem);
}

/* ---- include ---- */

static char directory[64];

static void write_beside(const char *name, const char *text)
{
	char to[200];
	snprintf(to, sizeof to, "%s/%s", directory, name);
	FILE *f = fopen(to, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static const struct include_row {
	const char *name, *text, *key, *line; /* what is printed for ann@b.c; D for the directory */
	const char *wrong;                    /* or the error */
} include_rows[] = {
	{"include: one", "include = \"one\"\n", "label", "label = \"no\" # D/one:2", NULL},
	{"include: what follows wins", "include = one\nlabel = yes\n", "label",
		"label = \"yes\" # D/main:2", NULL},
	{"include: what was before it does not", "label = yes\ninclude = \"one\"\n", "label",
		"label = \"no\" # D/one:2", NULL},
	{"include: a list of files", "include = { \"one\", \"two\" }", "label",
		"label = \"yes\" # D/two:1", NULL},
	{"include: a pattern, sorted", "include = \"*.conf\"\n", "junk_folder",
		"junk_folder = \"2\" # D/2.conf:1", NULL},
	{"include: a pattern of nothing", "include = \"*.none\"\nlabel = no", "label",
		"label = \"no\" # D/main:2", NULL},
	{"include: its sections", "include = sections\n", "junk_folder",
		"junk_folder = \"S\" # D/sections:3, section \"ann@b.c\"", NULL},
	{"include: a list grows", "scripts_user = {a}\ninclude = grow\nscripts_user += {c}",
		"scripts_user", "scripts_user = { \"a\", \"b\", \"c\" } # D/main:3", NULL},
	{"include: in a file below", "include = \"sub/nested\"\n", "label",
		"label = \"yes\" # D/sub/deep:1", NULL},
	{"include: a title in another case, in the order of reading",
		"include = sections\naddress Ann@b.c { junk_folder = L }\n", "junk_folder",
		"junk_folder = \"L\" # D/main:2, section \"Ann@b.c\"", NULL},
	{"include: missing", "include = \"nowhere\"\n", NULL, NULL, "D/nowhere does not exist"},
	{"include: itself", "\n include = main\n", NULL, NULL,
		"D/main:2:2: files include one another too deeply"},
	{"include: an error in it", "include = wrong\n", NULL, NULL, "D/wrong:2:1: unknown key"},
	{"include: a section twice", "include = sections\naddress ann@b.c { }\n", NULL, NULL,
		"D/main:2:9: there is already a section \"ann@b.c\" above"},
};

/* "D/one" is the file "one" in the directory. */
static struct str in_directory(const char *text, struct arena *mem)
{
	struct str s = str_of(text);
	size_t at = str_ifind(s, STR_LIT("D/"));
	if (at == s.n)
		return s;
	return arena_fmt(mem, STR_FMT "%s" STR_FMT, STR_ARGS(str_slice(s, 0, at)), directory,
		STR_ARGS(str_slice(s, at + 1, s.n)));
}

static void test_include(void **state)
{
	const struct include_row *row = *state;
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	write_beside("main", row->text);
	struct conf_file *file = conf_load(arena_fmt(mem, "%s/main", directory).p, mem, &err);
	if (row->wrong) {
		assert_true(!file || conf_check(file, &err) < 0);
		struct str wanted = in_directory(row->wrong, mem);
		if (!strstr(err.text, wanted.p))
			fail_msg("%s\ninstead of\n%s", err.text, wanted.p);
	} else {
		if (!file)
			fail_msg("%s", err.text);
		struct str is = printed_line(file, "ann@b.c", row->key, mem);
		struct str wanted = in_directory(row->line, mem);
		if (!str_eq(is, wanted))
			fail_msg(STR_FMT "\ninstead of\n" STR_FMT, STR_ARGS(is), STR_ARGS(wanted));
	}
	arena_free(mem);
}

static int make_directory(void)
{
	char below[100];
	strcpy(directory, "/tmp/test_conf.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(below, sizeof below, "%s/sub", directory);
	if (mkdir(below, 0700) < 0)
		return -1;
	write_beside("one", "# c\nlabel = no\n");
	write_beside("two", "label = yes\n");
	write_beside("1.conf", "junk_folder = 1\n");
	write_beside("2.conf", "junk_folder = 2\n");
	write_beside("sections", "domain b.c { junk_folder = D }\naddress ann@b.c {\n"
				 " junk_folder = S\n}\n");
	write_beside("grow", "scripts_user += { b }\n");
	write_beside("sub/nested", "include = deep\n");
	write_beside("sub/deep", "label = yes\n");
	write_beside("wrong", "label = no\nlabels = yes\n");
	return 0;
}

static void remove_directory(void)
{
	static const char *const names[] = {"main", "one", "two", "1.conf", "2.conf", "sections",
		"grow", "sub/nested", "sub/deep", "wrong", "sub"};
	char at[200];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(at, sizeof at, "%s/%s", directory, names[i]);
		remove(at);
	}
	rmdir(directory);
}

/* ---- size ---- */

static double load_seconds(int sections, struct arena *mem)
{
	struct buf text = {0};
	for (int i = 0; i < sections; i++)
		buf_fmt(&text,
			"address \"user%d@b\" {\n\tlabel = no # %d\n\tmaildir = "
			"\"/var/mail/%d\"\n}\n",
			i, i, i);
	size_t work = conf_parse_work;
	clock_t start = clock();
	struct conf_file *file = load(buf_str(&text), mem);
	struct str name = arena_fmt(mem, "user%d@b", sections - 1);
	const struct conf *conf = conf_for(file, name, mem, NULL);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	assert_non_null(conf);
	assert_false(conf->label);
	struct str_list domains, addresses;
	conf_titles(file, &domains, &addresses, mem);
	assert_int_equal(addresses.count, sections);
	/* Of all these sections one was parsed. */
	assert_true(conf_parse_work - work < 100);
	buf_free(&text);
	return seconds;
}

/*
 * Ten times as many sections may cost ten times as much; the square would be a hundred times. The
 * best of three.
 */
static void test_many_sections(void **state)
{
	double few = 1e9, many = 1e9;
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct arena *mem = arena_new();
		double seconds = load_seconds(10000, mem);
		few = seconds < few ? seconds : few;
		seconds = load_seconds(100000, mem);
		many = seconds < many ? seconds : many;
		arena_free(mem);
	}
	if (many > 40 * few)
		fail_msg("%f seconds for 10,000 sections, %f for 100,000", few, many);
}

/* Titles of every length, in upper and lower case, some of them with escapes. */
static struct str title_of(int i, bool is_written, struct arena *mem)
{
	struct buf b = {0};
	for (int k = 0; k < i % 40; k++)
		buf_byte(&b, (char)((is_written && k % 3 == 0 ? 'A' : 'a') + (i / 7 + k) % 26));
	buf_fmt(&b, is_written && i % 5 == 0 ? "%d\xc3\xbc\\x40%s.c" : "%d\xc3\xbc@%s.c", i,
		is_written ? "B" : "b");
	struct str title = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return title;
}

/* Of many sections, each address gets its own. */
static void test_own(void **state)
{
	enum { COUNT = 500 };
	struct arena *mem = arena_new();
	struct buf text = {0};
	struct err err;
	(void)state;
	for (int i = 0; i < COUNT; i++)
		buf_fmt(&text, "address \"" STR_FMT "\" {\n redirects_max = %d\n}\n",
			STR_ARGS(title_of(i, true, mem)), i);
	struct conf_file *file = load(buf_str(&text), mem);
	for (int i = 0; i < COUNT; i++) {
		const struct conf *conf = conf_for(file, title_of(i, false, mem), mem, &err);
		assert_non_null(conf);
		assert_int_equal(conf->redirects_max, i);
	}
	buf_free(&text);
	arena_free(mem);
}

/* The length of a title has no limit but that of the file. */
static void test_long_title(void **state)
{
	struct arena *mem = arena_new();
	struct buf text = {0}, title = {0};
	(void)state;
	for (int i = 0; i < 1100000; i++)
		buf_byte(&title, 'x');
	buf_add(&text, STR_LIT("domain \"b.c\" { label = yes }\naddress \""));
	buf_add(&text, buf_str(&title));
	buf_add(&text, STR_LIT("@B.C\" { label = no }\n"));
	buf_add(&title, STR_LIT("@b.c"));
	struct conf_file *file = load(buf_str(&text), mem);
	assert_false(conf_for(file, buf_str(&title), mem, NULL)->label);
	assert_true(conf_for(file, STR_LIT("x@b.c"), mem, NULL)->label);
	buf_free(&text);
	buf_free(&title);
	arena_free(mem);
}

/* A file for each address, as sites have them: the memory grows with the sections alone. */
static void test_many_files(void **state)
{
	struct arena *mem = arena_new();
	struct buf text = {0};
	(void)state;
	write_beside("one", "# c\naddress x@y { }\n");
	for (int i = 0; i < 2000; i++)
		buf_fmt(&text, "include = \"%s/one\"\naddress \"user%d@b\" { label = no }\n",
			directory, i);
	struct conf_file *file = load(buf_str(&text), mem);
	assert_true(arena_bytes(mem) < (size_t)2 * 1024 * 1024);
	const struct conf *conf = conf_for(file, STR_LIT("user1999@b"), mem, NULL);
	assert_non_null(conf);
	assert_false(conf->label);
	buf_free(&text);
	write_beside("one", "# c\nlabel = no\n");
	arena_free(mem);
}

/*
 * Each "${" looks for its brace to the end of the file, so the square of their number would be
 * hours.
 */
static void test_many_variables(void **state)
{
	struct arena *mem = arena_new();
	struct buf text = {0};
	(void)state;
	buf_add(&text, STR_LIT("junk_folder = \""));
	for (int i = 0; i < 3000000; i++)
		buf_add(&text, STR_LIT("${"));
	buf_add(&text, STR_LIT("\"\n"));
	const struct conf *conf = conf_global(load(buf_str(&text), mem), mem);
	assert_int_equal(conf->junk_folder.n, 6000000);
	buf_free(&text);
	arena_free(mem);
}

/* All of them are checked in one pass, too. */
static void test_check_many(void **state)
{
	struct arena *mem = arena_new();
	struct buf text = {0};
	struct err err;
	(void)state;
	for (int i = 0; i < 3000; i++)
		buf_fmt(&text, "address \"user%d@b\" {\n label = no # %d\n}\n", i, i);
	size_t work = conf_parse_work;
	struct conf_file *file = load(buf_str(&text), mem);
	assert_int_equal(conf_check(file, &err), 0);
	assert_true(conf_parse_work - work < text.n);
	buf_free(&text);
	arena_free(mem);
}

/* ---- words ---- */

static const struct word_row {
	const char *name;
	struct str written; /* of a list */
	const char *words[5];
} word_rows[] = {
	{"words: #", STR_LIT("a # b\n,c"), {"a", "c"}},
	{"words: # after a word", STR_LIT("a#b\n"), {"a"}},
	{"words: //", STR_LIT("a // b\n,c"), {"a", "c"}},
	{"words: // in a word", STR_LIT("a//b\n,c"), {"a//b", "c"}},
	{"words: //* is a line", STR_LIT("//*\na"), {"a"}},
	{"words: /* */", STR_LIT("a /* b\nc */ , d"), {"a", "d"}},
	{"words: /**/", STR_LIT("/**/b"), {"b"}},
	{"words: a quote in a comment", STR_LIT("# it's\na"), {"a"}},
	{"words: comments in strings", STR_LIT("\"#\", '//', \"/*\""), {"#", "//", "/*"}},
	{"words: escaped quotes", STR_LIT("\"\\\"#\", '\\'#'#\n"), {"\"#", "'#"}},
	{"words: a quote in the name of a variable", STR_LIT("\"${a\"#b}\" #c\n"), {""}},
	{"words: CRLF", STR_LIT("a\r\n,\r\nb\r\n"), {"a", "b"}},
	{"words: a CR alone", STR_LIT("\ra\r,\r\rb\r"), {"a", "b"}},
	{"words: CRLF in a string", STR_LIT("\"a\r\nb\""), {"a\r\nb"}},
	{"words: letters after a backslash", STR_LIT("\"\\n\\t\\r\\b\\f\\a\\e\\v\\q\\\\\""),
		{"\n\t\r\b\f\a\033\vq\\"}},
	{"words: numbers after a backslash",
		STR_LIT("\"\\101\\x41\", \"\\7a\\377\", \"\\x4g\", \"\\xg\""),
		{"AA", "\7a\377", "\4g", "xg"}},
	{"words: a line that goes on", STR_LIT("\"a\\\nb\", 'a\\\nb'"), {"ab", "ab"}},
	{"words: single quotes", STR_LIT("'a\\nb\\\\c\\'d\\x41'"), {"a\\nb\\c'd\\x41"}},
	{"words: variables", STR_LIT("\"$${MDA_TEST}$\", ${MDA_TEST}, \"${MDA_NO}\", ${MDA_NO}"),
		{"$of the test$", "of the test", "", ""}},
	{"words: variables with a text",
		STR_LIT("\"${MDA_NO:-a b}\", \"${MDA_TEST:-x}\", \"${:-q}\""),
		{"a b", "of the test", "q"}},
	{"words: variables with something else", STR_LIT("\"${MDA_TEST:+w}${MDA_TEST:}${}\""),
		{""}},
	{"words: no variables", STR_LIT("$a, a$, '${MDA_TEST}'"), {"$a", "a$", "${MDA_TEST}"}},
	{"words: a comma last", STR_LIT("a, b,"), {"a", "b"}},
	{"words: plus signs", STR_LIT("maildir++, \"maildir++\", maildirpp"),
		{"maildir++", "maildir++", "maildirpp"}},
};

static void test_words(void **state)
{
	const struct word_row *row = *state;
	struct arena *mem = arena_new();
	size_t wanted = 0;
	setenv("MDA_TEST", "of the test", 1);
	unsetenv("MDA_NO");
	struct str text =
		arena_fmt(mem, "editheader_forbid_add = {" STR_FMT "\n}\n", STR_ARGS(row->written));
	struct conf_file *file = load(text, mem);
	struct str_list words = conf_global(file, mem)->editheader_forbid_add;
	while (wanted < 5 && row->words[wanted])
		wanted++;
	assert_int_equal(words.count, wanted);
	for (size_t i = 0; i < wanted; i++)
		assert_string_equal(words.items[i].p, row->words[i]);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_error, error_rows),
		TABLE(test_other, other_rows),
		TABLE(test_value, value_rows),
		TABLE(test_override_error, override_error_rows),
		TABLE(test_size, size_rows),
		TABLE(test_switch, switch_rows),
		TABLE(test_file, file_rows),
		TABLE(test_words, word_rows),
		TABLE_OF_ONE(test_struct, "values of each type"),
		TABLE_OF_ONE(test_for_one, "global settings, if there are no others"),
		TABLE_OF_ONE(test_organizations, "organizations"),
		TABLE_OF_ONE(test_defaults, "every default is valid"),
		TABLE(test_include, include_rows),
		TABLE_OF_ONE(test_many_sections, "a hundred thousand sections"),
		TABLE_OF_ONE(test_own, "each address has its own section"),
		TABLE_OF_ONE(test_long_title, "a title of a million letters"),
		TABLE_OF_ONE(test_many_files, "two thousand files"),
		TABLE_OF_ONE(test_many_variables, "three million variables without an end"),
		TABLE_OF_ONE(test_check_many, "all sections are checked"),
	};
	strcpy(path, "/tmp/test_conf.XXXXXX");
	int fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	if (make_directory() < 0)
		return 1;
	int failed = table_run("conf", tables, sizeof tables / sizeof *tables);
	unlink(path);
	remove_directory();
	return failed;
}
