#include "filters/sieve/lex_garbage.h"

#include "filters/sieve/lex_blank.h"
#include "filters/sieve/lex_place.h"

#include <string.h>

bool lex_starts_token(char c)
{
	return lex_starts_word(c) || ascii_isdigit(c) || (c && strchr(":\"#[](){},;", c));
}

/* The length of a string in the wrong quotes that ends on its line; 0 when there is none. */
static size_t single_quoted(struct str s)
{
	if (s.n == 0 || s.p[0] != '\'')
		return 0;
	size_t n = 1 + str_find(str_slice(s, 1, s.n), '\'');
	return n < s.n && str_find(str_slice(s, 0, n), '\n') == n ? n + 1 : 0;
}

/* What word processors and web pages turn quotation marks and blanks into. */
static const struct mark {
	const char *bytes;
	char like;   /* the straight mark, or '<' */
	bool closes; /* it can also close */
} marks[] = {
	{"\xe2\x80\x9c", '"', true},   /* U+201C, which closes in German */
	{"\xe2\x80\x9d", '"', true},   /* U+201D, which opens in Swedish */
	{"\xe2\x80\x9e", '"', false},  /* U+201E */
	{"\xe2\x80\x9f", '"', true},   /* U+201F */
	{"\xe2\x80\x98", '\'', true},  /* U+2018 */
	{"\xe2\x80\x99", '\'', true},  /* U+2019 */
	{"\xe2\x80\x9a", '\'', false}, /* U+201A */
	{"\xc2\xab", '<', true},       /* U+00AB */
	{"\xc2\xbb", '<', true},       /* U+00BB */
};

static const struct blank {
	const char *bytes, *name;
} blanks[] = {
	{"\xc2\xa0", "a no-break space (U+00A0)"},
	{"\xe2\x80\xaf", "a narrow no-break space (U+202F)"},
	{"\xe2\x80\x8b", "a space without width (U+200B)"},
	{"\xe2\x80\x83", "a wide space (U+2003)"},
	{"\xe3\x80\x80", "an ideographic space (U+3000)"},
	{"\xef\xbb\xbf", "a byte order mark (U+FEFF)"},
};

static bool starts_with(struct str s, const char *bytes)
{
	return str_eq(str_slice(s, 0, strlen(bytes)), str_of(bytes));
}

static const struct mark *find_mark(struct str s)
{
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (starts_with(s, marks[i].bytes))
			return &marks[i];
	return NULL;
}

/* The length of a string in curly quotes that ends on its line; 0 when there is none. */
static size_t curly_quoted(struct str s, struct str *inner)
{
	const struct mark *open = find_mark(s), *close;
	size_t start = open ? strlen(open->bytes) : 0, end = str_find(s, '\n');
	for (size_t i = start; open && i < end; i++) {
		close = find_mark(str_slice(s, i, end));
		bool straight = s.p[i] == '"' && open->like == '"';
		if (!straight && !(close && close->closes && close->like == open->like))
			continue;
		*inner = str_slice(s, start, i);
		return i + (straight ? 1 : strlen(close->bytes));
	}
	return 0;
}

static struct lex_token read_curly(struct lex *l, size_t n, struct str inner)
{
	struct lex_token t = lex_error(
		l, n, STR_LIT("these quotation marks are curly; write straight ones: \""));
	t.meant = LEX_A_STRING;
	t.value = inner;
	return t;
}

static const struct blank *find_blank(struct str s)
{
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
		if (starts_with(s, blanks[i].bytes))
			return &blanks[i];
	return NULL;
}

/* Adjacent ones are one error. */
static struct lex_token read_odd_blank(struct lex *l, const struct blank *first)
{
	size_t n = 0;
	const struct blank *b;
	while ((b = find_blank(str_slice(lex_rest(l), n, lex_rest(l).n))))
		n += strlen(b->bytes);
	struct lex_token t = lex_error(
		l, n, arena_fmt(l->mem, "%s is before this; write a normal space", first->name));
	t.meant = LEX_A_BLANK;
	return t;
}

struct lex_token lex_garbage(struct lex *l)
{
	struct str s = lex_rest(l);
	size_t n = lex_comment_length(l), bad = lex_bad_in_comment(str_slice(s, 0, n));
	if (n)
		return lex_error_at(l, n, bad,
			STR_LIT("a comment cannot contain a NUL byte or a CR without an LF"));
	if (lex_is_bracket_comment(l))
		return lex_error(l, s.n, STR_LIT("the comment is not closed: \"*/\" is missing"));
	if (lex_is_bare_cr(s, 0))
		return lex_error(l, 1, STR_LIT("a CR without an LF after it is not a line end"));
	if (str_slice(s, 0, 2).n == 2 && s.p[0] == '/' && s.p[1] == '/')
		return lex_error(l, str_find(s, '\n'),
			STR_LIT("write a comment as \"# text\" or \"/* text */\""));
	n = single_quoted(s);
	if (n) {
		struct lex_token t = lex_error(l, n, STR_LIT("write a string in double quotes"));
		t.meant = LEX_A_STRING;
		t.value = str_slice(s, 1, n - 1);
		return t;
	}
	struct str inner;
	n = curly_quoted(s, &inner);
	if (n)
		return read_curly(l, n, inner);
	const struct blank *blank = find_blank(s);
	if (blank)
		return read_odd_blank(l, blank);
	n = 1;
	while (n < s.n && !ascii_isblank(s.p[n]) && !lex_starts_token(s.p[n]) && s.p[n] != '/')
		n++;
	if (s.p[0] > ' ' && s.p[0] < 0x7f)
		return lex_error(l, n, arena_fmt(l->mem, "\"%c\" is not allowed here", s.p[0]));
	return lex_error(l, n, STR_LIT("this character is only allowed in a string or a comment"));
}
