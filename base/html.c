#include "base/html.h"

#include "base/utf8.h"

#include <string.h>

struct reader {
	struct str rest;
	struct buf text;
	bool blank; /* a blank must be written before the next character */
};

/* ---- output ---- */

static void put(struct reader *r, struct str s)
{
	if (r->blank && r->text.n && r->text.p[r->text.n - 1] != '\n')
		buf_byte(&r->text, ' ');
	r->blank = false;
	buf_add(&r->text, s);
}

static void new_line(struct reader *r)
{
	r->blank = false;
	if (r->text.n && r->text.p[r->text.n - 1] != '\n')
		buf_byte(&r->text, '\n');
}

static void skip(struct reader *r, size_t n)
{
	r->rest = str_slice(r->rest, n, r->rest.n);
}

/* ---- character references ---- */

static const struct {
	const char *name, *text;
} references[] = {
	{"amp", "&"},
	{"lt", "<"},
	{"gt", ">"},
	{"quot", "\""},
	{"apos", "'"},
	{"nbsp", " "},
	{"shy", ""},
	{"zwnj", ""},
	{"zwj", ""},
	{"euro", "\xe2\x82\xac"},
	{"pound", "\xc2\xa3"},
	{"copy", "\xc2\xa9"},
	{"reg", "\xc2\xae"},
	{"trade", "\xe2\x84\xa2"},
	{"auml", "\xc3\xa4"},
	{"ouml", "\xc3\xb6"},
	{"uuml", "\xc3\xbc"},
	{"Auml", "\xc3\x84"},
	{"Ouml", "\xc3\x96"},
	{"Uuml", "\xc3\x9c"},
	{"szlig", "\xc3\x9f"},
	{"eacute", "\xc3\xa9"},
	{"egrave", "\xc3\xa8"},
	{"agrave", "\xc3\xa0"},
	{"ccedil", "\xc3\xa7"},
	{"ntilde", "\xc3\xb1"},
	{"ndash", "\xe2\x80\x93"},
	{"mdash", "\xe2\x80\x94"},
	{"hellip", "\xe2\x80\xa6"},
	{"laquo", "\xc2\xab"},
	{"raquo", "\xc2\xbb"},
	{"ldquo", "\xe2\x80\x9c"},
	{"rdquo", "\xe2\x80\x9d"},
	{"lsquo", "\xe2\x80\x98"},
	{"rsquo", "\xe2\x80\x99"},
	{"bull", "\xe2\x80\xa2"},
	{"middot", "\xc2\xb7"},
};

static int digit(char c)
{
	if (ascii_isdigit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Reads "#65" or "#x41". */
static bool put_number(struct reader *r, struct str name)
{
	bool is_hex = name.n > 1 && ascii_lower(name.p[1]) == 'x';
	unsigned base = is_hex ? 16 : 10;
	uint32_t code = 0;
	size_t i = is_hex ? 2 : 1;
	if (i >= name.n)
		return false;
	for (; i < name.n; i++) {
		unsigned d = (unsigned)digit(name.p[i]);
		if (d >= base || code > 0x10ffff)
			return false;
		code = code * base + d;
	}
	if (code < ' ' || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return false;
	struct buf c = {0};
	utf8_put(&c, code);
	if (code == 0xa0)
		r->blank = true;
	else
		put(r, buf_str(&c));
	buf_free(&c);
	return true;
}

static bool put_named(struct reader *r, struct str name)
{
	for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
		if (!str_eq(name, str_of(references[i].name)))
			continue;
		struct str text = str_of(references[i].text);
		if (str_eq(text, STR_LIT(" ")))
			r->blank = true;
		else if (text.n)
			put(r, text);
		return true;
	}
	return false;
}

static void read_reference(struct reader *r)
{
	enum { LONGEST = 10 };
	struct str near = str_slice(r->rest, 1, LONGEST + 2);
	size_t n = str_find(near, ';');
	struct str name = str_slice(near, 0, n);
	bool known = n < near.n && n > 0 &&
		     (name.p[0] == '#' ? put_number(r, name) : put_named(r, name));
	if (!known)
		put(r, STR_LIT("&"));
	skip(r, known ? n + 2 : 1);
}

/* ---- tags ---- */

/* Elements that begin a line of their own. */
static bool is_block(struct str name)
{
	static const char *const names[] = {"p", "br", "div", "tr", "li", "ul", "ol", "table", "h1",
		"h2", "h3", "h4", "h5", "h6", "hr", "blockquote", "pre", "title", "section",
		"article", "header", "footer", "dt", "dd", "body"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_ieq(name, str_of(names[i])))
			return true;
	return false;
}

/* Continues after END. If there is no END, the rest is dropped, as in a browser. */
static void skip_past(struct reader *r, struct str end)
{
	skip(r, str_ifind(r->rest, end) + end.n);
}

static size_t tag_length(struct str s)
{
	char quote = 0;
	for (size_t i = 1; i < s.n; i++) {
		if (quote && s.p[i] == quote)
			quote = 0;
		else if (!quote && s.p[i] == '>')
			return i + 1;
		else if (!quote && s.p[i - 1] == '=' && (s.p[i] == '"' || s.p[i] == '\''))
			quote = s.p[i];
	}
	return s.n;
}

static struct str tag_name(struct str tag)
{
	size_t from = tag.n > 1 && tag.p[1] == '/' ? 2 : 1, to = from;
	while (to < tag.n && ascii_isalnum(tag.p[to]) && !(to == from && ascii_isdigit(tag.p[to])))
		to++;
	return str_slice(tag, from, to);
}

/*
 * Only what begins like a tag is searched for its end, and then taken whole, so that no byte is
 * searched twice.
 */
static bool is_tag(struct str s)
{
	return tag_name(str_slice(s, 0, 2)).n > 0 || (s.n > 1 && strchr("/!?", s.p[1]) && s.p[1]);
}

static void read_tag(struct reader *r)
{
	if (str_istarts(r->rest, STR_LIT("<!--"))) {
		skip_past(r, STR_LIT("-->"));
		return;
	}
	if (!is_tag(r->rest)) {
		put(r, STR_LIT("<"));
		skip(r, 1);
		return;
	}
	struct str tag = str_slice(r->rest, 0, tag_length(r->rest)), name = tag_name(tag);
	bool opens = tag.p[1] != '/';
	skip(r, tag.n);
	if (is_block(name))
		new_line(r);
	if (opens && str_ieq(name, STR_LIT("script")))
		skip_past(r, STR_LIT("</script>"));
	else if (opens && str_ieq(name, STR_LIT("style")))
		skip_past(r, STR_LIT("</style>"));
}

/* ---- the whole ---- */

static void read_words(struct reader *r)
{
	size_t n = 0;
	while (n < r->rest.n && r->rest.p[n] != '<' && r->rest.p[n] != '&' &&
		!ascii_isblank(r->rest.p[n]))
		n++;
	put(r, str_slice(r->rest, 0, n));
	skip(r, n);
}

struct str html_text(struct str html, struct arena *mem)
{
	struct reader r = {.rest = html};
	while (r.rest.n) {
		if (r.rest.p[0] == '<') {
			read_tag(&r);
		} else if (r.rest.p[0] == '&') {
			read_reference(&r);
		} else if (ascii_isblank(r.rest.p[0])) {
			r.blank = true;
			skip(&r, 1);
		} else {
			read_words(&r);
		}
	}
	struct str text = arena_str(mem, buf_str(&r.text));
	buf_free(&r.text);
	return text;
}
