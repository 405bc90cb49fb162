/* How the MTA calls: command line x environment -> envelope. */
#include "base/buf.h"
#include "mda/invocation.h"
#include "tests/unit/table.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_WORDS = 16 };

static const char *const names[] = {
	"SENDER", "RECIPIENT", "ORIGINAL_RECIPIENT", "SASL_SENDER", "USER", "EXTENSION", "HOME"};

/* NAME=value of these alone; words are separated by LF, as blanks may be in them. */
static void set_environment(const char *assignments, struct arena *mem)
{
	struct str rest = str_of(assignments), one;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
	while (str_line(&rest, &one)) {
		size_t equals = str_find(one, '=');
		setenv(arena_cstr(mem, str_slice(one, 0, equals)),
			arena_cstr(mem, str_slice(one, equals + 1, one.n)), 1);
	}
}

static int parse(const char *words, struct arena *mem, struct invocation *inv, struct err *err)
{
	char *argv[MOST_WORDS + 2] = {(char *)"mda"};
	struct str rest = str_of(words), one;
	int argc = 1;
	while (argc <= MOST_WORDS && str_line(&rest, &one))
		argv[argc++] = (char *)arena_cstr(mem, one);
	return invocation_parse(argc, argv, mem, inv, err);
}

/* ---- what is wrong ---- */

static const struct error_row {
	const char *name, *words, *what;
} error_rows[] = {
	{"word", "ann", "\"ann\" is not an option"},
	{"word after options", "-e\nann", "\"ann\" is not an option"},
	{"minus alone", "-", "\"-\" is not an option"},
	{"two minuses alone", "--", "unknown option --"},
	{"empty word", "-e\n\n", "\"\" is not an option"},
	{"unknown letter", "-x", "unknown option -x"},
	{"unknown long option", "--frobnicate", "unknown option --frobnicate"},
	{"long option with a value", "--help=no", "unknown option --help=no"},
	{"start of a long option", "--he", "unknown option --he"},
	{"no value", "-d", "the option -d needs a value (user)"},
	{"no value, last", "-e\n-f", "the option -f needs a value (sender)"},
	{"no key=value", "-o", "the option -o needs a value (key=value)"},
	{"value for a switch", "-nx", "the option -n takes no value"},
	{"help in a line", "-f\ns\n-h", "no other option may be given with -h"},
	{"version in a line", "--version\n-r\na@b", "no other option may be given with -V"},
	{"empty -d", "-d\n\n-r\nx", "the option -d is empty"},
	{"empty -r", "-r\n\n-f\nx", "the option -r is empty"},
	{"several: words", "-r\na@b\nc@d", "mda_destination_recipient_limit = 1"},
	{"several: logins", "-d\na\nb", "several recipients on one line (\"b\")"},
	{"several: with -a", "-a\na\nb", "mda_destination_recipient_limit = 1"},
	{"several: joined", "-ra@b\n-rc@d", "several recipients on one line (\"c@d\")"},
	{"several: after a switch", "-e\na@b", "mda_destination_recipient_limit = 1"},
	{"the first error is told", "-x\n-r\na\nb", "unknown option -x"},
	{"value for -e", "-ex", "the option -e takes no value"},
	{"8-bit letter", "-\xc3\xbc", "unknown option"},
};

static void test_error(void **state)
{
	const struct error_row *row = *state;
	struct arena *mem = arena_new();
	struct invocation inv;
	struct err err = {.text = ""};
	set_environment("", mem);
	assert_int_equal(parse(row->words, mem, &inv, &err), -1);
	assert_int_equal(err.fault, FAULT_TEMP);
	if (!strstr(err.text, row->what))
		fail_msg("\"%s\" instead of \"%s\"", err.text, row->what);
	arena_free(mem);
}

/* ---- what is said ---- */

static void test_options(void **state)
{
	struct arena *mem = arena_new();
	struct invocation inv;
	struct err err = {.text = ""};
	(void)state;
	set_environment("", mem);
	assert_int_equal(parse("-d\nu\n-f\ns\n-r\nr\n-a\no\n-m\nm\n-p\np", mem, &inv, &err), 0);
	assert_string_equal(inv.user, "u");
	assert_string_equal(inv.sender, "s");
	assert_string_equal(inv.recipient, "r");
	assert_string_equal(inv.original, "o");
	assert_string_equal(inv.folder, "m");
	assert_string_equal(inv.path, "p");
	assert_null(inv.conf);
	assert_false(inv.ignored || inv.help || inv.version);
	assert_int_equal(
		parse("-cc\n-o\na=1\n-ob=2\n-e\n-n\n-t\n-k\n-s\n-Y\n-f\n-x\n-d-y", mem, &inv, &err),
		0);
	assert_string_equal(inv.conf, "c");
	assert_int_equal(inv.override_count, 2);
	assert_string_equal(inv.overrides[0], "a=1");
	assert_string_equal(inv.overrides[1], "b=2");
	assert_int_equal(inv.ignored, 't');
	assert_string_equal(inv.sender, "-x");
	assert_string_equal(inv.user, "-y");
	assert_int_equal(parse("-h", mem, &inv, &err), 0);
	assert_true(inv.help);
	assert_int_equal(parse("--help", mem, &inv, &err), 0);
	assert_true(inv.help && !inv.version);
	assert_int_equal(parse("--version", mem, &inv, &err), 0);
	assert_true(inv.version && !inv.help);
	assert_int_equal(parse("-d\na\n-d\na\n-fb\n-fc", mem, &inv, &err), 0);
	assert_string_equal(inv.user, "a");
	assert_string_equal(inv.sender, "c");
	assert_int_equal(parse("-r\na\nb\n-o\nk=1\n-c\nf", mem, &inv, &err), -1);
	assert_string_equal(inv.conf, "f"); /* where the log is, in which the error is told */
	assert_int_equal(inv.override_count, 1);
	assert_int_equal(parse("-f\n\n-d\nu", mem, &inv, &err), 0);
	assert_string_equal(inv.sender, "");
	arena_free(mem);
}

static const struct overlay_row {
	const char *name, *environment, *words;
	const char *user, *login, *home, *sender, *recipient, *original, *extension, *submitter;
} overlay_rows[] = {
	{"environment: nothing", "", "", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
	{"environment: all",
		"SENDER=s\nRECIPIENT=r\nORIGINAL_RECIPIENT=o\nUSER=u\nEXTENSION=e\nHOME=/h", "",
		NULL, "u", "/h", "s", "r", "o", "e", NULL},
	{"environment: USER when nothing else says it", "USER=u\nHOME=/h", "-f\ns", "u", "u", "/h",
		"s", NULL, NULL, NULL, NULL},
	{"environment: -d is somebody else's home", "USER=u\nHOME=/h", "-d\nx", "x", NULL, NULL,
		NULL, NULL, NULL, NULL, NULL},
	{"environment: so is -r", "USER=u\nHOME=/h", "-r\nx", NULL, NULL, NULL, NULL, "x", NULL,
		NULL, NULL},
	{"environment: so is -a", "USER=u\nHOME=/h", "-a\nx", NULL, NULL, NULL, NULL, "x", "x",
		NULL, NULL},
	{"environment: an empty -a is none", "USER=u\nRECIPIENT=r", "-a\n\n-t", NULL, "u", NULL,
		NULL, "r", NULL, NULL, NULL},
	{"environment: -a alone is the recipient", "RECIPIENT=r\nORIGINAL_RECIPIENT=o",
		"-a\nx\n-d\ny", "y", NULL, NULL, NULL, "x", "x", NULL, NULL},
	{"environment: -a and -r", "", "-a\nx\n-r\ny", NULL, NULL, NULL, NULL, "y", "x", NULL,
		NULL},
	{"environment: procmail's -a", "RECIPIENT=r\nEXTENSION=e", "-a\ne", NULL, NULL, NULL, NULL,
		"r", NULL, "e", NULL},
	{"environment: ORIGINAL_RECIPIENT is no recipient", "ORIGINAL_RECIPIENT=o", "", NULL, NULL,
		NULL, NULL, NULL, "o", NULL, NULL},
	{"environment: -f wins", "SENDER=s\nUSER=u\nHOME=/h", "-f\nx", "u", "u", "/h", "x", NULL,
		NULL, NULL, NULL},
	{"environment: an empty -f wins", "SENDER=s", "-f\n\n-e", NULL, NULL, NULL, "", NULL, NULL,
		NULL, NULL},
	{"environment: -r and -a win", "RECIPIENT=r\nORIGINAL_RECIPIENT=o", "-r\nx\n-a\ny", NULL,
		NULL, NULL, NULL, "x", "y", NULL, NULL},
	{"environment: -d, the rest stays", "RECIPIENT=r\nORIGINAL_RECIPIENT=o\nSENDER=s", "-d\nx",
		"x", NULL, NULL, "s", "r", "o", NULL, NULL},
	{"environment: SASL_SENDER", "SASL_SENDER=a", "-f\nx", .sender = "x", .submitter = "a"},
	{"environment: -u wins", "SASL_SENDER=a", "-u\nb\n-f\nx", .sender = "x", .submitter = "b"},
	{"environment: an empty -u is none", "SASL_SENDER=a", "-u\n\n-f\nx", .sender = "x",
		.submitter = "a"},
};

static void assert_text(const char *what, const char *is, const char *wanted)
{
	if (!is != !wanted || (is && strcmp(is, wanted) != 0))
		fail_msg("%s: %s instead of %s", what, is ? is : "(none)",
			wanted ? wanted : "(none)");
}

static void test_overlay(void **state)
{
	const struct overlay_row *row = *state;
	struct arena *mem = arena_new();
	struct invocation inv;
	struct err err = {.text = ""};
	set_environment(row->environment, mem);
	if (parse(row->words, mem, &inv, &err) < 0)
		fail_msg("%s", err.text);
	assert_text("user", inv.user, row->user);
	assert_text("login", inv.login, row->login);
	assert_text("home", inv.home, row->home);
	assert_text("sender", inv.sender, row->sender);
	assert_text("recipient", inv.recipient, row->recipient);
	assert_text("original", inv.original, row->original);
	assert_text("extension", inv.extension, row->extension);
	assert_text("submitter", inv.submitter, row->submitter);
	arena_free(mem);
}

/* ---- can a mailbox be found? ---- */

static const struct check_row {
	const char *name;
	struct invocation inv;
	int fault_virtual, fault_system; /* -1: none */
} check_rows[] = {
	{"check: nobody", {0}, FAULT_TEMP, -1},
	{"check: USER of a session", {.user = "root", .login = "root"}, FAULT_TEMP, -1},
	{"check: a recipient", {.recipient = "a@b.test"}, -1, -1},
	{"check: one without a domain", {.recipient = "ann+x"}, -1, -1},
	{"check: one in angle brackets", {.recipient = "<a@b.test>"}, -1, -1},
	{"check: one that needs quotes", {.recipient = "a b@b.test"}, -1, -1},
	{"check: two in quotes", {.recipient = "\"a@b.test c\"@d.test"}, -1, -1},
	{"check: a name before it", {.recipient = "Ann <ann@b.test>"}, FAULT_NO_USER,
		FAULT_NO_USER},
	{"check: the null address", {.recipient = "<>"}, FAULT_NO_USER, FAULT_NO_USER},
	{"check: half of a bracket", {.recipient = "a@b.test>"}, FAULT_NO_USER, FAULT_NO_USER},
	{"check: a line end", {.recipient = "a\nb@b.test"}, FAULT_NO_USER, FAULT_NO_USER},
	{"check: no local part", {.recipient = "@b.test"}, FAULT_NO_USER, FAULT_NO_USER},
	{"check: two", {.recipient = "a@b.test c@d.test"}, FAULT_TEMP, FAULT_TEMP},
	{"check: two with a comma", {.recipient = "a@b.test,c@d.test"}, FAULT_TEMP, FAULT_TEMP},
	{"check: -d", {.user = "a@b.test"}, -1, -1},
	{"check: -d with a name before it", {.user = "Ann <a@b.test>"}, FAULT_NO_USER, -1},
	{"check: two in -d", {.user = "a@b.test c@d.test"}, FAULT_TEMP, -1},
};

static void check_one(const struct check_row *row, bool is_virtual, int wanted)
{
	struct arena *mem = arena_new();
	struct err err = {.text = ""};
	int r = invocation_check(&row->inv, is_virtual, mem, &err);
	if ((r < 0) != (wanted >= 0) || (r < 0 && (int)err.fault != wanted))
		fail_msg("%s users: %d, %s", is_virtual ? "virtual" : "system", r, err.text);
	arena_free(mem);
}

static void test_check(void **state)
{
	const struct check_row *row = *state;
	check_one(row, true, row->fault_virtual);
	check_one(row, false, row->fault_system);
}

/* ---- the envelope ---- */

#define PLAIN STR_LIT("A: b\n\n")

static const struct envelope_row {
	const char *name;
	struct invocation inv;
	struct str message;
	const char *sender, *recipient, *original, *mailbox, *detail, *user;
} envelope_rows[] = {
	/* recipients */
	{"recipient: plain", {.recipient = "ann@example.com"}, PLAIN, "", "ann@example.com",
		"ann@example.com", "ann@example.com", "", "ann@example.com"},
	{"recipient: in angle brackets", {.recipient = "<ann@example.com>"}, PLAIN, "",
		"ann@example.com", "ann@example.com", "ann@example.com", "", "ann@example.com"},
	{"recipient: large letters", {.recipient = "Ann@EXAMPLE.com"}, PLAIN, "", "Ann@EXAMPLE.com",
		"Ann@EXAMPLE.com", "ann@example.com", "", "Ann@EXAMPLE.com"},
	{"recipient: detail", {.recipient = "ann+Shop@example.com"}, PLAIN, "",
		"ann+Shop@example.com", "ann+Shop@example.com", "ann@example.com", "Shop",
		"ann@example.com"},
	{"recipient: the other delimiter", {.recipient = "ann-a+b@example.com"}, PLAIN, "",
		"ann-a+b@example.com", "ann-a+b@example.com", "ann@example.com", "a+b",
		"ann@example.com"},
	{"recipient: delimiter first", {.recipient = "+ann@example.com"}, PLAIN, "",
		"+ann@example.com", "+ann@example.com", "+ann@example.com", "", "+ann@example.com"},
	{"recipient: empty detail", {.recipient = "ann+@example.com"}, PLAIN, "",
		"ann+@example.com", "ann+@example.com", "ann@example.com", "", "ann@example.com"},
	{"recipient: no domain", {.recipient = "ann"}, PLAIN, "", "ann@host.example",
		"ann@host.example", "ann@host.example", "", "ann@host.example"},
	{"recipient: no domain, detail", {.recipient = "ann+x"}, PLAIN, "", "ann+x@host.example",
		"ann+x@host.example", "ann@host.example", "x", "ann@host.example"},
	{"recipient: delimiter in the domain", {.recipient = "ann@ex-ample.com"}, PLAIN, "",
		"ann@ex-ample.com", "ann@ex-ample.com", "ann@ex-ample.com", "", "ann@ex-ample.com"},
	{"recipient: quoted", {.recipient = "\"a b\"@example.com"}, PLAIN, "",
		"\"a b\"@example.com", "\"a b\"@example.com", "a b@example.com", "",
		"a b@example.com"},
	{"recipient: quotes missing", {.recipient = "a b@example.com"}, PLAIN, "",
		"\"a b\"@example.com", "\"a b\"@example.com", "a b@example.com", "",
		"a b@example.com"},
	{"recipient: quoted, with detail", {.recipient = "\"a b+c d\"@example.com"}, PLAIN, "",
		"\"a b+c d\"@example.com", "\"a b+c d\"@example.com", "a b@example.com", "c d",
		"a b@example.com"},
	{"recipient: quoted for the detail alone", {.recipient = "\"a+c d\"@example.com"}, PLAIN,
		"", "\"a+c d\"@example.com", "\"a+c d\"@example.com", "a@example.com", "c d",
		"a@example.com"},
	{"recipient: quoted, no domain", {.recipient = "\"a@b\""}, PLAIN, "", "\"a@b\"", "\"a@b\"",
		"\"a@b\"", "", "\"a@b\""},
	{"recipient: no address", {.recipient = "a\nb@example.com"}, PLAIN, "", "a\nb@example.com",
		"a\nb@example.com", "a\nb@example.com", "", "a\nb@example.com"},
	{"recipient: extension apart", {.recipient = "ann@example.com", .extension = "shop"}, PLAIN,
		"", "ann@example.com", "ann@example.com", "ann@example.com", "shop",
		"ann@example.com"},
	{"recipient: extension in it as well", {.recipient = "ann+a@example.com", .extension = "b"},
		PLAIN, "", "ann+a@example.com", "ann+a@example.com", "ann@example.com", "a",
		"ann@example.com"},
	{"recipient: a delimiter in the name",
		{.recipient = "Jan-Erik+x@b.example", .user_length = 8}, PLAIN, "",
		"Jan-Erik+x@b.example", "Jan-Erik+x@b.example", "jan-erik@b.example", "x",
		"Jan-Erik@b.example"},
	{"recipient: a delimiter in the name alone",
		{.recipient = "jan-erik@b.example", .user_length = 8}, PLAIN, "",
		"jan-erik@b.example", "jan-erik@b.example", "jan-erik@b.example", "",
		"jan-erik@b.example"},
	/* original and user */
	{"original", {.recipient = "def@example.com", .original = "abc+x@example.com"}, PLAIN, "",
		"def@example.com", "abc+x@example.com", "def@example.com", "", "def@example.com"},
	{"original: no domain", {.recipient = "def@example.com", .original = "abc"}, PLAIN, "",
		"def@example.com", "abc@host.example", "def@example.com", "", "def@example.com"},
	{"original: never from the message", {.recipient = "a@b.example"},
		STR_LIT("X-Original-To: x@y.example\nDelivered-To: x@y.example\n\n"), "",
		"a@b.example", "a@b.example", "a@b.example", "", "a@b.example"},
	{"user: alone", {.user = "Ann+x"}, PLAIN, "", "Ann+x@host.example", "Ann+x@host.example",
		"ann@host.example", "x", "Ann+x@host.example"},
	{"user: and a recipient", {.user = "ann", .recipient = "info+x@example.com"}, PLAIN, "",
		"info+x@example.com", "info+x@example.com", "info@example.com", "x",
		"ann@host.example"},
	/* senders */
	{"sender", {.recipient = "a@b.example", .sender = "S@example.com"}, PLAIN, "S@example.com",
		"a@b.example", "a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: in angle brackets", {.recipient = "a@b.example", .sender = "<s@example.com>"},
		PLAIN, "s@example.com", "a@b.example", "a@b.example", "a@b.example", "",
		"a@b.example"},
	{"sender: empty", {.recipient = "a@b.example", .sender = ""}, PLAIN, "", "a@b.example",
		"a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: null", {.recipient = "a@b.example", .sender = "<>"}, PLAIN, "", "a@b.example",
		"a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: Postfix's null sender", {.recipient = "a@b.example", .sender = "MAILER-DAEMON"},
		PLAIN, "", "a@b.example", "a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: a real MAILER-DAEMON",
		{.recipient = "a@b.example", .sender = "MAILER-DAEMON@example.com"}, PLAIN,
		"MAILER-DAEMON@example.com", "a@b.example", "a@b.example", "a@b.example", "",
		"a@b.example"},
	{"sender: no domain", {.recipient = "a@b.example", .sender = "root"}, PLAIN, "root",
		"a@b.example", "a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: no address", {.recipient = "a@b.example", .sender = " x\ny "}, PLAIN, "x\ny",
		"a@b.example", "a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: told, so the message is not asked", {.recipient = "a@b.example", .sender = ""},
		STR_LIT("From x@y.example z\nReturn-Path: <v@w.example>\n\n"), "", "a@b.example",
		"a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: of the From line", {.recipient = "a@b.example"},
		STR_LIT("From x@y.example z\nReturn-Path: <v@w.example>\n\n"), "x@y.example",
		"a@b.example", "a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: MAILER-DAEMON in the From line", {.recipient = "a@b.example"},
		STR_LIT("From MAILER-DAEMON z\n\n"), "", "a@b.example", "a@b.example",
		"a@b.example", "", "a@b.example"},
	{"sender: of Return-Path", {.recipient = "a@b.example"},
		STR_LIT("Return-Path:\n <v@w.example>\nReturn-Path: <x@y.example>\n\n"),
		"v@w.example", "a@b.example", "a@b.example", "a@b.example", "", "a@b.example"},
	{"sender: null in Return-Path", {.recipient = "a@b.example"},
		STR_LIT("Return-Path: <>\n\n"), "", "a@b.example", "a@b.example", "a@b.example", "",
		"a@b.example"},
	{"sender: no address in Return-Path", {.recipient = "a@b.example"},
		STR_LIT("Return-Path: <v@w.example> x\0y\n\n"), "", "a@b.example", "a@b.example",
		"a@b.example", "", "a@b.example"},
	{"sender: no address in the From line", {.recipient = "a@b.example"},
		STR_LIT("From \0\x01@x y\n\n"), "", "a@b.example", "a@b.example", "a@b.example", "",
		"a@b.example"},
};

static void assert_str(const char *what, struct str is, const char *wanted)
{
	if (!str_eq(is, str_of(wanted)))
		fail_msg("%s: \"" STR_FMT "\" instead of \"%s\"", what, STR_ARGS(is), wanted);
}

static void test_envelope(void **state)
{
	const struct envelope_row *row = *state;
	struct str domain = STR_LIT("host.example"), delimiters = STR_LIT("+-");
	struct arena *mem = arena_new();
	struct message *m = message_borrow(row->message, NULL);
	struct envelope env = invocation_envelope(&row->inv, m, domain, delimiters, mem);
	assert_str("sender", env.sender, row->sender);
	assert_str("recipient", env.recipient, row->recipient);
	assert_str("original", env.original_recipient, row->original);
	assert_str("mailbox", env.mailbox, row->mailbox);
	assert_str("detail", env.detail, row->detail);
	assert_str("mailbox alone", invocation_mailbox(&row->inv, domain, delimiters, mem),
		row->mailbox);
	assert_str("user", invocation_user(&row->inv, domain, delimiters, mem), row->user);
	message_free(m);
	arena_free(mem);
}

/* If the MTA names nobody, the mail is for the user who runs the process. */
static void test_nobody_named(void **state)
{
	struct arena *mem = arena_new();
	const struct invocation inv = {0};
	const struct passwd *me = getpwuid(geteuid());
	struct str empty = {"", 0};
	(void)state;
	assert_str("user", invocation_user(&inv, empty, empty, mem), me ? me->pw_name : "");
	arena_free(mem);
}

static void test_long_return_path(void **state)
{
	struct arena *mem = arena_new();
	struct str domain = STR_LIT("host.example"), text = STR_LIT("Return-Path: <");
	struct buf b = {0};
	const struct invocation inv = {.recipient = "a@b.example"};
	(void)state;
	buf_add(&b, text);
	for (int i = 0; i < 5000000; i++)
		buf_byte(&b, 'x');
	buf_text(&b, "@y.example>\n\n");
	struct message *m = message_borrow(buf_str(&b), NULL);
	struct envelope env = invocation_envelope(&inv, m, domain, STR_LIT("+"), mem);
	assert_int_equal(env.sender.n, 0);
	message_free(m);
	buf_free(&b);
	arena_free(mem);
}

/* ---- a word of -a beside -d ---- */

static const struct word_row {
	const char *name, *line, *delimiters;
	const char *recipient; /* NULL: that of -d */
} word_rows[] = {
	{"the user", "-d\nann\n-a\nann", "+", "ann"},
	{"the user, written otherwise", "-d\nann\n-a\nAnn", "+", "Ann"},
	{"with a detail", "-d\nann\n-a\nann+shop", "+", "ann+shop"},
	{"with the other delimiter", "-d\nann\n-a\nann-shop", "+-", "ann-shop"},
	{"a detail alone, which names somebody else", "-t\n-Y\n-a\nbob\n-d\nann", "+", NULL},
	{"one that begins as the user", "-a\nannabel\n-d\nann", "+", NULL},
	{"no delimiter of ours", "-a\nann-shop\n-d\nann", "+", NULL},
	{"no delimiter at all", "-a\nann+shop\n-d\nann", "", NULL},
	{"an address", "-a\nbob@a.test\n-d\nann", "+", "bob@a.test"},
	{"beside the address of a virtual user", "-a\nbob\n-d\nann@a.test", "+", NULL},
	{"the name of a virtual user", "-a\nann+x\n-d\nann@a.test", "+", "ann+x"},
	{"with -r it is the original", "-a\nbob\n-d\nann\n-r\nann@a.test", "+", "ann@a.test"},
	{"without -d", "-a\nbob", "+", "bob"},
};

static void test_word(void **state)
{
	const struct word_row *row = *state;
	struct arena *mem = arena_new();
	struct invocation inv;
	struct err err;
	assert_int_equal(parse(row->line, mem, &inv, &err), 0);
	invocation_drop_word(&inv, str_of(row->delimiters));
	if (row->recipient)
		assert_string_equal(inv.recipient, row->recipient);
	else
		assert_null(inv.recipient);
	assert_true(row->recipient || !inv.original);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_error, error_rows),
		TABLE(test_overlay, overlay_rows),
		TABLE(test_check, check_rows),
		TABLE(test_word, word_rows),
		TABLE(test_envelope, envelope_rows),
		TABLE_OF_ONE(test_options, "every option"),
		TABLE_OF_ONE(test_nobody_named, "nobody named"),
		TABLE_OF_ONE(test_long_return_path, "a Return-Path of megabytes"),
	};
	return table_run("invocation", tables, sizeof tables / sizeof *tables);
}
