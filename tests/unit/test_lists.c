/*
 * The block and allow lists: files in a directory of their own, a message in memory, and what the
 * stage decides.
 */
#include "filters/lists/list_compile.h"
#include "filters/lists/list_senders.h"
#include "filters/lists/lists.h"

#include "base/io.h"
#include "tests/unit/table.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The lists are global and of the address, block and allow; NULL is a missing file. */
struct row {
	const char *name;
	const char *gb, *ga, *ab, *aa;
	const char *env;     /* envelope sender; NULL: nobody@nowhere.example */
	const char *from;    /* NULL: from@evil.example */
	const char *headers; /* the whole header, in place of FROM */
	size_t size;         /* of HEADERS, where a NUL is in it; 0: it is a string */
	bool redirected;     /* the original recipient is another address */
	const char *is;      /* what the stage says, with list:line and entry; NULL: nothing */
	const char *hidden;  /* the reason for which it is spam; NULL: it is not, for a sender */
	/* why the envelope sender is not allowed; NULL: SPF has passed for it */
	const char *sender_doubt;
	const char *notes; /* a part of the notes; NULL: there must be none */
};

#define X10(s) s s s s s s s s s s
#define A9(t)                                                                                      \
	"a" t "1@b.test, a" t "2@b.test, a" t "3@b.test, a" t "4@b.test, a" t "5@b.test, a" t      \
	"6@b.test, a" t "7@b.test, a" t "8@b.test, a" t "9@b.test, "
#define A63 A9("") A9("1") A9("2") A9("3") A9("4") A9("5") A9("6")
#define A64 "a0@b.test, " A63
/* With NULs. */
#define HEADERS(s) .headers = (s), .size = sizeof(s) - 1

static const struct row rows[] = {
	{"no lists", .is = NULL},
	{"empty lists", "", "", "", "", .is = NULL},
	{"nothing matches", "a@b.c\n", "a@b.c\n", "a@b.c\n", "a@b.c\n", .is = NULL},

	{"global block", .gb = "from@evil.example\n", .is = "block gb:1 from@evil.example"},
	{"global allow", .ga = "from@evil.example\n", .is = "allow ga:1 from@evil.example"},
	{"address block", .ab = "from@evil.example\n", .is = "block ab:1 from@evil.example"},
	{"address allow", .aa = "from@evil.example\n", .is = "allow aa:1 from@evil.example"},
	{"line and text of the entry", .gb = "# mine\n\nx@y.z\n  EVIL.example  # spam\n",
		.is = "block gb:4 EVIL.example"},

	{"blocked by envelope sender", .gb = "nowhere.example\n",
		.is = "block gb:1 nowhere.example"},
	{"blocked by From", .gb = "evil.example\n", .is = "block gb:1 evil.example"},
	{"blocked by Sender", .gb = "s.example\n",
		.headers = "From: a@b.example\nSender: x@s.example\n",
		.is = "block gb:1 s.example"},
	{"blocked by the second address of a From", .gb = "two.example\n",
		.from = "a@one.example, b@two.example", .is = "block gb:1 two.example"},
	{"blocked by the second From field", .gb = "two.example\n",
		.headers = "From: a@one.example\nFrom: b@two.example\n",
		.is = "block gb:1 two.example"},
	{"blocked by the second Sender field", .gb = "two.example\n",
		.headers = "From: a@b.example\nSender: a@one.example\nSender: b@two.example\n",
		.is = "block gb:1 two.example"},
	{"blocked by an address in a group", .gb = "two.example\n", .from = "G: b@two.example;",
		.is = "block gb:1 two.example"},
	{"blocked by an address in a malformed From", .gb = "evil.example\n",
		.from = "Boss <boss@inside.example> <x@evil.example>",
		.is = "block gb:1 evil.example"},
	{"blocked by an unquoted address in the name", .gb = "a@inside.example\n",
		.from = "a@inside.example <x@evil.example>", .is = "block gb:1 a@inside.example"},
	{"not blocked by a quoted address in the name", .gb = "a@inside.example\n",
		.from = "\"a@inside.example\" <x@evil.example>", .is = NULL},
	{"not blocked by Reply-To", .gb = "r.example\n",
		.headers = "From: a@b.example\nReply-To: x@r.example\n", .is = NULL},
	{"not blocked by To", .gb = "r.example\n",
		.headers = "From: a@b.example\nTo: x@r.example\n", .is = NULL},
	{"blocked by a folded From", .gb = "evil.example\n", .from = "Evil\n <x@evil.example>",
		.is = "block gb:1 evil.example"},
	{"blocked by FROM in capitals", .gb = "evil.example\n", .headers = "FROM: x@evil.example\n",
		.is = "block gb:1 evil.example"},
	{"blocked without a From", .gb = "nowhere.example\n", .headers = "Subject: x\n",
		.is = "block gb:1 nowhere.example"},

	{"allowed by envelope sender", .ga = "nowhere.example\n",
		.is = "allow ga:1 nowhere.example"},
	{"allowed by From", .ga = "evil.example\n", .is = "allow ga:1 evil.example"},
	{"not allowed by Sender", .ga = "s.example\n",
		.headers = "From: a@b.example\nSender: x@s.example\n", .is = NULL},
	{"allow: several From addresses", .ga = "one.example\n",
		.from = "a@one.example, b@two.example",
		.notes = "(ga:1) does not count: the From is ambiguous"},
	{"allow: several From fields", .ga = "one.example\n",
		.headers = "From: a@one.example\nFrom: a@one.example\n",
		.notes = "(ga:1) does not count: there are several From fields"},
	{"allow: malformed From", .ga = "one.example\n", .from = "<a@one.example> <b@two.example>",
		.notes = "the From is ambiguous"},
	{"allow: doubtful From", .ga = "one.example\n", .from = "a @one.example",
		.notes = "the From is ambiguous"},
	{"allow: From in a group", .ga = "one.example\n", .from = "G: a@one.example;",
		.notes = "the From is ambiguous"},
	{"allow: unquoted address in the name", .ga = "one.example\n",
		.from = "a@one.example <x@evil.example>", .notes = "the From is ambiguous"},
	{"allow: quoted address in the name has no say", .ga = "one.example\n",
		.from = "\"a@one.example\" <x@evil.example>", .is = NULL},
	{"allow: address in a comment has no say", .ga = "one.example\n",
		.from = "x@evil.example (a@one.example)", .is = NULL},
	{"allow: encoded address in the name has no say", .ga = "one.example\n",
		.from = "=?utf-8?q?a=40one.example?= <x@evil.example>", .is = NULL},
	{"allow: full-width letters in the domain", .ga = "one.example\n", .from = "a@ｏne.example",
		.notes = "the From is ambiguous"},
	{"allow: bare local part", .ga = "root@*\n", .from = "root",
		.notes = "the From is ambiguous"},
	{"allow: no From", .ga = "nowhere.example\n", .headers = "Subject: x\n",
		.notes = "there is no From"},
	{"allow: empty From", .ga = "nowhere.example\n", .from = "",
		.notes = "the From is ambiguous"},
	{"allow: ambiguous From, though the envelope is allowed", .ga = "nowhere.example\n",
		.from = "a@b@c.example", .notes = "the From is ambiguous"},
	{"allow: an ambiguous Sender has no say", .ga = "b.example\n",
		.headers = "From: a@b.example\nSender: a@one.example, b@two.example\n",
		.is = "allow ga:1 b.example"},
	{"allow: several Sender fields have no say", .ga = "one.example\n",
		.headers = "From: a@b.example\nSender: a@one.example\nSender: b@two.example\n",
		.is = NULL},
	{"allow: ambiguous From at the address's level", .aa = "one.example\n",
		.from = "a@one.example, b@two.example", .notes = "(aa:1) does not count"},
	{"block in spite of an ambiguous From", .gb = "one.example\n", .ga = "a@one.example\n",
		.from = "a@one.example, b@two.example", .is = "block gb:1 one.example",
		.notes = "(ga:1) does not count"},

	{"one level: the more specific wins, allow", "evil.example\n", "from@evil.example\n",
		.is = "allow ga:1 from@evil.example"},
	{"one level: the more specific wins, block", "from@evil.example\n", "evil.example\n",
		.is = "block gb:1 from@evil.example"},
	{"one level: block on a tie", "evil.example\n", "*@evil.example\n",
		.is = "block gb:1 evil.example"},
	{"one level: the same entry in both", "from@evil.example\n", "from@evil.example\n",
		.is = "block gb:1 from@evil.example"},
	{"one level: everything blocked but one", "*@*\n", "from@evil.example\n",
		.is = "allow ga:1 from@evil.example"},
	{"one level: everything blocked but a domain", "*@*\n", "evil.example\n",
		.is = "allow ga:1 evil.example"},
	{"one level: everything allowed but a domain", "evil.example\n", "*@*\n",
		.is = "block gb:1 evil.example"},
	{"one level: subdomains are more specific than the domain", "*mail.example\n",
		"*.mail.example\n", .from = "a@x.mail.example", .is = "allow ga:1 *.mail.example"},
	{"one level: a longer prefix", "fr*@evil.example\n", "fro*@evil.example\n",
		.is = "allow ga:1 fro*@evil.example"},
	{"one level: letters count, wildcards do not", "????@evil.example\n", "f*@evil.example\n",
		.is = "allow ga:1 f*@evil.example"},
	{"one level: specific by another address", "nobody@nowhere.example\n", "evil.example\n",
		.is = "block gb:1 nobody@nowhere.example"},
	{"one level: the most specific of a list speaks", "evil.example\nfrom@evil.example\n*@*\n",
		.is = "block gb:2 from@evil.example"},
	{"one level: the first of equals speaks", "evil.example\n*@evil.example\n",
		.is = "block gb:1 evil.example"},
	{"address level: the more specific wins", .ab = "evil.example\n",
		.aa = "from@evil.example\n", .is = "allow aa:1 from@evil.example"},
	{"address level: block on a tie", .ab = "evil.example\n", .aa = "evil.example\n",
		.is = "block ab:1 evil.example"},

	{"global block before address allow", "*@*\n", .aa = "from@evil.example\n",
		.is = "block gb:1 *@*"},
	{"global block before address block", "evil.example\n", .ab = "from@evil.example\n",
		.is = "block gb:1 evil.example"},
	{"address block before global allow", .ga = "from@evil.example\n", .ab = "*@*\n",
		.is = "block ab:1 *@*"},
	{"global allow before address allow", .ga = "*@*\n", .aa = "from@evil.example\n",
		.is = "allow ga:1 *@*"},
	{"a global block that lost at its level has no say", "evil.example\n",
		"from@evil.example\n", .ab = "nothing.example\n",
		.is = "allow ga:1 from@evil.example"},
	{"a global allow that won does not save from the address's block", "evil.example\n",
		"from@evil.example\n", "evil.example\n", .is = "block ab:1 evil.example"},
	{"an address block that lost at its level has no say", .ga = "*@*\n",
		.ab = "evil.example\n", .aa = "from@evil.example\n", .is = "allow ga:1 *@*"},
	{"all four: global block", "from@evil.example\n", "evil.example\n", "evil.example\n",
		"from@evil.example\n", .is = "block gb:1 from@evil.example"},
	{"all four: both levels allow", "*@*\n", "evil.example\n", "*@*\n", "from@evil.example\n",
		.is = "allow ga:1 evil.example"},

	{"redirected: the address's allow list has no say", .aa = "evil.example\n",
		.redirected = true,
		.notes = "evil.example (aa:1) does not count: the original recipient is another"},
	{"redirected: the address's block list has its say", .ab = "evil.example\n",
		.redirected = true, .is = "block ab:1 evil.example"},
	{"redirected: block, though allow is more specific", .ab = "evil.example\n",
		.aa = "from@evil.example\n", .redirected = true, .is = "block ab:1 evil.example",
		.notes = "(aa:1) does not count"},
	{"redirected: the global allow list counts", .ga = "evil.example\n", .redirected = true,
		.is = "allow ga:1 evil.example"},
	{"redirected: the global block list counts", .gb = "evil.example\n", .redirected = true,
		.is = "block gb:1 evil.example"},
	{"redirected: global allow, and the address's has no say", .ga = "evil.example\n",
		.aa = "from@evil.example\n", .redirected = true, .is = "allow ga:1 evil.example",
		.notes = "(aa:1) does not count"},
	{"redirected: an allow list that does not match is not noted", .aa = "x@y.example\n",
		.redirected = true, .is = NULL},

	{"null sender matches no pattern", .gb = "*@*\n", .env = "", .headers = "Subject: x\n",
		.is = NULL},
	{"null sender in brackets", .gb = "*@*\n", .env = "<>", .headers = "Subject: x\n",
		.is = NULL},
	{"null sender, From counts", .gb = "evil.example\n", .env = "",
		.is = "block gb:1 evil.example"},
	{"envelope sender in brackets", .gb = "env.example\n", .env = "<a@env.example>",
		.is = "block gb:1 env.example"},
	{"envelope sender with route", .gb = "env.example\n", .env = "@relay.example:a@env.example",
		.is = "block gb:1 env.example"},
	{"envelope route has no say", .gb = "relay.example\n",
		.env = "@relay.example:a@env.example", .is = NULL},

	{"case of the address", .gb = "from@evil.example\n", .from = "FROM@EVIL.EXAMPLE",
		.is = "block gb:1 from@evil.example"},
	{"case of the entry", .gb = "FROM@EVIL.EXAMPLE\n", .is = "block gb:1 FROM@EVIL.EXAMPLE"},
	{"U-label in the list, A-label in the mail", .gb = "bücher.example\n",
		.from = "a@xn--bcher-kva.example", .is = "block gb:1 bücher.example"},
	{"A-label in the list, U-label in the mail", .gb = "xn--bcher-kva.example\n",
		.from = "a@bücher.example", .is = "block gb:1 xn--bcher-kva.example"},
	{"domain is not its subdomain", .gb = "evil.example\n", .from = "a@sub.evil.example",
		.is = NULL},
	{"domain with subdomains", .gb = "*evil.example\n", .from = "a@sub.evil.example",
		.is = "block gb:1 *evil.example"},
	{"domain with subdomains is no suffix", .gb = "*evil.example\n",
		.from = "a@notevil.example", .is = NULL},
	{"detail is part of the address", .gb = "from@evil.example\n",
		.from = "from+x@evil.example", .is = NULL},
	{"quoted local part", .gb = "from@evil.example\n", .from = "\"from\"@evil.example",
		.is = "block gb:1 from@evil.example"},
	{"@ in a quoted local part", .ga = "a@one.example\n",
		.from = "\"a@one.example\"@evil.example", .is = NULL},

	{"comment after a blank", .gb = "evil.example # why\n", .is = "block gb:1 evil.example"},
	{"comment after a tab", .gb = "evil.example\t# why\n", .is = "block gb:1 evil.example"},
	{"comment line with blanks before", .gb = "  # evil.example\n", .is = NULL},
	{"number sign in an entry", .gb = "a#b@evil.example\n", .from = "a#b@evil.example",
		.is = "block gb:1 a#b@evil.example"},
	{"CRLF", .gb = "x@y.example\r\nevil.example\r\n", .is = "block gb:2 evil.example"},
	{"byte order mark", .gb = "\357\273\277evil.example\n", .is = "block gb:1 evil.example"},
	{"byte order mark before a comment", .gb = "\357\273\277# mine\nevil.example\n",
		.is = "block gb:2 evil.example"},
	{"no line end at the end", .gb = "evil.example", .is = "block gb:1 evil.example"},
	{"blanks round the entry", .gb = " \tevil.example \t\n", .is = "block gb:1 evil.example"},
	{"broken line is skipped with a note", .gb = "foo\nevil.example\n",
		.is = "block gb:2 evil.example", .notes = "gb:1:1: a domain needs a dot"},
	{"column of a broken line", .ga = "\n  a b@c.example\n",
		.notes = "ga:2:3: an entry cannot have blanks"},
	{"broken line with a terminal's escape", .aa = "\033[2J@evil.example\n",
		.notes = "aa:1:1: the entry has a control character; the line is skipped"},
	{"many broken lines are not all noted", .gb = X10("foo\n") X10("foo\n") "evil.example\n",
		.is = "block gb:21 evil.example", .notes = "gb: 10 more lines"},
	{"a line that is too long", .gb = X10(X10("abcd")) ".example\nevil.example\n",
		.is = "block gb:2 evil.example", .notes = "gb:1:1: an entry has at most 320"},
	{"an entry whose last day is gone", .gb = "evil.example # until 2001-01-31\n", .is = NULL},
	{"an entry whose last day comes", .gb = "evil.example # until 2999-12-31\n",
		.is = "block gb:1 evil.example"},
	{"a last day with a reason after it", .gb = "evil.example # until 2001-01-31; spam\n",
		.is = NULL},
	{"a last day in capitals", .gb = "evil.example #UNTIL 2001-01-31\n", .is = NULL},
	{"\"until\" and no date", .gb = "evil.example # until when?\n",
		.is = "block gb:1 evil.example"},
	{"\"until\" and a day that is none", .gb = "evil.example # until 2001-13-01\n",
		.is = "block gb:1 evil.example"},
	{"\"until\" further on in a comment", .gb = "evil.example # not until 2001-01-01\n",
		.is = "block gb:1 evil.example"},
	{"the same entry, first with a last day",
		.gb = "evil.example # until 2001-01-31\n*@evil.example\n",
		.is = "block gb:2 *@evil.example"},
	{"the most specific is over, the next one counts",
		.ga = "from@evil.example # until 2001-01-31\n*@evil.example\n",
		.is = "allow ga:2 *@evil.example"},

	{"a star in the middle of the local part", .gb = "f*m@evil.example\n",
		.is = "block gb:1 f*m@evil.example"},
	{"a star in front of the local part", .gb = "*rom@evil.example\n",
		.is = "block gb:1 *rom@evil.example"},
	{"a star within a label", .gb = "*@ev*.example\n", .is = "block gb:1 *@ev*.example"},
	{"a question mark in a prefix", .gb = "f?o*@evil.example\n",
		.is = "block gb:1 f?o*@evil.example"},
	{"two stars at the end", .gb = "fro**@evil.example\n",
		.is = "block gb:1 fro**@evil.example"},
	{"a prefix and all of a tree", .gb = "fr*@*evil.example\n", .from = "from@a.b.evil.example",
		.is = "block gb:1 fr*@*evil.example"},
	{"a prefix and what is below", .gb = "fr*@*.evil.example\n", .from = "from@a.evil.example",
		.is = "block gb:1 fr*@*.evil.example"},
	{"what is below is not the domain", .gb = "fr*@*.evil.example\n", .is = NULL},
	{"a prefix that is the whole", .gb = "from*@evil.example\n",
		.is = "block gb:1 from*@evil.example"},
	{"a prefix that is longer", .gb = "froma*@evil.example\n", .is = NULL},
	{"a prefix at any domain", .gb = "fr*@*\n", .is = "block gb:1 fr*@*"},
	{"a local part at a tree", .gb = "from@*example\n", .is = "block gb:1 from@*example"},
	{"a top-level domain, all below", .gb = "*.example\n", .is = "block gb:1 *.example"},
	{"an address literal", .gb = "*@[192.0.2.1]\n", .from = "a@[192.0.2.1]",
		.is = "block gb:1 *@[192.0.2.1]"},
	{"one level: exact before prefix before tree, in the list's order",
		.gb = "*.example\nfr*@evil.example\nfrom@evil.example\n",
		.is = "block gb:3 from@evil.example"},
	{"one level: a star in the middle may be the most specific",
		.gb = "*@evil.example\nf*om@evil.example\n", .is = "block gb:2 f*om@evil.example"},
	/* what a forger writes so that a block list does not see a sender */
	{"forged: 64 addresses in front", .gb = "casino.test\n", .from = A64 "x@casino.test",
		.env = "", .hidden = "there are too many sender addresses to look them up"},
	{"forged: 63 addresses in front", .gb = "casino.test\n", .from = A63 "x@casino.test",
		.env = "", .is = "block gb:1 casino.test"},
	{"forged: 64 addresses in front, one of them blocked", .gb = "casino.test\na7@b.test\n",
		.from = A64 "x@casino.test", .env = "", .is = "block gb:2 a7@b.test"},
	{"forged: one address many times in front is one", .gb = "casino.test\n",
		.from = X10(X10("a@b.test, ")) "x@casino.test", .is = "block gb:1 casino.test"},
	{"forged: many Sender fields", .gb = "casino.test\n", .env = "",
		.headers = "From: a@b.test\nSender: " A64 "x@casino.test\n",
		.hidden = "there are too many sender addresses to look them up"},
	{"forged: many addresses, and an allow entry", .ga = "a0@b.test\n", .env = "",
		.from = A64 "x@casino.test",
		.hidden = "there are too many sender addresses to look them up",
		.notes = "does not count: there are too many"},
	{"forged: many addresses in the Sender, and an allow entry for the From", .ga = "b.test\n",
		.env = "", .headers = "From: a@b.test\nSender: " A64 "x@casino.test\n",
		.hidden = "there are too many sender addresses to look them up",
		.notes = "does not count: there are too many"},
	{"forged: a local part of 1,000 bytes", .gb = "casino.test\n",
		.from = X10(X10("aaaaaaaaaa")) "@casino.test",
		.hidden = "a sender's address is too long to be looked up"},
	{"forged: a local part of 900 bytes is looked up", .gb = "casino.test\n",
		.from = X10("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			    "aaaaaaaaa"
			    "aaaaaaaaaaa") "@casino.test",
		.is = "block gb:1 casino.test"},
	{"forged: 1,000 bytes in angle brackets", .gb = "casino.test\n",
		.from = "A <" X10(X10("aaaaaaaaaa")) "@casino.test>",
		.hidden = "a sender's address is too long to be looked up"},
	{"forged: 1,000 bytes in quotes", .gb = "casino.test\n",
		.from = "\"" X10(X10("a a a a a ")) "\"@casino.test",
		.hidden = "a sender's address is too long to be looked up"},
	{"forged: 1,000 bytes in the Sender", .gb = "casino.test\n",
		.headers = "From: a@b.test\nSender: " X10(X10("aaaaaaaaaa")) "@casino.test\n",
		.hidden = "a sender's address is too long to be looked up"},
	{"forged: 1,000 bytes in the envelope", .gb = "casino.test\n", .from = "a@b.test",
		.env = X10(X10("aaaaaaaaaa")) "@casino.test",
		.hidden = "a sender's address is too long to be looked up"},
	{"forged: a local part of many atoms", .gb = "casino.test\n",
		.from = X10(X10("a.a.")) "a@casino.test", .is = "block gb:1 casino.test"},
	{"forged: more atoms than are read, up to the middle of the domain", .gb = "casino.test\n",
		.from = X10(X10("a.")) X10("a.a.") "a.a.a.a.a.a.a@casino.test",
		.hidden = "a sender field is too long to be read"},
	{"forged: a name of many words", .gb = "casino.test\n",
		.from = X10(X10("a a a ")) "<x@casino.test>", .is = "block gb:1 casino.test"},
	{"forged: a NUL in the domain", .gb = "casino.test\n", HEADERS("From: x@casi\0no.test\n"),
		.is = "block gb:1 casino.test"},
	{"forged: a NUL after the address", .gb = "casino.test\n",
		HEADERS("From: x@casino.test\0.b.test\n"), .is = "block gb:1 casino.test"},
	{"forged: a NUL in a name", .gb = "casino.test\n", HEADERS("From: A\0 <x@b.test>\n"),
		.hidden = "a From is disguised"},
	{"forged: a NUL in the field's name", .gb = "casino.test\n",
		HEADERS("From: a@b.test\nSen\0der: x@casino.test\n"),
		.hidden = "a Sender is disguised"},
	{"forged: a NUL in the name of a second From", .gb = "casino.test\n",
		HEADERS("From: a@b.test\nFr\0om: x@casino.test\n"),
		.hidden = "a From is disguised"},
	{"forged: a bare CR in front of a second From", .gb = "casino.test\n",
		.headers = "From: a@b.test\rFrom: x@casino.test\n", .is = "block gb:1 casino.test"},
	{"forged: a bare CR in front of a From, in the Subject", .gb = "casino.test\n",
		.headers = "From: a@b.test\nSubject: x\rFrom: x@casino.test\n",
		.hidden = "a From is disguised"},
	{"forged: a bare CR in front of a Sender, in the Subject", .gb = "casino.test\n",
		.headers = "From: a@b.test\nSubject: x\rSender: x@casino.test\n",
		.hidden = "a Sender is disguised"},
	{"forged: a bare CR in the domain", .gb = "casino.test\n", .from = "x@casi\rno.test",
		.is = "block gb:1 casino.test"},
	{"forged: a bare CR, and an allow entry", .ga = "b.test\n",
		.headers = "From: a@b.test\nSubject: x\rSender: x@casino.test\n",
		.hidden = "a Sender is disguised",
		.notes = "does not count: a Sender is disguised"},
	{"two CRs before the line end disguise nothing", .gb = "casino.test\n",
		.headers = "From: a@b.test,\r\r\n c@d.test\r\n", .is = NULL},
	{"forged: a control character in the domain", .gb = "casino.test\n",
		.from = "x@cas\001ino.test", .is = "block gb:1 casino.test"},
	{"forged: an escape in the local part", .gb = "x@casino.test\n",
		.from = "\033x@casino.test", .is = "block gb:1 x@casino.test"},
	{"forged: a zero-width blank in the domain", .gb = "casino.test\n",
		.from = "x@cas\u200bino.test", .is = "block gb:1 casino.test"},
	{"forged: a zero-width blank in the local part", .gb = "larry@casino.test\n",
		.from = "lar\u200bry@casino.test", .is = "block gb:1 larry@casino.test"},
	{"forged: a mark of direction in front", .gb = "larry@casino.test\n",
		.from = "\u202alarry@casino.test\u202c", .is = "block gb:1 larry@casino.test"},
	{"forged: a byte that is no UTF-8 in the domain", .gb = "casino.test\n",
		.from = "x@casino.test\xff", .is = "block gb:1 casino.test"},
	{"forged: a full-width @", .gb = "casino.test\n", .from = "x\uff20casino.test",
		.is = "block gb:1 casino.test"},
	{"forged: a small @", .gb = "casino.test\n",
		.from = "x\ufe6b"
			"casino.test",
		.is = "block gb:1 casino.test"},
	{"forged: full-width brackets", .gb = "casino.test\n",
		.from = "Ann \uff1cx@casino.test\uff1e", .is = "block gb:1 casino.test"},
	{"forged: full-width dots", .gb = "casino.test\n", .from = "x@casino\uff0etest",
		.is = "block gb:1 casino.test"},
	{"forged: an ideographic blank", .gb = "casino.test\n", .from = "Ann\u3000<x@casino.test>",
		.is = "block gb:1 casino.test"},
	{"forged: blanks round the @, among words", .gb = "casino.test\n",
		.from = "Ann Boss x @ casino.test now", .is = "block gb:1 casino.test"},
	{"forged: a disguised envelope sender", .gb = "casino.test\n", .from = "a@b.test",
		.env = "x@casi\001no.test", .is = "block gb:1 casino.test"},
	{"forged: an envelope sender with a tab in quotes", .gb = "casino.test\n",
		.from = "a@b.test", .env = "\"a\tb\"@casino.test", .is = "block gb:1 casino.test"},
	{"a tab in quotes is looked up alike in the envelope", .gb = "\"a*b\"@casino.test\n",
		.from = "a@b.test", .env = "\"a\tb\"@casino.test",
		.is = "block gb:1 \"a*b\"@casino.test"},
	{"a tab in quotes is looked up alike in the From", .gb = "\"a*b\"@casino.test\n",
		.from = "\"a\tb\"@casino.test", .is = "block gb:1 \"a*b\"@casino.test"},
	{"an old Japanese name in ISO-2022-JP disguises nothing", .gb = "casino.test\n",
		.from = "\033$B;3ED\033(B <a@b.test>", .is = NULL},
	{"a Latin-1 name disguises nothing", .gb = "casino.test\n", .from = "J\xf6rg <a@b.test>",
		.is = NULL},

	/* what forgers write so that an allow list takes them for somebody else */
	{"forged: a friend in the Sender", .ga = "friend@good.test\n",
		.headers = "From: evil@evil.test\nSender: friend@good.test\n", .is = NULL},
	{"forged: a friend in the Sender, in one's own list", .aa = "friend@good.test\n",
		.headers = "From: evil@evil.test\nSender: friend@good.test\n", .is = NULL},
	{"forged: a friend in the Sender, who is blocked elsewhere", .gb = "evil.test\n",
		.ga = "friend@good.test\n",
		.headers = "From: evil@evil.test\nSender: friend@good.test\n",
		.is = "block gb:1 evil.test"},
	{"forged: a friend in Reply-To", .ga = "friend@good.test\n",
		.headers = "From: evil@evil.test\nReply-To: friend@good.test\n", .is = NULL},
	{"forged: a friend in Resent-From", .ga = "friend@good.test\n",
		.headers = "From: evil@evil.test\nResent-From: friend@good.test\n", .is = NULL},
	{"forged: a friend in the envelope, and no SPF", .ga = "friend@good.test\n",
		.env = "friend@good.test", .sender_doubt = "SPF has not passed",
		.notes = "friend@good.test (ga:1) does not count: SPF has not passed"},
	{"the envelope sender, and SPF has passed", .ga = "friend@good.test\n",
		.env = "friend@good.test", .is = "allow ga:1 friend@good.test"},
	{"the envelope sender is not needed where the From counts", .ga = "evil.example\n",
		.env = "friend@good.test", .sender_doubt = "SPF has not passed",
		.is = "allow ga:1 evil.example"},
	{"both are allowed: the most specific one speaks", .ga = "evil.example\nfriend@good.test\n",
		.env = "friend@good.test", .is = "allow ga:2 friend@good.test"},
	{"both match, and one counts", .ga = "evil.example\nfriend@good.test\n",
		.env = "friend@good.test", .sender_doubt = "SPF has not passed",
		.is = "allow ga:1 evil.example", .notes = "friend@good.test (ga:2) does not count"},
	{"the From is the envelope sender: it is enough that the From counts",
		.ga = "friend@good.test\n", .from = "friend@good.test", .env = "friend@good.test",
		.sender_doubt = "SPF has not passed", .is = "allow ga:1 friend@good.test"},
	{"forged: a friend in the envelope, an ambiguous From", .ga = "friend@good.test\n",
		.env = "friend@good.test", .from = "a@b.test, c@d.test",
		.notes = "does not count: the From is ambiguous"},
	{"the name repeats the address: one person", .ga = "evil.example\n",
		.from = "a@evil.example <a@evil.example>", .is = "allow ga:1 evil.example"},
	{"forged: the name is nearly the address", .ga = "good.test\n",
		.from = "a@good.test <a@g00d.test>", .notes = "the From is ambiguous"},

	{"the last of several senders", .gb = "last.example\n",
		.from = X10("a@b.c, ") "x@last.example", .is = "block gb:1 last.example"},
};

/* ---- the files ---- */

static char dir[] = "/tmp/mda-test-lists.XXXXXX";

static struct str list_path(const char *name, const char *text, struct arena *mem)
{
	struct str path = arena_fmt(mem, "%s/%s", dir, name);
	struct str compiled = arena_fmt(mem, "%s.lmdb", path.p);
	struct err err;
	unlink(path.p);
	unlink(compiled.p);
	if (text && io_replace_file(path.p, str_of(text), 0600, &err) < 0)
		fail_msg("%s", err.text);
	return path;
}

static struct lists_conf write_lists(const struct row *row, struct arena *mem)
{
	return (struct lists_conf){
		.global_block = list_path("gb", row->gb, mem),
		.global_allow = list_path("ga", row->ga, mem),
		.address_block = list_path("ab", row->ab, mem),
		.address_allow = list_path("aa", row->aa, mem),
	};
}

static struct str base_name(struct str path)
{
	return str_slice(path, str_rfind(path, '/') + 1, path.n);
}

/* ---- what the stage says ---- */

static int judge(
	const struct row *row, const struct lists_conf *conf, struct verdict *v, struct err *err)
{
	struct str header = row->headers ? (struct str){row->headers,
						   row->size ? row->size : strlen(row->headers)}
					 : arena_fmt(v->mem, "From: %s\n",
						   row->from ? row->from : "from@evil.example");
	struct buf text = {0};
	buf_add(&text, header);
	buf_text(&text, "\nbody\n");
	struct str bytes = arena_str(v->mem, buf_str(&text));
	buf_free(&text);
	struct envelope env = {.sender = str_of(row->env ? row->env : "nobody@nowhere.example")};
	struct message *msg = message_borrow(bytes, err);
	assert_non_null(msg);
	struct lists_conf c = *conf;
	c.sender_doubt = row->sender_doubt;
	int r = lists_judge(&c, msg, &env, !row->redirected, v, err);
	message_free(msg);
	return r;
}

static void check_listing(const struct row *row, const struct verdict *v)
{
	static const char *const words[] = {[LISTED_BLOCK] = "block", [LISTED_ALLOW] = "allow"};
	struct str is = STR_LIT("nothing");
	if (v->lists.listing != LISTED_NOT) {
		struct str file = base_name(v->lists.reason.file);
		is = arena_fmt(v->mem, "%s " STR_FMT ":%u " STR_FMT, words[v->lists.listing],
			STR_ARGS(file), v->lists.reason.line, STR_ARGS(v->lists.reason.text));
	}
	if (!str_eq(is, str_of(row->is ? row->is : "nothing")))
		fail_msg("is \"%s\", expected \"%s\"", is.p, row->is ? row->is : "nothing");
}

static void check_hidden(const struct row *row, const struct verdict *v)
{
	struct str is = v->spam.state == SPAM_YES ? v->spam.reason.text : STR_LIT("not spam");
	if (!str_eq(is, str_of(row->hidden ? row->hidden : "not spam")))
		fail_msg("is \"" STR_FMT "\", expected \"%s\"", STR_ARGS(is), row->hidden);
	if (row->hidden)
		assert_string_equal(v->spam.by, "sender");
}

/* The paths in the notes without the directory, so that rows can name them. */
static struct str all_notes(const struct verdict *v)
{
	struct buf b = {0};
	for (size_t i = 0; i < v->notes.count; i++) {
		struct str note = v->notes.items[i];
		size_t at = str_ifind(note, str_of(dir));
		buf_add(&b, str_slice(note, 0, at));
		buf_add(&b, str_slice(note, at + sizeof dir, note.n));
		buf_byte(&b, '\n');
	}
	struct str text = arena_str(v->mem, buf_str(&b));
	buf_free(&b);
	return text;
}

static void check_notes(const struct row *row, const struct verdict *v)
{
	struct str notes = all_notes(v);
	if (!row->notes && notes.n)
		fail_msg("there are notes: %s", notes.p);
	if (row->notes && str_ifind(notes, str_of(row->notes)) == notes.n)
		fail_msg("the notes are \"%s\", without \"%s\"", notes.p, row->notes);
}

static void compile_lists(const struct lists_conf *conf)
{
	const struct str paths[] = {
		conf->global_block, conf->global_allow, conf->address_block, conf->address_allow};
	struct list_compiled done;
	struct err err;
	for (size_t i = 0; i < 4; i++)
		if (list_compile(paths[i], &done, &err) < 0)
			fail_msg("%s", err.text);
}

/* Each row twice: by the text, and by what was compiled from it. */
static void check_row(const struct row *row, bool compiled)
{
	struct arena *mem = arena_new();
	struct lists_conf conf = write_lists(row, mem);
	struct verdict v;
	struct err err;
	if (compiled)
		compile_lists(&conf);
	verdict_init(&v, mem, 0);
	assert_int_equal(judge(row, &conf, &v, &err), 0);
	check_listing(row, &v);
	check_hidden(row, &v);
	check_notes(row, &v);
	arena_free(mem);
}

static void test_text(void **state)
{
	check_row(*state, false);
}

static void test_compiled(void **state)
{
	check_row(*state, true);
}

/* ---- files that cannot be read ---- */

static void test_unreadable(void **state)
{
	const struct row row = {
		"", .gb = "evil.example\n", .is = "block gb:1 evil.example", .notes = NULL};
	struct arena *mem = arena_new();
	struct lists_conf conf = write_lists(&row, mem);
	struct verdict v;
	struct err err;
	(void)state;
	conf.global_allow = str_of(dir);
	verdict_init(&v, mem, 0);
	assert_int_equal(judge(&row, &conf, &v, &err), -1);
	assert_int_equal(err.fault, FAULT_TEMP);
	assert_non_null(strstr(err.text, "regular file"));
	check_listing(&row, &v);
	arena_free(mem);
}

static void test_fifo(void **state)
{
	const struct row row = {"", .is = NULL};
	struct arena *mem = arena_new();
	struct lists_conf conf = write_lists(&row, mem);
	struct verdict v;
	struct err err;
	(void)state;
	assert_int_equal(mkfifo(conf.address_block.p, 0600), 0);
	verdict_init(&v, mem, 0);
	assert_int_equal(judge(&row, &conf, &v, &err), -1);
	check_listing(&row, &v);
	unlink(conf.address_block.p);
	arena_free(mem);
}

static void test_no_paths(void **state)
{
	const struct row row = {"", .is = NULL};
	const struct lists_conf conf = {0};
	struct arena *mem = arena_new();
	struct verdict v;
	struct err err;
	(void)state;
	verdict_init(&v, mem, 0);
	assert_int_equal(judge(&row, &conf, &v, &err), 0);
	check_listing(&row, &v);
	arena_free(mem);
}

/* ---- who sent it ---- */

static void test_senders(void **state)
{
	static const char bytes[] =
		"From: A@B.example\nSender: a@b.example\nSender: c@d.example\n\n";
	struct arena *mem = arena_new();
	struct envelope env = {.sender = STR_LIT("a@b.example")};
	struct err err;
	struct message *msg = message_borrow(STR_LIT(bytes), &err);
	(void)state;
	assert_non_null(msg);
	struct list_senders s = list_senders_of(msg, &env, mem);
	assert_int_equal(s.all.count, 2);
	assert_true(str_eq(s.all.items[0], STR_LIT("a@b.example")));
	assert_true(str_eq(s.all.items[1], STR_LIT("c@d.example")));
	assert_int_equal(s.from.count, 1);
	assert_true(str_eq(s.envelope, STR_LIT("a@b.example")));
	assert_null(s.hidden);
	assert_null(s.ambiguous);
	message_free(msg);
	arena_free(mem);
}

static void test_too_many_senders(void **state)
{
	struct arena *mem = arena_new();
	struct buf b = {0};
	struct envelope env = {0};
	struct err err;
	(void)state;
	buf_text(&b, "From: x@y.example");
	for (int i = 0; i < 1000; i++)
		buf_fmt(&b, ",\n a%d@b.example", i);
	buf_text(&b, "\n\n");
	struct message *msg = message_borrow(buf_str(&b), &err);
	assert_non_null(msg);
	struct list_senders s = list_senders_of(msg, &env, mem);
	assert_non_null(s.hidden);
	assert_int_equal(s.all.count, LIST_SENDERS_MOST);
	assert_non_null(s.ambiguous);
	message_free(msg);
	buf_free(&b);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_text, rows),
		TABLE(test_compiled, rows),
		TABLE_OF_ONE(test_unreadable, "a list that is a directory; the others count"),
		TABLE_OF_ONE(test_fifo, "a list that is a FIFO does not block"),
		TABLE_OF_ONE(test_no_paths, "no lists are configured"),
		TABLE_OF_ONE(test_senders, "every sender once"),
		TABLE_OF_ONE(test_too_many_senders, "no more senders than can be looked up"),
	};
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	int failed = table_run("lists", tables, sizeof tables / sizeof *tables);
	struct arena *mem = arena_new();
	write_lists(&(const struct row){0}, mem); /* all missing */
	arena_free(mem);
	if (rmdir(dir) < 0)
		perror(dir);
	return failed;
}
