#include "filters/sieve/lex.h"

#include "base/utf8.h"

#include <limits.h>
#include <string.h>

/* ---- the current place ---- */

static struct str rest(const struct lex *l)
{
	return str_slice(l->script, l->at, l->script.n);
}

/* The byte at distance I, or 0 after the end. A NUL in the script does not start a token either. */
static char peek(const struct lex *l, size_t i)
{
	return i < l->script.n - l->at ? l->script.p[l->at + i] : '\0';
}

static bool at_end(const struct lex *l)
{
	return l->at >= l->script.n;
}

static void advance(struct lex *l, size_t n)
{
	for (; n && !at_end(l); n--) {
		unsigned char c = (unsigned char)l->script.p[l->at++];
		if (c == '\n') {
			l->line++;
			l->column = 1;
		} else if ((c & 0xc0) != 0x80) {
			l->column++; /* the other bytes of a UTF-8 character are not counted */
		}
	}
}

/* ---- making tokens ---- */

static struct lex_token token(const struct lex *l, enum lex_kind kind)
{
	return (struct lex_token){.kind = kind, .line = l->line, .column = l->column};
}

static struct lex_token finish(struct lex *l, struct lex_token t, size_t n)
{
	t.raw = str_slice(rest(l), 0, n);
	advance(l, n);
	return t;
}

/* Makes an error of the next N bytes, for this reason. */
static struct lex_token error(struct lex *l, size_t n, struct str why)
{
	struct lex_token t = token(l, LEX_ERROR);
	t.text = why;
	return finish(l, t, n);
}

/* The same, but the error's place is OFFSET bytes further. */
static struct lex_token error_at(struct lex *l, size_t n, size_t offset, struct str why)
{
	struct lex ahead = *l;
	advance(&ahead, offset);
	struct lex_token t = error(l, n, why);
	t.line = ahead.line;
	t.column = ahead.column;
	return t;
}

/* ---- blanks and comments ---- */

static bool is_bracket_comment(const struct lex *l)
{
	return peek(l, 0) == '/' && peek(l, 1) == '*';
}

/* The length of a bracket comment; 0 when it has no end. */
static size_t bracket_comment(struct str s)
{
	const char *end = s.n > 3 ? memmem(s.p + 2, s.n - 2, "*/", 2) : NULL;
	return end ? (size_t)(end - s.p) + 2 : 0;
}

static bool is_bare_cr(struct str s, size_t i)
{
	return s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n');
}

/* The length of the comment that starts here; 0 when there is none or it has no end. */
static size_t comment_length(const struct lex *l)
{
	if (peek(l, 0) == '#')
		return str_find(rest(l), '\n');
	return is_bracket_comment(l) ? bracket_comment(rest(l)) : 0;
}

/* The first byte that a comment must not have (RFC 5228 section 8.1), or comment.n. */
static size_t bad_in_comment(struct str comment)
{
	size_t i = 0;
	/* A line comment may end between CR and LF. */
	bool line = comment.n && comment.p[0] == '#' && comment.p[comment.n - 1] == '\r';
	comment.n -= line;
	while (i < comment.n && comment.p[i] && !is_bare_cr(comment, i))
		i++;
	return i == comment.n ? comment.n + line : i;
}

static void skip_blanks(struct lex *l)
{
	while (!at_end(l)) {
		if (peek(l, 0) == ' ' || peek(l, 0) == '\n') {
			advance(l, 1);
			continue;
		}
		if (peek(l, 0) > ' ' && peek(l, 0) != '#' && peek(l, 0) != '/')
			return;
		struct str left = rest(l);
		size_t n = comment_length(l);
		if (n && bad_in_comment(str_slice(left, 0, n)) < n)
			return;
		if (n == 0 && ascii_isblank(left.p[0]) && !is_bare_cr(left, 0))
			n = 1;
		if (n == 0)
			return;
		advance(l, n);
	}
}

/* ---- words, tags, numbers ---- */

static bool starts_word(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool goes_on_in_word(char c)
{
	return starts_word(c) || (c >= '0' && c <= '9');
}

/* The length of the identifier at distance OFFSET. */
static size_t word_length(const struct lex *l, size_t offset)
{
	size_t n = 0;
	if (!starts_word(peek(l, offset)))
		return 0;
	while (goes_on_in_word(peek(l, offset + n)))
		n++;
	return n;
}

static struct lex_token read_word(struct lex *l)
{
	struct lex_token t = token(l, LEX_WORD);
	t.text = str_slice(rest(l), 0, word_length(l, 0));
	return finish(l, t, t.text.n);
}

static struct lex_token read_tag(struct lex *l)
{
	struct lex_token t = token(l, LEX_TAG);
	size_t n = word_length(l, 1);
	if (n == 0)
		return error(l, 1, STR_LIT("a tag's name must follow the colon"));
	t.text = str_slice(rest(l), 1, n + 1);
	return finish(l, t, n + 1);
}

/* By how many bits a quantifier shifts; -1 for any other byte. */
static int quantifier(char c)
{
	static const char letters[] = "kmg";
	const char *at = c ? strchr(letters, ascii_lower(c)) : NULL;
	return at ? 10 * (int)(at - letters + 1) : -1;
}

static struct lex_token read_number(struct lex *l)
{
	struct lex_token t = token(l, LEX_NUMBER);
	size_t digits = 0, n;
	while (ascii_isdigit(peek(l, digits)))
		digits++;
	int shift = quantifier(peek(l, digits));
	n = digits + (shift > 0);
	if (word_length(l, n)) {
		n += word_length(l, n);
		return error(l, n, STR_LIT("a number must end in a digit, K, M or G"));
	}
	unsigned long long max = ULLONG_MAX >> (shift > 0 ? shift : 0);
	struct str text = str_slice(rest(l), 0, digits);
	while (text.n > 1 && text.p[0] == '0')
		text = str_slice(text, 1, text.n);
	if (!str_number(text, max, &t.number))
		return error(l, n, STR_LIT("the number is too large"));
	if (shift > 0)
		t.number <<= shift;
	return finish(l, t, n);
}

/* ---- strings ---- */

/*
 * The first byte that a string must not have (RFC 5228 section 2.1), or s.n; *WHY has the reason.
 */
static size_t bad_byte(struct str s, struct str *why)
{
	struct str left = s;
	uint32_t c = 0;
	while (left.n) {
		size_t at = s.n - left.n;
		if (left.p[0] == '\0') {
			*why = STR_LIT("a string cannot contain a NUL byte");
			return at;
		}
		if (is_bare_cr(left, 0)) {
			*why = STR_LIT("a CR without an LF after it is not a line end");
			return at;
		}
		if (!utf8_next(&left, &c)) {
			*why = STR_LIT("the string is not valid UTF-8");
			return at;
		}
	}
	return s.n;
}

static bool is_crlf(struct str s, size_t i)
{
	return s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n';
}

/* A backslash is dropped, whatever follows it (RFC 5228 section 2.4.2). */
static struct str unquote(struct str inner, struct arena *mem)
{
	char *to = arena_alloc(mem, inner.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < inner.n; i++) {
		if (inner.p[i] == '\\' && i + 1 < inner.n)
			i++;
		if (!is_crlf(inner, i))
			to[n++] = inner.p[i];
	}
	return (struct str){to, n};
}

static struct lex_token read_quoted(struct lex *l)
{
	struct lex_token t = token(l, LEX_STRING);
	struct str why;
	size_t n = str_quoted(rest(l));
	if (n == 0)
		return error(l, rest(l).n, STR_LIT("the string has no closing quote"));
	struct str inner = str_slice(rest(l), 1, n - 1);
	size_t bad = bad_byte(inner, &why);
	if (bad < inner.n)
		return error_at(l, n, bad + 1, why);
	t.text = unquote(inner, l->mem);
	return finish(l, t, n);
}

/* The length of the `text:` line with its line end; 0 when anything else follows the colon. */
static size_t text_opening(struct str s)
{
	size_t n = strlen("text:");
	while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	if (n < s.n && s.p[n] == '#')
		n += str_find(str_slice(s, n, s.n), '\n');
	if (n < s.n && is_crlf(s, n))
		n++;
	if (n >= s.n)
		return s.n;
	return s.p[n] == '\n' ? n + 1 : 0;
}

/* Takes the lines up to a single dot, and the dot. False when there is none. */
static bool take_text(struct str *left, struct str *body)
{
	struct str line;
	const char *start = left->p;
	for (const char *here = left->p; str_line(left, &line); here = left->p) {
		if (!str_eq(line, STR_LIT(".")))
			continue;
		*body = (struct str){start, (size_t)(here - start)};
		return true;
	}
	return false;
}

static struct str unstuff(struct str body, struct arena *mem)
{
	char *to = arena_alloc(mem, body.n + 1);
	size_t n = 0;
	bool line_start = true;
	for (size_t i = 0; i < body.n; i++) {
		if (line_start && body.p[i] == '.' && i + 1 < body.n && body.p[i + 1] == '.')
			i++;
		if (!is_crlf(body, i))
			to[n++] = body.p[i];
		line_start = body.p[i] == '\n';
	}
	return (struct str){to, n};
}

/*
 * For a text whose first line is wrong: up to its dot, or the whole rest, so that the dot is not
 * searched again and again.
 */
static size_t bad_text_length(struct str all)
{
	struct str left = all, line, body;
	if (!str_line(&left, &line) || !take_text(&left, &body))
		return all.n;
	return (size_t)(body.p - all.p) + body.n + 1;
}

static struct lex_token read_text(struct lex *l)
{
	struct lex_token t = token(l, LEX_STRING);
	struct str all = rest(l), body, why;
	size_t opening = text_opening(all);
	if (opening == 0)
		return error(l, bad_text_length(all),
			STR_LIT("only a # comment may follow \"text:\" on its line"));
	struct str left = str_slice(all, opening, all.n);
	if (!take_text(&left, &body))
		return error(l, all.n,
			STR_LIT("the text is not closed: a line with a single dot is missing"));
	size_t bad = bad_byte(str_slice(all, 0, opening + body.n), &why);
	if (bad < opening + body.n)
		return error_at(l, all.n - left.n, bad, why);
	t.text = unstuff(body, l->mem);
	/* The line end after the dot is not taken: the last line of a script may have none. */
	return finish(l, t, opening + body.n + 1);
}

static bool is_text(const struct lex *l)
{
	if (ascii_lower(peek(l, 0)) != 't')
		return false;
	size_t n = word_length(l, 0);
	return n == 4 && peek(l, 4) == ':' && str_ieq(str_slice(rest(l), 0, 4), STR_LIT("text"));
}

/* ---- anything else ---- */

static bool starts_token(char c)
{
	return starts_word(c) || ascii_isdigit(c) || (c && strchr(":\"#[](){},;", c));
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
	struct lex_token t =
		error(l, n, STR_LIT("these quotation marks are curly; write straight ones: \""));
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
	while ((b = find_blank(str_slice(rest(l), n, rest(l).n))))
		n += strlen(b->bytes);
	struct lex_token t = error(
		l, n, arena_fmt(l->mem, "%s is before this; write a normal space", first->name));
	t.meant = LEX_A_BLANK;
	return t;
}

/* Bytes that start no token are one error, up to where a token may start again. */
static struct lex_token read_garbage(struct lex *l)
{
	struct str s = rest(l);
	size_t n = comment_length(l), bad = bad_in_comment(str_slice(s, 0, n));
	if (n)
		return error_at(l, n, bad,
			STR_LIT("a comment cannot contain a NUL byte or a CR without an LF"));
	if (is_bracket_comment(l))
		return error(l, s.n, STR_LIT("the comment is not closed: \"*/\" is missing"));
	if (is_bare_cr(s, 0))
		return error(l, 1, STR_LIT("a CR without an LF after it is not a line end"));
	if (str_slice(s, 0, 2).n == 2 && s.p[0] == '/' && s.p[1] == '/')
		return error(l, str_find(s, '\n'),
			STR_LIT("write a comment as \"# text\" or \"/* text */\""));
	n = single_quoted(s);
	if (n) {
		struct lex_token t = error(l, n, STR_LIT("write a string in double quotes"));
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
	while (n < s.n && !ascii_isblank(s.p[n]) && !starts_token(s.p[n]) && s.p[n] != '/')
		n++;
	if (s.p[0] > ' ' && s.p[0] < 0x7f)
		return error(l, n, arena_fmt(l->mem, "\"%c\" is not allowed here", s.p[0]));
	return error(l, n, STR_LIT("this character is only allowed in a string or a comment"));
}

static struct lex_token read_token(struct lex *l)
{
	char c = peek(l, 0);
	struct lex_token t = token(l, LEX_END);
	if (at_end(l))
		return finish(l, t, 0);
	if (is_text(l))
		return read_text(l);
	if (starts_word(c))
		return read_word(l);
	if (ascii_isdigit(c))
		return read_number(l);
	if (c == ':')
		return read_tag(l);
	if (c == '"')
		return read_quoted(l);
	if (!starts_token(c) || c == '#')
		return read_garbage(l);
	t.kind = LEX_SIGN;
	t.sign = c;
	return finish(l, t, 1);
}

void lex_start(struct lex *l, struct str script, struct arena *mem)
{
	*l = (struct lex){.script = script, .line = 1, .column = 1, .mem = mem};
	l->at = script.n - utf8_without_mark(script).n;
}

struct lex_token lex_next(struct lex *l)
{
	size_t from = l->at;
	skip_blanks(l);
	struct str before = str_slice(l->script, from, l->at);
	struct lex_token t = read_token(l);
	t.before = before;
	return t;
}

struct lex_token *lex_all(struct str script, struct arena *mem, size_t *count)
{
	struct lex l;
	struct lex_token *tokens = NULL, *t;
	*count = 0;
	lex_start(&l, script, mem);
	do {
		t = ARENA_PUSH(mem, tokens, *count);
		*t = lex_next(&l);
	} while (t->kind != LEX_END);
	return tokens;
}

bool lex_is_word(const struct lex_token *t, const char *name)
{
	return t->kind == LEX_WORD && str_ieq(t->text, str_of(name));
}

bool lex_is_tag(const struct lex_token *t, const char *name)
{
	return t->kind == LEX_TAG && str_ieq(t->text, str_of(name));
}

bool lex_is_sign(const struct lex_token *t, char sign)
{
	return t->kind == LEX_SIGN && t->sign == sign;
}
