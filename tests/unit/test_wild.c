#include "base/wild.h"

#include "base/address.h"
#include "base/buf.h"
#include "tests/unit/table.h"

#include <string.h>

/* ---- the plain match ---- */

struct match_row {
	const char *name;
	struct str pattern, text;
	bool matches;
};

#define YES(pattern, text)                                                                         \
	{                                                                                          \
		"\"" pattern "\" matches \"" text "\"", STR_LIT(pattern), STR_LIT(text), true      \
	}
#define NO(pattern, text)                                                                          \
	{                                                                                          \
		"\"" pattern "\" not \"" text "\"", STR_LIT(pattern), STR_LIT(text), false         \
	}

static const struct match_row match_rows[] = {
	YES("", ""),
	YES("abc", "abc"),
	YES("*", ""),
	YES("*", "abc"),
	YES("**", "abc"),
	YES("a*", "a"),
	YES("a*", "abc"),
	YES("*c", "abc"),
	YES("a*c", "ac"),
	YES("a*c", "abcbc"),
	YES("*b*", "abc"),
	YES("a*b*c", "aXbXbXc"),
	YES("?", "a"),
	YES("a?c", "abc"),
	YES("?*", "a"),
	YES("*?", "abc"),
	YES("*??", "ab"),
	YES("?", "ü"),
	YES("a?c", "aüc"),
	YES("*ü", "aü"),
	YES("*?ü", "üü"),
	YES("??", "例子"),
	YES("?", "\374"),
	YES("a\000*", "a\000b"),
	YES("*ab", "aab"),
	YES("*aab", "aaaab"),
	NO("", "a"),
	NO("a", ""),
	NO("abc", "abd"),
	NO("abc", "ab"),
	NO("abc", "abcd"),
	NO("abc", "ABC"),
	NO("a*c", "ab"),
	NO("*b", "abc"),
	NO("?", ""),
	NO("?", "ab"),
	NO("??", "ü"),
	NO("?*", ""),
	NO("*??", "a"),
	NO("a*b*c", "aXcXb"),
	NO("a?c", "ac"),
};

static void test_match(void **state)
{
	const struct match_row *row = *state;
	assert_int_equal(wild_match(row->pattern, row->text), row->matches);
}

/* ---- entries against addresses ---- */

struct entry_row {
	const char *name;
	const char *entry, *address;
	bool matches;
};

#define HIT(entry, address)                                                                        \
	{                                                                                          \
		entry " matches " address, entry, address, true                                    \
	}
#define MISS(entry, address)                                                                       \
	{                                                                                          \
		entry " does not match " address, entry, address, false                            \
	}

static const struct entry_row entry_rows[] = {
	HIT("toto@example.org", "toto@example.org"),
	HIT("toto@example.org", "Toto@EXAMPLE.ORG"),
	HIT("TOTO@Example.Org", "toto@example.org"),
	HIT("  toto@example.org  ", "toto@example.org"),
	HIT("toto@example.org.", "toto@example.org"),
	HIT("toto@example.org", "toto@example.org."),
	HIT("toto@example.org", "\"toto\"@example.org"),
	MISS("toto@example.org", "tata@example.org"),
	MISS("toto@example.org", "toto@example.com"),
	MISS("toto@example.org", "toto@a.example.org"),
	MISS("toto@example.org", "toto@example.org.evil.example"),
	MISS("toto@example.org", "atoto@example.org"),
	MISS("toto@example.org", "toto+x@example.org"),
	MISS("toto@example.org", "toto"),
	HIT("toto+*@example.org", "toto+x@example.org"),
	MISS("toto+*@example.org", "toto@example.org"),
	HIT("*@example.org", "anybody@example.org"),
	HIT("*@example.org", "a+b.c@example.org"),
	MISS("*@example.org", "a@a.example.org"),
	MISS("*@example.org", "a@evilexample.org"),
	HIT("toto*@example.org", "toto@example.org"),
	HIT("toto*@example.org", "toto99@example.org"),
	MISS("toto*@example.org", "atoto@example.org"),
	HIT("*toto@example.org", "atoto@example.org"),
	HIT("t*o@example.org", "tito@example.org"),
	HIT("to?o@example.org", "tomo@example.org"),
	MISS("to?o@example.org", "too@example.org"),
	HIT("to?o@example.org", "toüo@example.org"),
	HIT("toto@*example.org", "toto@example.org"),
	HIT("toto@*example.org", "toto@a.example.org"),
	HIT("toto@*example.org", "toto@a.b.example.org"),
	MISS("toto@*example.org", "toto@evilexample.org"),
	MISS("toto@*example.org", "toto@a.evilexample.org"),
	MISS("toto@*example.org", "toto@example.org.evil.example"),
	MISS("toto@*example.org", "tata@example.org"),
	HIT("toto@*.example.org", "toto@a.example.org"),
	HIT("toto@*.example.org", "toto@a.b.example.org"),
	MISS("toto@*.example.org", "toto@example.org"),
	MISS("toto@*.example.org", "toto@evilexample.org"),
	HIT("*@*example.org", "a@a.example.org"),
	HIT("*example.org", "a@example.org"),
	HIT("*example.org", "a@a.example.org"),
	MISS("*example.org", "a@evilexample.org"),
	HIT("*.example.org", "a@a.example.org"),
	MISS("*.example.org", "a@example.org"),
	HIT("example.org", "a@example.org"),
	HIT("Example.ORG", "a@example.org"),
	MISS("example.org", "a@a.example.org"),
	MISS("example.org", "a@evilexample.org"),
	MISS("example.org", "example.org"),
	HIT("example.*", "a@example.org"),
	HIT("example.*", "a@example.co.example"),
	MISS("example.*", "a@a.example.org"),
	HIT("exam?le.org", "a@example.org"),
	MISS("exam?le.org", "a@examle.org"),
	HIT("mail*.example.org", "a@mail3.example.org"),
	MISS("mail*.example.org", "a@smtp.mail3.example.org"),
	HIT("*mail*.example.org", "a@mail3.example.org"),
	HIT("*mail*.example.org", "a@smtp.mail3.example.org"),
	MISS("*mail*.example.org", "a@evilmail3.example.org"),
	HIT("?*example.org", "a@evilexample.org"),
	HIT("**example.org", "a@evilexample.org"),
	HIT("*@*org", "a@b.org"),
	HIT("*@*org", "a@b.c.org"),
	MISS("*@*org", "a@borg"),
	HIT("toto@*", "toto@example.org"),
	HIT("toto@*", "toto@localhost"),
	HIT("toto@*", "toto"),
	MISS("toto@*", "tata@example.org"),
	HIT("*@*", "a@example.org"),
	MISS("*@*", "<>"),
	MISS("toto@*", "<>"),
	HIT("root@localhost", "root@localhost"),
	HIT("a@[192.0.2.1]", "a@[192.0.2.1]"),
	MISS("a@[192.0.2.1]", "a@[192.0.2.2]"),
	HIT("[IPv6:2001:DB8::1]", "a@[IPv6:2001:db8::1]"),
	HIT("bücher.example", "a@xn--bcher-kva.example"),
	HIT("xn--bcher-kva.example", "a@bücher.example"),
	HIT("a@BÜCHER.example", "a@bücher.example"),
	HIT("*bücher.example", "a@bücher.example"),
	HIT("*bücher.example", "a@shop.bücher.example"),
	MISS("*bücher.example", "a@xbücher.example"),
	HIT("*.bücher.example", "a@shop.bücher.example"),
	HIT("bücher.*", "a@bücher.example"),
	HIT("shop?.bücher.example", "a@shop1.xn--bcher-kva.example"),
	HIT("bücher．example", "a@bücher.example"),
	MISS("a@＊", "a@example.org"),
	MISS("*@x.＊", "a@x.example"),
	MISS("inside.example", "a@x＠inside.example"),
	HIT("jörg@example.org", "jörg@example.org"),
	HIT("\"john doe\"@example.org", "\"john doe\"@example.org"),
	HIT("\"john\"@example.org", "john@example.org"),
	HIT("\"a@b\"@example.org", "\"a@b\"@example.org"),
	HIT("\"a\\\"b\"@example.org", "\"a\\\"b\"@example.org"),
	HIT("evil.example", "\"a@inside.example\"@evil.example"),
	MISS("inside.example", "\"a@inside.example\"@evil.example"),
	MISS("a@inside.example", "\"a@inside.example\"@evil.example"),
	HIT("a%b@example.org", "a%b@example.org"),
	HIT("o'brien@example.org", "o'brien@example.org"),
};

static struct wild parse(const char *entry, struct arena *mem)
{
	struct wild w;
	const char *why;
	if (!wild_parse(str_of(entry), mem, &w, &why))
		fail_msg("%s is refused: %s", entry, why);
	return w;
}

static void test_entry(void **state)
{
	const struct entry_row *row = *state;
	struct arena *mem = arena_new();
	struct wild w = parse(row->entry, mem);
	struct address a = address_parse_envelope(str_of(row->address), mem);
	assert_int_equal(wild_matches(&w, address_key(&a, mem)), row->matches);
	arena_free(mem);
}

/* ---- what is no entry ---- */

struct refusal_row {
	const char *name;
	struct str entry;
	const char *says; /* a part of the sentence */
};

#define REFUSED(name, entry, says)                                                                 \
	{                                                                                          \
		name, STR_LIT(entry), says                                                         \
	}
#define X10(s) s s s s s s s s s s

static const struct refusal_row refusal_rows[] = {
	REFUSED("refused: empty", "", "empty"),
	REFUSED("refused: blanks", "  \t", "empty"),
	REFUSED("refused: bare word", "foo", "foo@*"),
	REFUSED("refused: bare word with a star", "foo*", "foo@*"),
	REFUSED("refused: bare top level", "*org", "needs a dot"),
	REFUSED("refused: star alone", "*", "*@*"),
	REFUSED("refused: two @", "a@b@example.org", "more than one @"),
	REFUSED("refused: two @ in a row", "a@@example.org", "more than one @"),
	REFUSED("refused: no local part", "@example.org", "*@domain"),
	REFUSED("refused: no domain", "a@", "user@*"),
	REFUSED("refused: @ alone", "@", "domain"),
	REFUSED("refused: blank in local part", "a b@example.org", "blanks"),
	REFUSED("refused: blank before @", "a @example.org", "blanks"),
	REFUSED("refused: blank in domain", "a@example .org", "blanks"),
	REFUSED("refused: two entries", "a@example.org b@example.org", "one entry on each line"),
	REFUSED("refused: two domains", "example.org example.com", "one entry on each line"),
	REFUSED("refused: comma", "a@example.org,b@example.org", "more than one @"),
	REFUSED("refused: comma and domain", "example.org,example.com", "not allowed in domains"),
	REFUSED("refused: angle brackets", "<a@example.org>", "without < and >"),
	REFUSED("refused: name", "John <a@example.org>", "without < and >"),
	REFUSED("refused: dot before the domain", ".example.org", "*.domain"),
	REFUSED("refused: dot after the @", "a@.example.org", "*.domain"),
	REFUSED("refused: two dots in domain", "a@example..org", "two dots"),
	REFUSED("refused: slash", "example.org/x", "not allowed in domains"),
	REFUSED("refused: regular expression", "^.*@example\\.org$", "domain"),
	REFUSED("refused: NUL", "a\000b@example.org", "control"),
	REFUSED("refused: escape", "\033[31m@example.org", "control"),
	REFUSED("refused: delete", "a\177@example.org", "control"),
	REFUSED("refused: Latin-1", "j\366rg@example.org", "UTF-8"),
	REFUSED("refused: UTF-16", "a\000@\000", "control"),
	REFUSED("refused: too long", X10(X10("abc.")) "org", "320"),
	REFUSED("refused: wildcard in a label that is not ASCII", "büch*.example", "not ASCII"),
	REFUSED("refused: quote without end", "\"a@example.org", "quotes"),
	REFUSED("refused: quote inside", "\"a\"b\"@example.org", "quote too many"),
	REFUSED("refused: escaped closing quote", "\"a\\\"@example.org", "missing"),
	REFUSED("refused: parentheses", "a(b)@example.org", "quotes"),
	REFUSED("refused: literal without end", "a@[192.0.2.1", "not allowed in domains"),
	REFUSED("refused: literal with rubbish", "a@[x/y]", "literal"),
	REFUSED("refused: colon", "mailto:a@example.org", "quotes"),
};

static void test_refusal(void **state)
{
	const struct refusal_row *row = *state;
	struct arena *mem = arena_new();
	struct wild w;
	const char *why = NULL;
	assert_false(wild_parse(row->entry, mem, &w, &why));
	assert_non_null(why);
	if (!strstr(why, row->says))
		fail_msg("says \"%s\", without \"%s\"", why, row->says);
	arena_free(mem);
}

/* ---- how specific an entry is ---- */

struct literals_row {
	const char *name, *entry;
	unsigned literals;
};

static const struct literals_row literals_rows[] = {
	{"literals: address", "toto@example.org", 15},
	{"literals: any local part", "*@example.org", 11},
	{"literals: bare domain, the same", "example.org", 11},
	{"literals: with subdomains, the same", "*example.org", 11},
	{"literals: subdomains alone, the dot counts", "*.example.org", 12},
	{"literals: prefix", "to*@example.org", 13},
	{"literals: question mark", "tot?@example.org", 14},
	{"literals: local part alone", "toto@*", 4},
	{"literals: everything", "*@*", 0},
	{"literals: characters, not bytes", "jörg@example.org", 15},
	{"literals: A-labels", "bücher.example", 21},
};

static void test_literals(void **state)
{
	const struct literals_row *row = *state;
	struct arena *mem = arena_new();
	assert_int_equal(parse(row->entry, mem).literals, row->literals);
	arena_free(mem);
}

/* ---- what it costs: tests/e2e/parts-cost.sh ---- */

static void test_killer(void **state)
{
	struct buf pattern = {0}, text = {0};
	(void)state;
	for (int i = 0; i < 100; i++)
		buf_text(&pattern, "*a");
	buf_text(&pattern, "*b");
	for (int i = 0; i < 998; i++)
		buf_byte(&text, 'a');
	assert_false(wild_match(buf_str(&pattern), buf_str(&text)));
	buf_free(&pattern);
	buf_free(&text);
}

static void test_long_key(void **state)
{
	struct arena *mem = arena_new();
	struct wild w = parse("*@*", mem);
	struct buf key = {0};
	(void)state;
	for (int i = 0; i < 999; i++)
		buf_byte(&key, 'a');
	assert_false(wild_matches(&w, buf_str(&key)));
	key.n--;
	assert_true(wild_matches(&w, buf_str(&key)));
	buf_free(&key);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_match, match_rows),
		TABLE(test_entry, entry_rows),
		TABLE(test_refusal, refusal_rows),
		TABLE(test_literals, literals_rows),
		TABLE_OF_ONE(test_killer, "a pattern of many stars"),
		TABLE_OF_ONE(test_long_key, "a key that is too long matches nothing"),
	};
	return table_run("wild", tables, sizeof tables / sizeof *tables);
}
