/*
 * Addresses in headers and envelopes. Every header value is also given to GMime's parser. If the
 * two differ, the row says why; a row that says so although they agree fails too.
 */
#include "base/address.h"

#include "base/buf.h"
#include "tests/unit/table.h"

#include <gmime/gmime.h>
#include <time.h>

/*
 * EXPECTED is what we read: items joined by " + ", each with its name in [] and a ! if it is
 * invalid; then in {} M for malformed, D for doubtful, G for a group; then ~ when it is ambiguous.
 */
struct header_row {
	const char *name;
	struct str value, expected;
	const char *differs; /* why gmime reads other addresses; NULL when it reads the same */
};

#define SAME(name, value, expected)                                                                \
	{                                                                                          \
		name, STR_LIT(value), STR_LIT(expected), NULL                                      \
	}
#define DIFF(name, value, expected, reason)                                                        \
	{                                                                                          \
		name, STR_LIT(value), STR_LIT(expected), reason                                    \
	}

#define DROPS        "gmime gives nothing for it; we keep the text and what a reader may see in it"
#define IGNORES_REST "gmime takes the first address; what follows is as likely what a reader sees"
#define KEEPS_QUOTES                                                                               \
	"gmime keeps quotes that are not needed, so that the same address compares unequal"
#define NAME_ADDRESS                                                                               \
	"gmime takes the unquoted address for a name; a reader may see it as the sender"
#define ENDS_AT_NUL "gmime takes C strings, which end at the NUL"
#define STRAY_DOTS  "gmime refuses dots that RFC 5322 forbids; such mailboxes exist"
#define KEEPS_FOLD                                                                                 \
	"gmime leaves the line end in the address, where it could start a header of its own"
#define REFUSES_NAME "gmime refuses what stands in the name; the address is clear all the same"

/* clang-format off */
static const struct header_row header_rows[] = {
	SAME("plain", "a@example.org", "a@example.org"),
	SAME("plain with name", "John Doe <john@example.org>", "[John Doe] john@example.org"),
	SAME("angle only", "<a@example.org>", "a@example.org"),
	SAME("quoted name", "\"Doe, John\" <john@example.org>", "[Doe, John] john@example.org"),
	SAME("quoted name with escaped quote", "\"John \\\"Joe\\\" Doe\" <john@example.org>", "[John \"Joe\" Doe] john@example.org"),
	SAME("quoted name with escaped backslash", "\"a\\\\b\" <a@example.org>", "[a\\b] a@example.org"),
	SAME("name with dots", "John Q. Public <john@example.org>", "[John Q. Public] john@example.org"),
	SAME("name that ends in a dot", "Dr. <a@example.org>", "[Dr.] a@example.org"),
	SAME("name of one word", "John <john@example.org>", "[John] john@example.org"),
	SAME("name without a blank before the angle", "John<john@example.org>", "[John] john@example.org"),
	SAME("quoted name without a blank", "\"John\"<john@example.org>", "[John] john@example.org"),
	SAME("empty quoted name", "\"\" <a@example.org>", "a@example.org"),
	SAME("two quoted words", "\"John\" \"Doe\" <john@example.org>", "[John Doe] john@example.org"),
	SAME("atom and quoted word", "John \"Joe\" Doe <john@example.org>", "[John Joe Doe] john@example.org"),
	SAME("atom next to quoted word", "John\"Joe\" <john@example.org>", "[JohnJoe] john@example.org"),
	SAME("old style name", "john@example.org (John Doe)", "john@example.org"),
	SAME("old style name in angles", "<john@example.org> (John Doe)", "john@example.org"),
	SAME("outer blanks", "  a@example.org  ", "a@example.org"),
	SAME("fold before the angle", "John Doe\r\n <john@example.org>", "[John Doe] john@example.org"),
	SAME("fold inside of the name", "John\r\n\tDoe <john@example.org>", "[John Doe] john@example.org"),
	SAME("fold inside of a quoted name", "\"John\r\n Doe\" <john@example.org>", "[John Doe] john@example.org"),
	SAME("fold with a bare LF", "John\n Doe <john@example.org>", "[John Doe] john@example.org"),
	SAME("upper case", "John@EXAMPLE.Org", "John@EXAMPLE.Org"),
	SAME("digits", "123@456.example", "123@456.example"),
	SAME("hyphens and underscores", "a-b_c@d-e_f.example", "a-b_c@d-e_f.example"),
	SAME("all of atext", "!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"),
	SAME("plus detail", "john+lists@example.org", "john+lists@example.org"),
	SAME("long top level", "a@example.photography", "a@example.photography"),
	SAME("dotless domain", "root@localhost", "root@localhost"),
	SAME("final dot", "a@example.org.", "a@example.org {D} ~"),
	SAME("final dot in angles", "A <a@example.org.>", "[A] a@example.org {D} ~"),
	SAME("dots in local part", "a.b.c@example.org", "a.b.c@example.org"),
	SAME("IPv4 literal", "a@[192.0.2.1]", "a@[192.0.2.1]"),
	SAME("IPv6 literal", "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]"),
	SAME("name and literal", "John <a@[192.0.2.1]>", "[John] a@[192.0.2.1]"),
	DIFF("literal with blanks", "a@[ 192.0.2.1 ]", "!a@[ 192.0.2.1 ] {M} ~", "gmime takes the blanks out of a literal"),
	DIFF("literal without end", "a@[192.0.2.1", "!a@[192.0.2.1 {M} ~", DROPS),
	SAME("empty literal", "a@[]", "!a@[] {M} ~"),
	SAME("literal with rubbish", "a@[a@b]", "!a@[a@b] {M} ~"),
	DIFF("literal and more", "a@[192.0.2.1].example", "!a@[192.0.2.1].example {M} ~", "gmime cuts off what stands after a literal"),
	SAME("two", "a@example.org, b@example.org", "a@example.org + b@example.org ~"),
	SAME("two with names", "A <a@example.org>, B <b@example.org>", "[A] a@example.org + [B] b@example.org ~"),
	SAME("two without blank", "a@example.org,b@example.org", "a@example.org + b@example.org ~"),
	SAME("comma first", ", a@example.org", "a@example.org"),
	SAME("comma last", "a@example.org,", "a@example.org"),
	SAME("commas between", "a@example.org,,, b@example.org", "a@example.org + b@example.org ~"),
	SAME("commas alone", ",,,", "~"),
	SAME("empty", "", "~"),
	SAME("blanks alone", "   ", "~"),
	DIFF("empty angle", "<>", "!<> {M} ~", DROPS),
	DIFF("name and empty angle", "John <>", "[John] !<> {M} ~", DROPS),
	DIFF("blank angle", "< >", "!< > {M} ~", DROPS),
	SAME("group", "Team: a@example.org, b@example.org;", "a@example.org + b@example.org {G} ~"),
	SAME("empty group", "undisclosed-recipients:;", "{G} ~"),
	SAME("empty group with blank", "Undisclosed recipients: ;", "{G} ~"),
	SAME("group and address", "Team: a@example.org;, b@example.org", "a@example.org + b@example.org {G} ~"),
	SAME("group and address without comma", "Team: a@example.org; b@example.org", "a@example.org + b@example.org {MG} ~"),
	SAME("quoted group name", "\"My: Team\": a@example.org;", "a@example.org {G} ~"),
	SAME("group without end", "Team: a@example.org", "a@example.org {MG} ~"),
	SAME("group without name", ": a@example.org;", "a@example.org {MG} ~"),
	SAME("nested group", "A: B: a@example.org;;", "a@example.org {MG} ~"),
	SAME("group in group by comma", "A: a@example.org, B: b@example.org;", "a@example.org + b@example.org {MG} ~"),
	SAME("semicolon alone", "a@example.org;", "a@example.org {M} ~"),
	DIFF("semicolon between", "a@example.org; b@example.org", "a@example.org + b@example.org {M} ~", IGNORES_REST),
	SAME("two groups", "A: a@example.org;, B: b@example.org;", "a@example.org + b@example.org {G} ~"),
	SAME("group with names", "Team: John <a@example.org>, \"B\" <b@example.org>;", "[John] a@example.org + [B] b@example.org {G} ~"),
	SAME("group with empty members", "Team:, a@example.org,,;", "a@example.org {G} ~"),
	SAME("mailto", "mailto:a@example.org", "a@example.org {MG} ~"),
	SAME("group named by address", "a@inside.example: x@evil.example;", "a@inside.example + x@evil.example {DG} ~"),
	SAME("comment before", "(hello) a@example.org", "a@example.org"),
	SAME("comment after", "a@example.org (hello)", "a@example.org"),
	SAME("comment in name", "John (the one) Doe <a@example.org>", "[John Doe] a@example.org"),
	SAME("comment instead of blank in name", "John(the one)Doe <a@example.org>", "[John Doe] a@example.org"),
	SAME("comment before @", "a(c)@example.org", "a@example.org {D} ~"),
	SAME("comment after @", "a@(c)example.org", "a@example.org {D} ~"),
	SAME("comment in domain", "a@inside(c).evil.example", "a@inside.evil.example {D} ~"),
	SAME("comment at end in angle", "<a@example.org(c)>", "a@example.org {D} ~"),
	SAME("comment at start in angle", "<(c)a@example.org>", "a@example.org {D} ~"),
	SAME("nested comment", "a@example.org (a (b (c) d) e)", "a@example.org"),
	SAME("comment with escaped parenthesis", "a@example.org (a \\) b)", "a@example.org"),
	SAME("comment with quote", "a@example.org (a \" b)", "a@example.org"),
	SAME("comment with address", "x@evil.example (a@inside.example)", "x@evil.example"),
	SAME("comment with angle address", "x@evil.example (<a@inside.example>)", "x@evil.example"),
	SAME("comment with comma", "a@example.org (one, two)", "a@example.org"),
	DIFF("comment without end", "a@example.org (one", "!a@example.org (one + a@example.org {M} ~", DROPS),
	DIFF("comment without end before", "(one a@example.org", "!(one a@example.org + a@example.org {M} ~", DROPS),
	DIFF("comment without start", "a@example.org one)", "!a@example.org one) + a@example.org {M} ~", IGNORES_REST),
	SAME("comment alone", "(nobody)", "~"),
	SAME("empty comment", "() a@example.org ()", "a@example.org"),
	DIFF("backslash at the end of a comment", "a@example.org (one\\", "!a@example.org (one\\ + a@example.org {M} ~", DROPS),
	SAME("blank before @", "a @example.org", "a@example.org {D} ~"),
	SAME("blank after @", "a@ example.org", "a@example.org {D} ~"),
	SAME("blanks around @", "a @ example.org", "a@example.org {D} ~"),
	SAME("blanks around dots", "a . b @ example . org", "a.b@example.org {D} ~"),
	SAME("blank before a dot of the domain", "a@inside .evil.example", "a@inside.evil.example {D} ~"),
	SAME("fold in the address", "a@\r\n example.org", "a@example.org {D} ~"),
	SAME("blanks in angle", "< a@example.org >", "a@example.org"),
	SAME("blanks around @ in angle", "<a @ example.org>", "a@example.org {D} ~"),
	SAME("route", "<@relay.example:a@example.org>", "a@example.org {D} ~"),
	SAME("route with name", "John <@relay.example:a@example.org>", "[John] a@example.org {D} ~"),
	SAME("route of two", "<@one.example,@two.example:a@example.org>", "a@example.org {D} ~"),
	SAME("route with empty members", "<@one.example,,@two.example:a@example.org>", "a@example.org {D} ~"),
	DIFF("route without colon", "<@one.example a@example.org>", "!@one.example a@example.org + a@example.org {MD} ~", DROPS),
	DIFF("route without angle", "@relay.example:a@example.org", "!@relay.example + a@example.org {MDG} ~", DROPS),
	SAME("route that is an inside address", "<@inside.example:x@evil.example>", "x@evil.example {D} ~"),
	SAME("quoted local part", "\"john doe\"@example.org", "\"john doe\"@example.org"),
	DIFF("quoted local part without need", "\"john\"@example.org", "john@example.org", KEEPS_QUOTES),
	SAME("tab in a quoted local part", "\"a\tb\"@example.org", "\"a\tb\"@example.org"),
	SAME("quoted local part in angle", "John <\"john doe\"@example.org>", "[John] \"john doe\"@example.org"),
	SAME("quoted local part with escaped quote", "\"a\\\"b\"@example.org", "\"a\\\"b\"@example.org {D} ~"),
	SAME("quoted local part with @", "\"a@inside.example\"@evil.example", "\"a@inside.example\"@evil.example {D} ~"),
	SAME("quoted local part with angle", "\"<a@inside.example>\"@evil.example", "\"<a@inside.example>\"@evil.example {D} ~"),
	DIFF("fold in a quoted local part", "\"john\r\n doe\"@example.org", "\"john doe\"@example.org", KEEPS_FOLD),
	DIFF("escaped line end in a quoted local part", "\"john\\\r\n doe\"@example.org", "\"john doe\"@example.org", KEEPS_FOLD),
	SAME("escaped line end in a quoted name", "\"John\\\n Doe\" <a@example.org>", "[John Doe] a@example.org"),
	SAME("empty quoted local part", "\"\"@example.org", "\"\"@example.org"),
	DIFF("quoted word and atom in local part", "\"a\".b@example.org", "a.b@example.org", KEEPS_QUOTES),
	DIFF("quoted word next to atom", "\"a\"b@example.org", "!\"a\"b@example.org {M} ~", DROPS),
	DIFF("quoted word next to another", "\"a\"\"b\"@example.org", "!\"a\"\"b\"@example.org {M} ~", DROPS),
	DIFF("quote in the domain", "a@\"example.org\"", "!a@\"example.org\" {M} ~", DROPS),
	DIFF("quote in an atom", "a\"b\"@example.org", "!a\"b\"@example.org {M} ~", DROPS),
	DIFF("dot first", ".a@example.org", "\".a\"@example.org", STRAY_DOTS),
	DIFF("dot last in local part", "a.@example.org", "\"a.\"@example.org", STRAY_DOTS),
	DIFF("two dots in local part", "a..b@example.org", "\"a..b\"@example.org", STRAY_DOTS),
	DIFF("dot first in domain", "a@.example.org", "!a@.example.org {M} ~", DROPS),
	DIFF("two dots in domain", "a@example..org", "!a@example..org {M} ~", DROPS),
	DIFF("two final dots", "a@example.org..", "!a@example.org.. {M} ~", DROPS),
	DIFF("dots alone", "...@example.org", "\"...\"@example.org", STRAY_DOTS),
	DIFF("no local part", "@example.org", "!@example.org {M} ~", DROPS),
	DIFF("no local part in angle", "<@example.org>", "!@example.org {MD} ~", DROPS),
	DIFF("no domain", "a@", "!a@ {M} ~", DROPS),
	DIFF("no domain in angle", "John <a@>", "[John] !a@ {M} ~", DROPS),
	DIFF("at sign alone", "@", "!@ {M} ~", DROPS),
	SAME("bare local part", "root", "root ~"),
	SAME("bare local part in angle", "<root>", "root ~"),
	SAME("name and bare local part", "Cron Daemon <root>", "[Cron Daemon] root ~"),
	SAME("bare local part with comment", "root (Cron Daemon)", "root ~"),
	SAME("dotted bare local part", "john.doe", "john.doe ~"),
	DIFF("two words", "John Doe", "!John Doe {M} ~", DROPS),
	SAME("quoted words alone", "\"John Doe\"", "!\"John Doe\" {M} ~"),
	DIFF("two words and address", "John Doe john@example.org", "!John Doe john@example.org + john@example.org {M} ~", DROPS),
	DIFF("address and two words", "john@example.org John Doe", "!john@example.org John Doe + john@example.org {M} ~", IGNORES_REST),
	DIFF("comma in unquoted name", "Doe, John <john@example.org>", "Doe + [John] john@example.org ~", "gmime guesses that the comma belongs to the name"),
	SAME("angle without end", "John <john@example.org", "[John] john@example.org {M} ~"),
	SAME("angle without end and more", "<a@inside.example, x@evil.example", "a@inside.example + x@evil.example {M} ~"),
	DIFF("angle without start", "john@example.org>", "!john@example.org> + john@example.org {M} ~", IGNORES_REST),
	DIFF("angle without start with name", "John john@example.org>", "!John john@example.org> + john@example.org {M} ~", DROPS),
	SAME("two angles", "<a@inside.example> <x@evil.example>", "a@inside.example + x@evil.example {M} ~"),
	SAME("two angles with names", "A <a@inside.example> B <x@evil.example>", "[A] a@inside.example + [B] x@evil.example {M} ~"),
	SAME("angle and bare address", "<a@inside.example> x@evil.example", "a@inside.example + x@evil.example {M} ~"),
	SAME("doubled angles", "<<a@example.org>>", "a@example.org {M} ~"),
	SAME("doubled closing angle", "<a@example.org>>", "a@example.org {M} ~"),
	SAME("angles apart", "John <<a@example.org> >", "[John] a@example.org {M} ~"),
	SAME("text after the angle", "John <a@example.org> Doe", "[John] a@example.org + Doe {M} ~"),
	SAME("quoted address as name", "\"a@inside.example\" <x@evil.example>", "[a@inside.example] x@evil.example"),
	DIFF("unquoted address as name", "a@inside.example <x@evil.example>", "a@inside.example + [a@inside.example] x@evil.example {D} ~", NAME_ADDRESS),
	SAME("same address as name", "x@example.org <x@example.org>", "[x@example.org] x@example.org"),
	SAME("same address as name, in capitals", "X@Example.org <x@example.org>", "[X@Example.org] x@example.org"),
	DIFF("nearly the same address as name", "x@example.org <x@example.com>", "x@example.org + [x@example.org] x@example.com {D} ~", NAME_ADDRESS),
	DIFF("same address as name, and a word", "hi x@example.org <x@example.org>", "!hi x@example.org + x@example.org + [hi x@example.org] x@example.org {MD} ~", NAME_ADDRESS),
	SAME("address in angles as quoted name", "\"<a@inside.example>\" <x@evil.example>", "[<a@inside.example>] x@evil.example"),
	DIFF("address among words of a name", "Boss a@inside.example <x@evil.example>", "!Boss a@inside.example + a@inside.example + [Boss a@inside.example] x@evil.example {MD} ~", DROPS),
	SAME("address in quotes among words", "Boss \"a@inside.example\" <x@evil.example>", "[Boss a@inside.example] x@evil.example"),
	DIFF("name with apostrophes around address", "'a@inside.example' <x@evil.example>", "!'a@inside.example' + ['a@inside.example'] x@evil.example {MD} ~", NAME_ADDRESS),
	SAME("address in apostrophes", "'a@example.org'", "!'a@example.org' {M} ~"),
	SAME("inside address, then evil one", "a@inside.example, x@evil.example", "a@inside.example + x@evil.example ~"),
	DIFF("two @", "a@b@c.example", "!a@b@c.example + a@b + b@c.example {M} ~", IGNORES_REST),
	DIFF("two @ in angle", "<a@inside.example@evil.example>", "!a@inside.example@evil.example + a@inside.example + inside.example@evil.example {M} ~", IGNORES_REST),
	DIFF("two @ with blank", "a@inside.example @evil.example", "!a@inside.example @evil.example + a@inside.example + inside.example@evil.example {MD} ~", IGNORES_REST),
	SAME("encoded word with address", "=?utf-8?q?a=40inside.example?= <x@evil.example>", "[=?utf-8?q?a=40inside.example?=] x@evil.example"),
	SAME("encoded word with base64 address", "=?utf-8?b?YUBpbnNpZGUuZXhhbXBsZQ==?= <x@evil.example>", "[=?utf-8?b?YUBpbnNpZGUuZXhhbXBsZQ==?=] x@evil.example"),
	SAME("encoded word in local part", "=?utf-8?q?a=40inside.example?=@evil.example", "=?utf-8?q?a=40inside.example?=@evil.example {D} ~"),
	SAME("encoded word in angle", "<=?utf-8?q?a=40inside.example?=@evil.example>", "=?utf-8?q?a=40inside.example?=@evil.example {D} ~"),
	SAME("encoded word in domain", "a@=?utf-8?q?inside.example?=", "!a@=?utf-8?q?inside.example?= {M} ~"),
	SAME("encoded word alone", "=?utf-8?q?a=40inside.example?=", "=?utf-8?q?a=40inside.example?= {D} ~"),
	DIFF("encoded word with raw @", "=?utf-8?q?a@inside.example?= <x@evil.example>", "!=?utf-8?q?a@inside.example?= + [=?utf-8?q?a@inside.example?=] x@evil.example {MD} ~", NAME_ADDRESS),
	DIFF("encoded word with raw comma", "=?utf-8?q?Doe,_John?= <john@example.org>", "=?utf-8?q?Doe + [_John?=] john@example.org ~", "gmime guesses that the comma belongs to the name"),
	SAME("encoded word with raw blanks", "=?utf-8?q?John Doe?= <john@example.org>", "[=?utf-8?q?John Doe?=] john@example.org"),
	SAME("encoded name", "=?iso-8859-1?Q?J=F6rg_M=FCller?= <joerg@example.org>", "[=?iso-8859-1?Q?J=F6rg_M=FCller?=] joerg@example.org"),
	SAME("encoded name of two words", "=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_M?= <joerg@example.org>", "[=?utf-8?q?J=C3=B6rg?= =?utf-8?q?_M?=] joerg@example.org"),
	SAME("encoded word in quotes", "\"=?utf-8?q?J=C3=B6rg?=\" <joerg@example.org>", "[=?utf-8?q?J=C3=B6rg?=] joerg@example.org"),
	SAME("encoded word with parentheses", "=?utf-8?q?J=C3=B6rg_=28x=29?= <joerg@example.org>", "[=?utf-8?q?J=C3=B6rg_=28x=29?=] joerg@example.org"),
	SAME("UTF-8 name", "Jörg Müller <joerg@example.org>", "[Jörg Müller] joerg@example.org"),
	SAME("UTF-8 quoted name", "\"Jörg\" <joerg@example.org>", "[Jörg] joerg@example.org"),
	SAME("Latin-1 name", "J\366rg <joerg@example.org>", "[J\366rg] joerg@example.org"),
	SAME("UTF-8 local part", "jörg@example.org", "jörg@example.org"),
	SAME("UTF-8 domain", "a@bücher.example", "a@bücher.example"),
	SAME("UTF-8 both", "用户@例子.广告", "用户@例子.广告"),
	DIFF("Latin-1 local part", "j\366rg@example.org", "!j\366rg@example.org {M} ~", DROPS),
	DIFF("Latin-1 domain", "a@b\374cher.example", "!a@b\374cher.example {M} ~", DROPS),
	DIFF("overlong UTF-8 in local part", "a\300\256@example.org", "!a\300\256@example.org {M} ~", DROPS),
	SAME("full-width @", "a＠inside.example", "a＠inside.example {D} ~"),
	SAME("full-width @ in local part", "a＠inside.example@evil.example", "a＠inside.example@evil.example {D} ~"),
	SAME("zero width space in local part", "a\342\200\213@example.org", "a\342\200\213@example.org {D} ~"),
	SAME("right-to-left override in local part", "a\342\200\256@example.org", "a\342\200\256@example.org {D} ~"),
	SAME("right-to-left override in domain", "a@example\342\200\256.org", "a@example\342\200\256.org {D} ~"),
	SAME("right-to-left override in name", "a\342\200\256b <x@example.org>", "[a\342\200\256b] x@example.org"),
	SAME("soft hyphen in domain", "a@exam\302\255ple.org", "a@exam\302\255ple.org {D} ~"),
	SAME("no-break space after the address", "a@example.org\302\240", "a@example.org\302\240 {D} ~"),
	DIFF("NUL in name", "Jo\000hn <john@example.org>", "[Jo\000hn] john@example.org {M} ~", ENDS_AT_NUL),
	DIFF("NUL in quoted name", "\"Jo\000hn\" <john@example.org>", "[\"Jo\000hn\"] john@example.org {M} ~", ENDS_AT_NUL),
	DIFF("NUL in local part", "a\000b@example.org", "!a\000b@example.org + b@example.org {M} ~", ENDS_AT_NUL),
	DIFF("NUL after an address", "a@inside.example\000x@evil.example", "!a@inside.example\000x@evil.example + a@inside.example + x@evil.example {M} ~", ENDS_AT_NUL),
	DIFF("NUL in a comment", "a@example.org (\000)", "a@example.org {D} ~", ENDS_AT_NUL),
	DIFF("NUL alone", "\000", "!\000 {M} ~", ENDS_AT_NUL),
	DIFF("bare CR in address", "a@inside.example\r.evil.example", "!a@inside.example\r.evil.example + a@inside.example {M} ~", "gmime takes a CR for a blank"),
	SAME("bare CR in name", "Jo\rhn <john@example.org>", "[Jo\rhn] john@example.org {M} ~"),
	DIFF("escape in name", "\033[31mJohn <john@example.org>", "[\033[31mJohn] john@example.org {M} ~", REFUSES_NAME),
	DIFF("bell in local part", "a\007@example.org", "!a\007@example.org {M} ~", DROPS),
	DIFF("delete in local part", "a\177@example.org", "!a\177@example.org {M} ~", DROPS),
	SAME("tab for blank", "John\tDoe\t<john@example.org>", "[John Doe] john@example.org"),
	SAME("tab in quoted name", "\"John\tDoe\" <john@example.org>", "[John\tDoe] john@example.org"),
	DIFF("backslash in name", "DOMAIN\\john <john@example.org>", "[DOMAIN\\john] john@example.org {M} ~", REFUSES_NAME),
	DIFF("backslash in local part", "a\\b@example.org", "!a\\b@example.org + b@example.org {M} ~", DROPS),
	DIFF("backslash before @", "a\\@b@example.org", "!a\\@b@example.org + b@example.org {M} ~", DROPS),
	DIFF("brackets in name", "[Project] John <john@example.org>", "[[Project] John] john@example.org {D} ~", REFUSES_NAME),
	DIFF("brackets round name", "[John] <john@example.org>", "[[John]] john@example.org {D} ~", REFUSES_NAME),
	DIFF("open bracket in name", "John [x <john@example.org>", "[John [x] john@example.org {M} ~", REFUSES_NAME),
	DIFF("close bracket in name", "John x] <john@example.org>", "[John x]] john@example.org {M} ~", REFUSES_NAME),
	SAME("parenthesis in quoted name", "\"John (x) Doe\" <john@example.org>", "[John (x) Doe] john@example.org"),
	SAME("colon in name", "Re: John <john@example.org>", "[John] john@example.org {MG} ~"),
	DIFF("semicolon in name", "John; Doe <john@example.org>", "John + [Doe] john@example.org {M} ~", IGNORES_REST),
	DIFF("greater-than in name", "John > Doe <john@example.org>", "[John > Doe] john@example.org {D} ~", "gmime takes the first word for an address of its own"),
	SAME("apostrophe in name", "Conan O'Brien <conan@example.org>", "[Conan O'Brien] conan@example.org"),
	SAME("apostrophe in local part", "o'brien@example.org", "o'brien@example.org"),
	SAME("quote without end", "\"John <john@example.org>", "[\"John] john@example.org {M} ~"),
	SAME("quote without end at the end", "John\" <john@example.org>", "[John\"] john@example.org {M} ~"),
	DIFF("quote without end after", "<john@example.org> \"John", "john@example.org + !\"John {M} ~", IGNORES_REST),
	DIFF("quotes swapped", "John \"Doe <john@example.org> \"", "!John \"Doe <john@example.org> \" {M} ~", DROPS),
	SAME("quoted whole", "\"John <john@example.org>\"", "!\"John <john@example.org>\" {M} ~"),
	SAME("slash in local part", "x/y=z@example.org", "x/y=z@example.org"),
	SAME("slash in domain", "a@inside.example/evil.example", "!a@inside.example/evil.example {M} ~"),
	SAME("percent hack", "a%inside.example@evil.example", "a%inside.example@evil.example"),
	SAME("bang path", "host!user", "host!user ~"),
	SAME("bang path with domain", "host!user@example.org", "host!user@example.org"),
	SAME("underscore first in domain", "a@_dmarc.example.org", "a@_dmarc.example.org"),
	SAME("hyphen first in domain", "a@-x.example", "a@-x.example"),
	SAME("number sign in domain", "a@exam#ple.org", "!a@exam#ple.org {M} ~"),
	SAME("question mark in domain", "a@example.org?subject=x", "!a@example.org?subject=x {M} ~"),
	SAME("X.400", "/C=US/A=MAIL/S=Doe/@example.org", "/C=US/A=MAIL/S=Doe/@example.org"),
	SAME("null of a mailer", "MAILER-DAEMON", "MAILER-DAEMON ~"),
	DIFF("Notes address", "CN=John Doe/O=Example", "!CN=John Doe/O=Example {M} ~", DROPS),
	SAME("via a list", "\"John Doe via List\" <list@example.org>", "[John Doe via List] list@example.org"),
	SAME("name with slash", "John/Sales <a@example.org>", "[John/Sales] a@example.org"),
	SAME("name with equals", "a=b <a@example.org>", "[a=b] a@example.org"),
	SAME("name with comma in quotes and comment", "\"Doe, John\" (work) <a@example.org>", "[Doe, John] a@example.org"),
	DIFF("list in angles", "<a@example.org, b@example.org>", "a@example.org + !b@example.org> + b@example.org {M} ~", "gmime lets the angle end after the list, we do not take that for one address"),
	DIFF("list in angles with semicolon", "<a@example.org; b@example.org>", "a@example.org + !b@example.org> + b@example.org {M} ~", IGNORES_REST),
	DIFF("angle in route", "<@relay.example:<a@example.org>>", "!<a@example.org + a@example.org {MD} ~", DROPS),
	SAME("full-width letters in domain", "a@ｉnside.example", "a@ｉnside.example {D} ~"),
	SAME("full-width dot in domain", "a@inside．example", "a@inside．example {D} ~"),
	SAME("ideographic dot in domain", "a@inside。example", "a@inside。example {D} ~"),
	SAME("upper case U-label", "a@BÜCHER.example", "a@BÜCHER.example {D} ~"),
	SAME("variation selector in domain", "a@insi\357\270\217de.example", "a@insi\357\270\217de.example {D} ~"),
	DIFF("A-label", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example", "gmime shows A-labels as U-labels"),
	SAME("A-label in upper case", "a@XN--BCHER-KVA.example", "a@XN--BCHER-KVA.example"),
	SAME("decomposed U-label", "a@bu\314\210cher.example", "a@bu\314\210cher.example {D} ~"),
};
/* clang-format on */

static void add_item(struct buf *to, struct str text)
{
	if (to->n)
		buf_text(to, " + ");
	buf_add(to, text);
}

static void render_item(const struct address *a, struct arena *mem, struct buf *to)
{
	struct buf item = {0};
	if (a->name.n) {
		buf_byte(&item, '[');
		buf_add(&item, a->name);
		buf_text(&item, "] ");
	}
	if (a->invalid)
		buf_byte(&item, '!');
	buf_add(&item, a->spec);
	add_item(to, arena_str(mem, buf_str(&item)));
	buf_free(&item);
}

static void render(const struct address_list *list, struct arena *mem, struct buf *to)
{
	for (size_t i = 0; i < list->count; i++)
		render_item(&list->items[i], mem, to);
	if (list->malformed || list->doubtful || list->group)
		buf_fmt(to, "%s{%s%s%s}", to->n ? " " : "", list->malformed ? "M" : "",
			list->doubtful ? "D" : "", list->group ? "G" : "");
	if (address_list_is_ambiguous(list))
		buf_text(to, to->n ? " ~" : "~");
}

static void add_gmime(InternetAddressList *list, struct buf *to)
{
	for (int i = 0; i < internet_address_list_length(list); i++) {
		InternetAddress *a = internet_address_list_get_address(list, i);
		if (INTERNET_ADDRESS_IS_GROUP(a))
			add_gmime(
				internet_address_group_get_members(INTERNET_ADDRESS_GROUP(a)), to);
		else
			add_item(to, str_of(internet_address_mailbox_get_addr(
					     INTERNET_ADDRESS_MAILBOX(a))));
	}
}

static void expect(struct str is, struct str expected)
{
	if (!str_eq(is, expected))
		fail_msg("is       \"%.*s\"\nexpected \"%.*s\"", STR_ARGS(is), STR_ARGS(expected));
}

/* gmime's reading against ours, addresses only. */
static void compare(
	const struct header_row *row, const struct address_list *list, struct arena *mem)
{
	struct buf ours = {0}, theirs = {0};
	InternetAddressList *parsed =
		internet_address_list_parse(NULL, arena_cstr(mem, row->value));
	if (parsed) {
		add_gmime(parsed, &theirs);
		g_object_unref(parsed);
	}
	for (size_t i = 0; i < list->count; i++)
		add_item(&ours, list->items[i].spec);
	struct str a = arena_str(mem, buf_str(&ours)), b = arena_str(mem, buf_str(&theirs));
	buf_free(&ours);
	buf_free(&theirs);
	if (!row->differs)
		expect(b, a);
	else if (str_eq(a, b))
		fail_msg("no difference from gmime any more: %s", row->differs);
}

static void test_header(void **state)
{
	const struct header_row *row = *state;
	struct arena *mem = arena_new();
	struct buf b = {0};
	struct address_list list = address_parse_list(row->value, mem);
	render(&list, mem, &b);
	struct str rendered = arena_str(mem, buf_str(&b));
	buf_free(&b);
	expect(rendered, row->expected);
	compare(row, &list, mem);
	arena_free(mem);
}

/* ---- envelopes: local|domain|spec, or ! and the text ---- */

struct text_row {
	const char *name;
	struct str value, expected;
};

#define TEXT(name, value, expected)                                                                \
	{                                                                                          \
		name, STR_LIT(value), STR_LIT(expected)                                            \
	}
#define X10(s) s s s s s s s s s s

static const struct text_row envelope_rows[] = {
	TEXT("envelope: plain", "a@example.org", "a|example.org|a@example.org"),
	TEXT("envelope: angle", "<a@example.org>", "a|example.org|a@example.org"),
	TEXT("envelope: blanks round it", " <a@example.org>\n", "a|example.org|a@example.org"),
	TEXT("envelope: null sender", "<>", "||"),
	TEXT("envelope: empty", "", "||"),
	TEXT("envelope: tab in a quoted local part, as in a header", "\"a\tb\"@example.org",
		"a\tb|example.org|\"a\tb\"@example.org"),
	TEXT("envelope: tab in a local part without its quotes", "a\tb@example.org",
		"a\tb|example.org|\"a\tb\"@example.org"),
	TEXT("envelope: tab in the domain", "a@exam\tple.org", "!a@exam\tple.org"),
	TEXT("envelope: final dot", "a@example.org.", "a|example.org|a@example.org"),
	TEXT("envelope: literal", "a@[192.0.2.1]", "a|[192.0.2.1]|a@[192.0.2.1]"),
	TEXT("envelope: bare local part", "root", "root||root"),
	TEXT("envelope: detail", "a+b@example.org", "a+b|example.org|a+b@example.org"),
	TEXT("envelope: every kind of word", "a.b-c_d+e.1@f-g.2.example",
		"a.b-c_d+e.1|f-g.2.example|a.b-c_d+e.1@f-g.2.example"),
	TEXT("envelope: a minus ends the domain", "a@example-", "a|example-|a@example-"),
	TEXT("envelope: a final dot in the local part", "a.@b.example",
		"a.|b.example|\"a.\"@b.example"),
	TEXT("envelope: case stays", "A@Example.ORG", "A|Example.ORG|A@Example.ORG"),
	TEXT("envelope: route", "<@relay.example:a@example.org>", "a|example.org|a@example.org"),
	TEXT("envelope: route of two", "@one.example,@two.example:a@b.example",
		"a|b.example|a@b.example"),
	TEXT("envelope: quoted", "\"a b\"@example.org", "a b|example.org|\"a b\"@example.org"),
	TEXT("envelope: quoted without need", "\"a\"@example.org", "a|example.org|a@example.org"),
	TEXT("envelope: unquoted blank", "a b@example.org", "a b|example.org|\"a b\"@example.org"),
	TEXT("envelope: unquoted @", "a@b@example.org", "a@b|example.org|\"a@b\"@example.org"),
	TEXT("envelope: unquoted comment", "a(b)@example.org",
		"a(b)|example.org|\"a(b)\"@example.org"),
	TEXT("envelope: unquoted backslash", "a\\b@example.org",
		"a\\b|example.org|\"a\\\\b\"@example.org"),
	TEXT("envelope: two dots", "a..b@example.org", "a..b|example.org|\"a..b\"@example.org"),
	TEXT("envelope: UTF-8", "jörg@bücher.example", "jörg|bücher.example|jörg@bücher.example"),
	TEXT("envelope: slash", "../etc@example.org", "../etc|example.org|\"../etc\"@example.org"),
	TEXT("envelope: long local part", X10("0123456789") "0@example.org",
		X10("0123456789") "0|example.org|" X10("0123456789") "0@example.org"),
	TEXT("envelope: no local part", "@example.org", "!@example.org"),
	TEXT("envelope: no domain", "a@", "!a@"),
	TEXT("envelope: dot first in domain", "a@.example.org", "!a@.example.org"),
	TEXT("envelope: two dots in domain", "a@example..org", "!a@example..org"),
	TEXT("envelope: blank in domain", "a@exam ple.org", "!a@exam ple.org"),
	TEXT("envelope: slash in domain", "a@../x", "!a@../x"),
	TEXT("envelope: NUL", "a\000b@example.org", "!a\000b@example.org"),
	TEXT("envelope: LF", "a\nb@example.org", "!a\nb@example.org"),
	TEXT("envelope: control in quotes", "\"a\007b\"@example.org", "!\"a\007b\"@example.org"),
	TEXT("envelope: quote without end", "\"a@example.org", "!\"a@example.org"),
	TEXT("envelope: label too long", "a@" X10("0123456") ".example",
		"!a@" X10("0123456") ".example"),
	TEXT("envelope: domain too long", "a@" X10(X10("a.")) X10("bcdef.") "example",
		"!a@" X10(X10("a.")) X10("bcdef.") "example"),
	TEXT("envelope: Latin-1 domain", "a@b\374cher.example", "!a@b\374cher.example"),
	TEXT("envelope: Latin-1 local part", "j\366rg@example.org",
		"j\366rg|example.org|j\366rg@example.org"),
};

static void test_envelope(void **state)
{
	const struct text_row *row = *state;
	struct arena *mem = arena_new();
	struct buf b = {0};
	struct address a = address_parse_envelope(row->value, mem);
	if (a.invalid) {
		buf_byte(&b, '!');
	} else {
		buf_add(&b, a.local);
		buf_byte(&b, '|');
		buf_add(&b, a.domain);
		buf_byte(&b, '|');
	}
	buf_add(&b, a.spec);
	struct str rendered = arena_str(mem, buf_str(&b));
	buf_free(&b);
	expect(rendered, row->expected);
	arena_free(mem);
}

/* ---- keys ---- */

static const struct text_row key_rows[] = {
	TEXT("key: case", "John.Doe@EXAMPLE.Org", "john.doe@example.org"),
	TEXT("key: quotes", "\"John\"@example.org", "john@example.org"),
	TEXT("key: quotes that are needed", "\"John Doe\"@example.org", "john doe@example.org"),
	TEXT("key: U-label", "a@Bücher.Example", "a@xn--bcher-kva.example"),
	TEXT("key: A-label", "a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
	TEXT("key: UTF-8 local part stays", "JÖRG@example.org", "jÖrg@example.org"),
	TEXT("key: literal", "a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]"),
	TEXT("key: bare local part", "Root", "root"),
	TEXT("key: null sender", "<>", ""),
	TEXT("key: @ in the local part", "\"a@inside.example\"@evil.example",
		"a@inside.example@evil.example"),
	TEXT("key: invalid", "a@EXAMPLE..org", "a@example..org"),
};

static void test_key(void **state)
{
	const struct text_row *row = *state;
	struct arena *mem = arena_new();
	struct address a = address_parse_envelope(row->value, mem);
	expect(address_key(&a, mem), row->expected);
	arena_free(mem);
}

/* ---- details ---- */

struct detail_row {
	const char *name, *local, *delimiters, *user, *detail;
};

static const struct detail_row detail_rows[] = {
	{"detail: plus", "john+lists", "+", "john", "lists"},
	{"detail: none", "john", "+", "john", ""},
	{"detail: empty", "john+", "+", "john", ""},
	{"detail: the first counts", "john+a+b", "+", "john", "a+b"},
	{"detail: one of several delimiters", "john-a+b", "+-", "john", "a+b"},
	{"detail: other delimiter", "john-a", "+", "john-a", ""},
	{"detail: no delimiters", "john+a", "", "john+a", ""},
	{"detail: delimiter in front", "+john", "+", "+john", ""},
	{"detail: delimiter in front and after", "+john+a", "+", "+john", "a"},
	{"detail: delimiter alone", "+", "+", "+", ""},
	{"detail: empty local part", "", "+", "", ""},
};

static void test_detail(void **state)
{
	const struct detail_row *row = *state;
	struct str user, detail;
	address_split_detail(str_of(row->local), str_of(row->delimiters), &user, &detail);
	expect(user, str_of(row->user));
	expect(detail, str_of(row->detail));
}

/* ---- hostile sizes: the time grows with the text, and nothing breaks ---- */

struct huge_row {
	const char *name, *start, *repeated, *end;
};

static const struct huge_row huge_rows[] = {
	{"huge: commas", "", ",", ""},
	{"huge: addresses", "a@b.c", ",a@b.c", ""},
	{"huge: open parentheses", "a@b.c", "(", ""},
	{"huge: nested comments", "(((((", "()", ")))))"},
	{"huge: quotes", "\"", "\\\"", ""},
	{"huge: pairs of quotes", "", "\"\"", "<a@b.c>"},
	{"huge: open brackets", "", "[", "a@b.c"},
	{"huge: angles", "", "<", "a@b.c>"},
	{"huge: closed angles", "", "<a@b.c>", ""},
	{"huge: at signs", "a", "@a", ""},
	{"huge: dots", "a", ".", "@b.c"},
	{"huge: words", "", "a ", "<a@b.c>"},
	{"huge: one word", "", "a", "@b.c"},
	{"huge: domain", "a@b", ".b", ""},
	{"huge: groups", "", "a:", ""},
	{"huge: semicolons", "", ";", ""},
	{"huge: route", "<", "@a,", ":a@b.c>"},
	{"huge: quotes and control bytes", "", "\"\001", ""},
	{"huge: backslashes", "\"", "\\", "a@b.c"},
	{"huge: encoded words", "", "=?", "@b.c"},
	{"huge: blanks", "a", " ", "@b.c"},
};

static double parse_seconds(const struct huge_row *row, size_t size)
{
	struct arena *mem = arena_new();
	struct buf b = {0};
	buf_text(&b, row->start);
	while (b.n < size)
		buf_text(&b, row->repeated);
	buf_text(&b, row->end);
	clock_t start = clock();
	struct address_list list = address_parse_list(buf_str(&b), mem);
	clock_t end = clock();
	assert_true(list.count <= ADDRESS_MAX_ITEMS);
	buf_free(&b);
	arena_free(mem);
	return (double)(end - start) / CLOCKS_PER_SEC;
}

static void test_huge(void **state)
{
	/* A quadratic parser needs minutes for this; the limit only has to be far from both. */
	assert_true(parse_seconds(*state, (size_t)1 << 20) < 5);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_header, header_rows),
		TABLE(test_envelope, envelope_rows),
		TABLE(test_key, key_rows),
		TABLE(test_detail, detail_rows),
		TABLE(test_huge, huge_rows),
	};
	g_mime_init();
	int failed = table_run("address", tables, sizeof tables / sizeof *tables);
	g_mime_shutdown();
	return failed;
}
