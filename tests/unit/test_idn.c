#include "base/idn.h"

#include "tests/unit/table.h"

struct row {
	const char *name;
	struct str domain, expected;
	bool exact;
};

#define EXACT(name, domain, expected)                                                              \
	{                                                                                          \
		name, STR_LIT(domain), STR_LIT(expected), true                                     \
	}
#define MAPPED(name, domain, expected)                                                             \
	{                                                                                          \
		name, STR_LIT(domain), STR_LIT(expected), false                                    \
	}
#define X10(s) s s s s s s s s s s

static const struct row rows[] = {
	EXACT("ASCII", "example.org", "example.org"),
	EXACT("upper case", "EXAMPLE.Org", "example.org"),
	EXACT("empty", "", ""),
	EXACT("literal", "[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]"),
	EXACT("ASCII that is no domain", "a..b_c", "a..b_c"),
	EXACT("ASCII with NUL", "A\000B", "a\000b"),
	EXACT("A-label", "xn--bcher-kva.example", "xn--bcher-kva.example"),
	EXACT("A-label in upper case", "XN--BCHER-KVA.example", "xn--bcher-kva.example"),
	EXACT("broken A-label stays", "xn--\x7f.example", "xn--\x7f.example"),
	EXACT("U-label", "bücher.example", "xn--bcher-kva.example"),
	EXACT("U-label, ASCII letters in upper case", "Bücher.EXAMPLE", "xn--bcher-kva.example"),
	EXACT("U-label beside A-label", "bücher.xn--bcher-kva", "xn--bcher-kva.xn--bcher-kva"),
	EXACT("sharp s is a letter of its own", "straße.example", "xn--strae-oqa.example"),
	EXACT("final sigma", "νίκος.example", "xn--kxawhkp.example"),
	EXACT("Chinese", "例子.广告", "xn--fsqu00a.xn--4rr70v"),
	EXACT("Arabic, from right to left", "مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"),
	MAPPED("U-label in upper case", "BÜCHER.example", "xn--bcher-kva.example"),
	MAPPED("decomposed",
		"bu\xcc\x88"
		"cher.example",
		"xn--bcher-kva.example"),
	MAPPED("full-width letters", "ｅｘａｍｐｌｅ.org", "example.org"),
	MAPPED("full-width dot", "bücher．example", "xn--bcher-kva.example"),
	MAPPED("ideographic dot", "bücher。example", "xn--bcher-kva.example"),
	MAPPED("half-width ideographic dot", "bücher｡example", "xn--bcher-kva.example"),
	MAPPED("full-width dot in ASCII", "example．org", "example.org"),
	MAPPED("full-width dot at the end", "bücher.example．", "xn--bcher-kva.example"),
	MAPPED("soft hyphen", "exam\302\255ple.org", "example.org"),
	MAPPED("variation selector", "exam\357\270\217ple.org", "example.org"),
	MAPPED("ligature", "oﬃce.example", "office.example"),
	MAPPED("Latin-1 stays", "b\374cher.EXAMPLE", "b\374cher.example"),
	MAPPED("full-width @ stays", "a＠EXAMPLE.org", "a＠example.org"),
	MAPPED("full-width star stays", "＊.example", "＊.example"),
	MAPPED("full-width slash stays", "a／b.example", "a／b.example"),
	MAPPED("what would vanish stays", "\357\273\277", "\357\273\277"),
	MAPPED("dot alone stays", "。", "。"),
	MAPPED("overlong UTF-8 stays", "a\300\256b", "a\300\256b"),
	MAPPED("UTF-8 with NUL stays", "ü\000X", "ü\000x"),
	EXACT("two dots", "bücher..EXAMPLE", "xn--bcher-kva..example"),
	MAPPED("too long stays", X10(X10("bücher.ab")) X10(X10("ab")),
		X10(X10("bücher.ab")) X10(X10("ab"))),
	MAPPED("label too long stays", X10("bücherei") ".example", X10("bücherei") ".example"),
	MAPPED("right-to-left override stays", "a\342\200\256b.org", "a\342\200\256b.org"),
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str is = idn_domain(row->domain, mem);
	if (!str_eq(is, row->expected))
		fail_msg("is \"%.*s\", expected \"%.*s\"", STR_ARGS(is), STR_ARGS(row->expected));
	assert_int_equal(idn_exact(row->domain), row->exact);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_row, rows)};
	return table_run("idn", tables, 1);
}
