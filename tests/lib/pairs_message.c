#include "tests/lib/pairs_inside.h"

static const char *const texts[] = {"hello", "Hello world", "re: hello", "[list] news", "list",
	"spam", "world", "abc", "ABC", "abcabc", "a", "b", "12", "007", "7", "100", "score=5",
	"a b", "a.b", "hello*", "what?", "?", "*", "x-y_z", "news of the world", "--", "0",
	"5 apples"};
static const char *const full_texts[] = {"gr\303\274\303\237e", "GR\303\234\303\237E", "", " ",
	"4294967296", "99999999999999999999", "-5", "abc\\\\def", "a\\\"b", "a\\*b", "\xe2\x82\xac",
	"a_b", "  two  blanks  "};
static const char *const encoded[] = {"=?utf-8?q?gr=C3=BC=C3=9Fe?=", "=?iso-8859-1?Q?Gr=FC=DFe?=",
	"=?UTF-8?B?aGVsbG8gd29ybGQ=?=", "=?us-ascii?q?hello?= =?us-ascii?q?world?=",
	"re: =?utf-8?q?hello_world?=", "=?utf-8?q?a?=b"};
static const char *const written[] = {"joe@a.example", "<ann@b.example>", "Joe Doe <joe@a.example>",
	"\"Doe, Joe\" <joe@a.example>", "JOE@A.EXAMPLE", "Ann <ann@b.example>, Joe <joe@a.example>",
	"joe+shop@a.example", "boss@mail.b.example", "root@c.example,j.d@a.example",
	"The Boss <boss@mail.b.example>"};
static const char *const full_written[] = {"joe@a.example (Joe)", "(x) Ann (y) <ann@b.example>",
	"friends: joe@a.example, Ann <ann@b.example>;", "\"joe\"@a.example",
	"=?utf-8?q?J=C3=B6?= <joe@a.example>", "<@relay.example:joe@a.example>",
	"\"a b\"@c.example", "Joe\r\n <joe@a.example>", "ann@b.example,\r\n joe@a.example",
	"Ann\r\n\t<ann@b.example>,\r\n\tJoe <joe@a.example>"};
static const char *const dates[] = {"Mon, 23 Nov 2026 23:30:05 -0530", "1 Jan 2027 00:00:00 +0000",
	"Sat, 29 Feb 2020 12:00:00 +0100 (CET)", "Thu, 01 Jan 1970 00:00:00 +0000", "tomorrow",
	"Fri, 31 Dec 1999 23:59:59 GMT", "from a by b; Sun, 22 Nov 2026 10:00:00 +0000", "12"};
static const char *const text_headers[] = {"subject", "x-list", "x-score", "list-id", "x-other"};
static const char *const address_headers[] = {"from", "to", "cc", "sender", "reply-to"};
const char *const pair_expressions[PAIR_EXPRESSIONS] = {"${a}", "${b}", "${1}", "x${2}",
	"${a}-${1}", "${0}", "${A}${b}", "${none}", "${3}", "$", "${", "${a", "${a b}", "${1a}",
	"${12}", "${hex:61 62 63}", "a${hex:20}b", "${unicode:fc}", "${hex:61 zz}",
	"${hex: 53  70616d }"};

const char *pair_text_header(struct pair *p)
{
	return ONE_OF(p, text_headers);
}

const char *pair_address_header(struct pair *p)
{
	return ONE_OF(p, address_headers);
}

const char *pair_text(struct pair *p)
{
	if (is_full(p) && one_in(p, 10))
		return pair_expressions[below(p, PAIR_EXPRESSIONS)];
	return is_full(p) && one_in(p, 4) ? ONE_OF(p, full_texts) : ONE_OF(p, texts);
}

/* The value of a string in a script: without the backslashes. */
static void put_unquoted(struct buf *to, const char *string)
{
	for (; *string; string++) {
		if (*string == '\\')
			string++;
		buf_byte(to, *string);
	}
}

static void put_name(struct pair *p, const char *name)
{
	bool capital = one_in(p, 2);
	for (size_t i = 0; name[i]; i++) {
		bool letter = name[i] >= 'a' && name[i] <= 'z';
		buf_byte(&p->message, capital && letter && (i == 0 || name[i - 1] == '-')
					      ? (char)(name[i] - 32)
					      : name[i]);
	}
	buf_byte(&p->message, ':');
}

/* A blank first line that is followed by text can be read in two ways, so none is made here. */
static void text_field(struct pair *p)
{
	static const char *const folds[] = {
		"\r\n ", "\r\n ", "\r\n\t", "\r\n \t", "\r\n\t\t", "\r\n  ", " \r\n "};
	static const char *const first[] = {"re:", "hello", "[list]", "5", "gr\303\274\303\237e"};
	put_name(p, pair_text_header(p));
	buf_byte(&p->message, ' ');
	if (is_full(p) && one_in(p, 6)) {
		buf_text(&p->message, ONE_OF(p, first));
		buf_text(&p->message, ONE_OF(p, folds));
	}
	if (is_full(p) && one_in(p, 4))
		buf_text(&p->message, ONE_OF(p, encoded));
	else
		put_unquoted(&p->message, pair_text(p));
	buf_text(&p->message, "\r\n");
}

static void address_field(struct pair *p, const char *name)
{
	bool odd = is_full(p) && one_in(p, 3);
	put_name(p, name);
	buf_byte(&p->message, ' ');
	buf_text(&p->message, odd ? ONE_OF(p, full_written) : ONE_OF(p, written));
	buf_text(&p->message, "\r\n");
}

static void date_field(struct pair *p)
{
	put_name(p, one_in(p, 2) ? "date" : "received");
	buf_fmt(&p->message, " %s\r\n", ONE_OF(p, dates));
}

void pair_make_message(struct pair *p)
{
	size_t fields = 1 + below(p, 6), lines = below(p, 60);
	address_field(p, "from");
	address_field(p, "to");
	for (size_t i = 0; i < fields; i++) {
		if (one_in(p, 3))
			address_field(p, pair_address_header(p));
		else if (is_full(p) && one_in(p, 4))
			date_field(p);
		else
			text_field(p);
	}
	if (is_full(p) && one_in(p, 2)) {
		pair_make_parts(p);
		return;
	}
	buf_text(&p->message, "\r\n");
	for (size_t i = 0; i < lines; i++)
		buf_text(&p->message, "A line of the body, as long as any.\r\n");
}
