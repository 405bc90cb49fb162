#include "tests/lib/pairs.h"

#define COUNT(list)     (sizeof(list) / sizeof *(list))
#define ONE_OF(p, list) ((list)[below((p), COUNT(list))])

/* ---- chance ---- */

/* splitmix64: any seed is a good one. */
static uint64_t next(struct pair *p)
{
	uint64_t z = (p->chance += 0x9e3779b97f4a7c15ULL);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static size_t below(struct pair *p, size_t n)
{
	return (size_t)(next(p) % n);
}

static bool one_in(struct pair *p, size_t n)
{
	return below(p, n) == 0;
}

static bool is_full(const struct pair *p)
{
	return p->dialect == PAIRS_FULL;
}

/* ---- words that both sides are made of, so that they meet ---- */

static const char *const texts[] = {"hello", "Hello world", "re: hello", "[list] news", "list",
	"spam", "world", "abc", "ABC", "abcabc", "a", "b", "12", "007", "7", "100", "score=5",
	"a b", "a.b", "hello*", "what?", "?", "*", "x-y_z", "news of the world", "--", "0",
	"5 apples"};
static const char *const full_texts[] = {"gr\303\274\303\237e", "GR\303\234\303\237E", "", " ",
	"4294967296", "99999999999999999999", "-5", "abc\\\\def", "a\\\"b", "a\\*b", "\xe2\x82\xac",
	"tab\there", "  two  blanks  "};
static const char *const encoded[] = {"=?utf-8?q?gr=C3=BC=C3=9Fe?=", "=?iso-8859-1?Q?Gr=FC=DFe?=",
	"=?UTF-8?B?aGVsbG8gd29ybGQ=?=", "=?us-ascii?q?hello?= =?us-ascii?q?world?=",
	"re: =?utf-8?q?hello_world?=", "=?utf-8?q?a?=b"};
static const char *const patterns[] = {"*", "*hello*", "?ello", "*list*", "h*o", "*o*o*", "a?c",
	"??", "*b", "a*", "[list]*", "*score=?", "re:*", "*.example", "*@*", "j*@*.*", "*a*b*c*"};
static const char *const full_patterns[] = {
	"\\\\*", "*\\\\*", "what\\\\?", "*\xc3\xbc*", "?r??e", "", "**", "*?", "a\\\\\\\\*"};
static const char *const addresses[] = {"joe@a.example", "ann@b.example", "Joe@A.Example",
	"joe+shop@a.example", "boss@mail.b.example", "root@c.example", "j.d@a.example"};
static const char *const written[] = {"joe@a.example", "<ann@b.example>", "Joe Doe <joe@a.example>",
	"\"Doe, Joe\" <joe@a.example>", "JOE@A.EXAMPLE", "Ann <ann@b.example>, Joe <joe@a.example>",
	"joe+shop@a.example", "boss@mail.b.example", "root@c.example,j.d@a.example",
	"The Boss <boss@mail.b.example>"};
static const char *const full_written[] = {"joe@a.example (Joe)", "(x) Ann (y) <ann@b.example>",
	"friends: joe@a.example, Ann <ann@b.example>;", "\"joe\"@a.example",
	"=?utf-8?q?J=C3=B6?= <joe@a.example>", "<@relay.example:joe@a.example>",
	"\"a b\"@c.example", "Joe\r\n <joe@a.example>", "ann@b.example,\r\n\tjoe@a.example"};
static const char *const text_headers[] = {"subject", "x-list", "x-score", "list-id", "x-other"};
static const char *const address_headers[] = {"from", "to", "cc", "sender", "reply-to"};
/* The last one, which keep may be, has flags of its own in every implementation. */
static const char *const folders[] = {"A", "B", "Lists", "Work/Old", "x y", "Copies", "INBOX"};
/* The first three are in RFC 3028. */
static const char *const dates[] = {"Mon, 23 Nov 2026 23:30:05 -0530", "1 Jan 2027 00:00:00 +0000",
	"Sat, 29 Feb 2020 12:00:00 +0100 (CET)", "Thu, 01 Jan 1970 00:00:00 +0000", "tomorrow",
	"Fri, 31 Dec 1999 23:59:59 GMT", "from a by b; Sun, 22 Nov 2026 10:00:00 +0000", "12"};
static const char *const date_parts[] = {"year", "month", "day", "date", "julian", "hour", "minute",
	"second", "time", "iso8601", "zone", "weekday"};
static const char *const date_keys[] = {"2026", "11", "23", "2026-11-23", "61367", "23", "30", "05",
	"23:30:05", "2027-01-01T00:00:00Z", "+0000", "0", "1", "00", "12", "01", "1970", "-0530"};
static const char *const zones[] = {
	"", ":zone \"+0000\" ", ":zone \"-0800\" ", ":zone \"+0545\" ", ":originalzone "};
static const char *const expressions[] = {"${a}", "${b}", "${1}", "x${2}", "${a}-${1}", "${0}",
	"${A}${b}", "${none}", "${3}", "$", "${", "${a", "${a b}", "${1a}", "${12}"};
static const char *const modifiers[] = {"", "", ":lower ", ":upper ", ":upperfirst ", ":length ",
	":lowerfirst :upper ", ":quotewildcard ", ":length :quotewildcard "};
static const char *const parts[] = {":all", ":localpart", ":domain", ":user", ":detail"};

static const char *text(struct pair *p)
{
	if (is_full(p) && one_in(p, 10))
		return ONE_OF(p, expressions);
	return is_full(p) && one_in(p, 4) ? ONE_OF(p, full_texts) : ONE_OF(p, texts);
}

static const char *pattern(struct pair *p)
{
	return is_full(p) && one_in(p, 4) ? ONE_OF(p, full_patterns) : ONE_OF(p, patterns);
}

/* ---- the message ---- */

/* What a string of a script means: without the backslashes of its quotes. */
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

/* A first line of blanks with the text behind it is read in two ways: it is not made here. */
static void text_field(struct pair *p)
{
	static const char *const first[] = {"re:", "hello", "[list]", "5", "gr\303\274\303\237e"};
	put_name(p, ONE_OF(p, text_headers));
	buf_byte(&p->message, ' ');
	if (is_full(p) && one_in(p, 6)) {
		buf_text(&p->message, ONE_OF(p, first));
		buf_text(&p->message, "\r\n ");
	}
	if (is_full(p) && one_in(p, 4))
		buf_text(&p->message, ONE_OF(p, encoded));
	else
		put_unquoted(&p->message, text(p));
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

static void make_message(struct pair *p)
{
	size_t fields = 1 + below(p, 6), lines = below(p, 60);
	address_field(p, "from");
	address_field(p, "to");
	for (size_t i = 0; i < fields; i++) {
		if (one_in(p, 3))
			address_field(p, ONE_OF(p, address_headers));
		else if (is_full(p) && one_in(p, 4))
			date_field(p);
		else
			text_field(p);
	}
	buf_text(&p->message, "\r\n");
	for (size_t i = 0; i < lines; i++)
		buf_text(&p->message, "A line of the body, as long as any.\r\n");
}

/* ---- the script ---- */

static void put(struct pair *p, const char *words)
{
	buf_text(&p->script, words);
}

static void put_string(struct pair *p, const char *string)
{
	buf_fmt(&p->script, "\"%s\"", string);
}

/* A string, or a list of up to three. */
static void put_strings(struct pair *p, const char *(*choose)(struct pair *p))
{
	size_t n = one_in(p, 2) ? 1 : 1 + below(p, 3);
	if (n == 1 && one_in(p, 2)) {
		put_string(p, choose(p));
		return;
	}
	put(p, "[");
	for (size_t i = 0; i < n; i++) {
		put(p, i ? ", " : "");
		put_string(p, choose(p));
	}
	put(p, "]");
}

static const char *text_header(struct pair *p)
{
	return ONE_OF(p, text_headers);
}

static const char *any_header(struct pair *p)
{
	return one_in(p, 2) ? ONE_OF(p, text_headers) : ONE_OF(p, address_headers);
}

static const char *address_header(struct pair *p)
{
	return ONE_OF(p, address_headers);
}

static const char *address_key(struct pair *p)
{
	static const char *const keys[] = {"joe", "ann", "a.example", "b.example", "Mail.B.example",
		"joe@a.example", "ANN@b.example", "example", "root", "j.d", "+shop", "@", "shop"};
	return ONE_OF(p, keys);
}

/* Digits are what both agree on without an ado; anything else is infinity (RFC 4790 section 9.1). */
static const char *number(struct pair *p)
{
	static const char *const keys[] = {"0", "5", "7", "12", "100", "007"};
	return ONE_OF(p, keys);
}

static const char *choose_comparator(struct pair *p)
{
	if (one_in(p, 2) && !p->names_comparator)
		return "";
	return one_in(p, 2) ? ":comparator \"i;octet\" " : ":comparator \"i;ascii-casemap\" ";
}

/* Match type, comparator, where both stand in either order, and the function that makes fitting keys. */
static const char *(*put_matching(
	struct pair *p, const char *(*plain)(struct pair *p), bool countable))(struct pair *p)
{
	static const char *const types[] = {"", ":is ", ":contains ", ":matches "};
	static const char *const orders[] = {":value \"gt\" ", ":value \"ge\" ", ":value \"lt\" ",
		":value \"le\" ", ":value \"eq\" ", ":value \"ne\" "};
	if (is_full(p) && one_in(p, 6)) {
		put(p, one_in(p, 2) ? ONE_OF(p, orders) : ":is ");
		put(p, ":comparator \"i;ascii-numeric\" ");
		return number;
	}
	if (is_full(p) && countable && one_in(p, 8)) {
		static const char *const counts[] = {
			":count \"gt\" ", ":count \"eq\" ", ":count \"le\" ", ":count \"ne\" "};
		put(p, ONE_OF(p, counts));
		put(p, ":comparator \"i;ascii-numeric\" ");
		return number;
	}
	const char *type = ONE_OF(p, types), *comparator = choose_comparator(p);
	bool swapped = one_in(p, 2);
	put(p, swapped ? comparator : type);
	put(p, swapped ? type : comparator);
	return type[0] && type[1] == 'm' ? pattern : plain;
}

/* Behind it one name stands, without :count: Pigeonhole does not count so from the end. */
static bool put_index(struct pair *p)
{
	if (!is_full(p) || !one_in(p, 6))
		return false;
	buf_fmt(&p->script, ":index %zu ", 1 + below(p, 3));
	put(p, one_in(p, 3) ? ":last " : "");
	return true;
}

static const char *date_key(struct pair *p)
{
	return ONE_OF(p, date_keys);
}

static void date_test(struct pair *p)
{
	put(p, "date ");
	put(p, ONE_OF(p, zones));
	const char *(*key)(struct pair *) = put_matching(p, date_key, true);
	put(p, one_in(p, 2) ? "\"date\" " : "\"received\" ");
	put_string(p, ONE_OF(p, date_parts));
	put(p, " ");
	put_strings(p, key);
}

static void header_test(struct pair *p)
{
	put(p, "header ");
	bool one = put_index(p);
	const char *(*key)(struct pair *) = put_matching(p, text, !one);
	if (one)
		put_string(p, text_header(p));
	else
		put_strings(p, one_in(p, 4) && is_full(p) ? any_header : text_header);
	put(p, " ");
	put_strings(p, key);
}

/* What has no detail is counted by the one and not by the other, so that :detail is not counted here. */
static const char *(*put_part_and_matching(struct pair *p, bool countable))(struct pair *p)
{
	size_t part = one_in(p, 2) ? below(p, is_full(p) ? COUNT(parts) : 3) : 0;
	if (part || one_in(p, 2)) {
		put(p, parts[part]);
		put(p, " ");
	}
	return put_matching(p, address_key, countable && part != COUNT(parts) - 1);
}

static void address_test(struct pair *p)
{
	put(p, "address ");
	bool one = put_index(p);
	const char *(*key)(struct pair *) = put_part_and_matching(p, !one);
	if (one)
		put_string(p, address_header(p));
	else
		put_strings(p, address_header);
	put(p, " ");
	put_strings(p, key);
}

static void envelope_test(struct pair *p)
{
	put(p, "envelope ");
	const char *(*key)(struct pair *) = put_part_and_matching(p, true);
	put(p, one_in(p, 2) ? "\"from\" " : "\"to\" ");
	put_strings(p, key);
}

static void size_test(struct pair *p)
{
	buf_fmt(&p->script, "size %s ", one_in(p, 2) ? ":over" : ":under");
	if (one_in(p, 3))
		put(p, one_in(p, 2) ? "1K" : "2k");
	else
		buf_fmt(&p->script, "%zu", below(p, 3000));
}

static void exists_test(struct pair *p)
{
	put(p, "exists ");
	put_strings(p, any_header);
}

/* Without a comparator it is i;octet for Pigeonhole. */
static void string_test(struct pair *p)
{
	put(p, "string ");
	p->names_comparator = true;
	const char *(*key)(struct pair *) = put_matching(p, text, true);
	p->names_comparator = false;
	put_strings(p, text);
	put(p, " ");
	put_strings(p, key);
}

static void make_test(struct pair *p, unsigned depth);

static void list_test(struct pair *p, unsigned depth)
{
	size_t n = 1 + below(p, 3);
	put(p, one_in(p, 2) ? "allof (" : "anyof (");
	for (size_t i = 0; i < n; i++) {
		put(p, i ? ", " : "");
		make_test(p, depth + 1);
	}
	put(p, ")");
}

static void make_test(struct pair *p, unsigned depth)
{
	static void (*const simple[])(struct pair *) = {header_test, header_test, header_test,
		address_test, address_test, envelope_test, size_test, exists_test, string_test,
		date_test};
	if (depth < 3 && one_in(p, 5)) {
		list_test(p, depth);
	} else if (depth < 3 && one_in(p, 6)) {
		put(p, "not ");
		make_test(p, depth + 1);
	} else if (one_in(p, 20) && (depth == 0 || !is_full(p))) {
		/* In lists Pigeonhole leaves out the tests in front of a constant, and what they would capture. */
		put(p, one_in(p, 2) ? "true" : "false");
	} else {
		simple[below(p, COUNT(simple) - (is_full(p) ? 0 : 2))](p);
	}
}

static const char *flag(struct pair *p)
{
	static const char *const flags[] = {
		"\\\\Seen", "\\\\Flagged", "work", "$Label1", "\\\\Answered"};
	return ONE_OF(p, flags);
}

static void put_flags(struct pair *p)
{
	if (!is_full(p) || !one_in(p, 4))
		return;
	put(p, ":flags ");
	put_strings(p, flag);
	put(p, " ");
}

/* What is copied there and stored there is one to Pigeonhole, and does not cancel the implicit keep. */
static bool is_for_copies(size_t choice)
{
	return choice % 3 == 2;
}

static void fileinto_action(struct pair *p)
{
	size_t choice = below(p, COUNT(folders) - is_full(p));
	put(p, "fileinto ");
	if (is_full(p) && is_for_copies(choice))
		put(p, ":copy ");
	put_flags(p);
	if (is_full(p) && !is_for_copies(choice) && one_in(p, 4))
		buf_fmt(&p->script, "\"V/%s\"", expressions[below(p, 9)]);
	else
		put_string(p, folders[choice]);
	put(p, ";");
}

/* More than four would be over the limit of the one and not of the other. */
static void redirect_action(struct pair *p)
{
	size_t choice = below(p, COUNT(addresses));
	if (p->redirects++ >= 4) {
		put(p, "keep;");
		return;
	}
	put(p, "redirect ");
	if (is_full(p) && is_for_copies(choice))
		put(p, ":copy ");
	put_string(p, addresses[choice]);
	put(p, ";");
}

static void make_action(struct pair *p)
{
	static const char *const flagging[] = {"setflag", "addflag", "removeflag"};
	switch (below(p, is_full(p) ? 11 : 8)) {
	case 0:
	case 1:
	case 2:
		fileinto_action(p);
		break;
	case 3:
	case 4:
		put(p, "keep ");
		put_flags(p);
		put(p, ";");
		break;
	case 5:
		redirect_action(p);
		break;
	case 6:
		put(p, "discard;");
		break;
	case 8:
	case 9:
		buf_fmt(&p->script, "set %s\"%s\" \"%s%s\";", ONE_OF(p, modifiers),
			one_in(p, 2) ? "a" : "B", one_in(p, 2) ? text(p) : "",
			ONE_OF(p, expressions));
		break;
	case 7:
		put(p, one_in(p, 6) ? "reject \"go away\";" : "stop;");
		break;
	default:
		put(p, ONE_OF(p, flagging));
		put(p, " ");
		put_strings(p, flag);
		put(p, ";");
	}
}

static void make_block(struct pair *p, unsigned depth);

static void make_if(struct pair *p, unsigned depth)
{
	put(p, "if ");
	make_test(p, 0);
	make_block(p, depth + 1);
	while (one_in(p, 3)) {
		put(p, " elsif ");
		make_test(p, 0);
		make_block(p, depth + 1);
	}
	if (one_in(p, 3)) {
		put(p, " else");
		make_block(p, depth + 1);
	}
}

static void make_commands(struct pair *p, unsigned depth, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (depth < 3 && !one_in(p, 3))
			make_if(p, depth);
		else
			make_action(p);
		put(p, "\n");
	}
}

static void make_block(struct pair *p, unsigned depth)
{
	put(p, " {\n");
	make_commands(p, depth, below(p, 3));
	put(p, "}");
}

/* ---- both ---- */

void pair_make(struct pair *p, enum pairs_dialect dialect, unsigned long seed, size_t number)
{
	static const char *const senders[] = {"joe@a.example", "Ann@B.example", "root@c.example"};
	buf_clear(&p->script);
	buf_clear(&p->message);
	p->dialect = dialect;
	p->redirects = 0;
	p->chance = (uint64_t)seed * 0x100000001b3ULL + number;
	make_message(p);
	p->env.sender = str_of(ONE_OF(p, senders));
	p->env.recipient = p->env.original_recipient = p->env.mailbox =
		str_of(ONE_OF(p, addresses));
	put(p, is_full(p) ? "require [\"variables\", \"date\", \"index\", \"fileinto\", "
			    "\"reject\", \"envelope\", "
			    "\"copy\", "
			    "\"imap4flags\",\n\"subaddress\", \"relational\", "
			    "\"comparator-i;ascii-numeric\"];\n"
			  : "require [\"fileinto\", \"reject\", \"envelope\"];\n");
	make_commands(p, 0, 1 + below(p, 5));
}

void pair_free(struct pair *p)
{
	buf_free(&p->script);
	buf_free(&p->message);
}
