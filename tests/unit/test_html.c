/* HTML x the text that a person reads. */
#include "base/html.h"
#include "tests/unit/table.h"

static const struct row {
	const char *name;
	struct str html;
	const char *text;
} rows[] = {
	{"empty", STR_LIT(""), ""},
	{"plain", STR_LIT("hello world"), "hello world"},
	{"a tag", STR_LIT("<b>hello</b> world"), "hello world"},
	{"within a word", STR_LIT("v<b></b>iagr<i>a</i>"), "viagra"},
	{"a comment within a word", STR_LIT("via<!-- x -->gra"), "viagra"},
	{"blanks", STR_LIT("  a \n\t b  "), "a b"},
	{"blocks", STR_LIT("<p>a</p><p>b</p><div>c</div>d<br>e<BR/>f"), "a\nb\nc\nd\ne\nf"},
	{"a style", STR_LIT("<style>p { x }</style>a"), "a"},
	{"a script", STR_LIT("a<script type='x'>if (1 < 2) b();</script>c"), "ac"},
	{"a script that does not end", STR_LIT("a<script>b"), "a"},
	{"a comment that does not end", STR_LIT("a<!-- b > c"), "a"},
	{"references", STR_LIT("&lt;a&gt; &amp; &quot;b&quot; &#39;&apos;"), "<a> & \"b\" ''"},
	{"numbers", STR_LIT("&#65;&#x42;&#x20AC;"), "AB\xe2\x82\xac"},
	{"letters", STR_LIT("gr&uuml;&szlig;e"),
		"gr\xc3\xbc\xc3\x9f"
		"e"},
	{"a blank that does not break", STR_LIT("a&nbsp;b&#160;c"), "a b c"},
	{"hidden hyphens", STR_LIT("via&shy;gra"), "viagra"},
	{"an unknown reference", STR_LIT("a&what;b & c &"), "a&what;b & c &"},
	{"numbers that are no character", STR_LIT("&#0;&#xD800;&#x110000;&#99999999999;"),
		"&#0;&#xD800;&#x110000;&#99999999999;"},
	{"a lone less-than", STR_LIT("1 < 2 <3"), "1 < 2 <3"},
	{"less-thans", STR_LIT("<<< <<b>x</b> <"), "<<< <x <"},
	{"a less-than at the end", STR_LIT("a<"), "a<"},
	{"a less-than before a NUL", STR_LIT("a<\0b>c"), "a<"},
	{"a tag that does not end", STR_LIT("a <b"), "a"},
	{"a greater-than in an attribute", STR_LIT("<a title=\"x > y\">b</a>"), "b"},
	{"a NUL", STR_LIT("a\0b"), "a"},
	{"declarations", STR_LIT("<!DOCTYPE html><?xml x?>a"), "a"},
	{"UTF-8 stays", STR_LIT("\xe6\x97\xa5\xe6\x9c\xac"), "\xe6\x97\xa5\xe6\x9c\xac"},
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str text = html_text(row->html, mem);
	/* Line ends at the end mean nothing here. */
	text = str_slice(text, 0, text.n && text.p[text.n - 1] == '\n' ? text.n - 1 : text.n);
	assert_string_equal(arena_cstr(mem, text), row->text);
	arena_free(mem);
}

/* Linear, whatever is left open: this would take minutes otherwise. */
static void test_hostile(void **state)
{
	static const char *const starts[] = {
		"<", "<!--", "<script>", "<style>", "&", "<a ", "<a b=\"", "</", "<!-- <script>"};
	struct arena *mem = arena_new();
	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		enum { COPIES = 100000 };
		struct str start = str_of(starts[i]);
		char *all = arena_alloc(mem, COPIES * start.n);
		for (size_t k = 0; k < COPIES * start.n; k++)
			all[k] = start.p[k % start.n];
		html_text((struct str){all, COPIES * start.n}, mem);
	}
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(test_hostile, "what is never closed"),
	};
	return table_run("html", tables, sizeof tables / sizeof *tables);
}
