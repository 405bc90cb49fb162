#include "mda/conf/conf_lex.h"

#include "base/buf.h"
#include "base/process.h"
#include "mda/conf/conf_scan.h"

#include <string.h>

/* The classes of a byte: it ends a word, is a blank, or can start a comment. */
enum { ENDS_WORD = 1, BLANK = 2, COMMENT = 4 };

/* The NUL after the text ends a word. */
static const unsigned char bytes[256] = {
	['\0'] = ENDS_WORD,
	[' '] = ENDS_WORD | BLANK,
	['\t'] = ENDS_WORD | BLANK,
	['\n'] = ENDS_WORD | BLANK,
	['\r'] = ENDS_WORD | BLANK,
	['"'] = ENDS_WORD,
	['\''] = ENDS_WORD,
	['='] = ENDS_WORD,
	['{'] = ENDS_WORD,
	['}'] = ENDS_WORD,
	['('] = ENDS_WORD,
	[')'] = ENDS_WORD,
	['+'] = ENDS_WORD,
	['*'] = ENDS_WORD,
	[','] = ENDS_WORD,
	['#'] = ENDS_WORD | COMMENT,
	['/'] = COMMENT,
};

static bool is(char c, int what)
{
	return bytes[(unsigned char)c] & what;
}

static int fail(const struct conf_lexer *l, size_t at, const char *message)
{
	return conf_text_fail(l->text, at, message, l->err);
}

static char peek(const struct conf_lexer *l, size_t at)
{
	return at < l->end ? l->text->p[at] : '\0';
}

static struct str rest(const struct conf_lexer *l, size_t at)
{
	return (struct str){l->text->p + at, l->end - at};
}

/* ---- comments, strings, variables ---- */

/*
 * The end of the comment at the offset AT. AT when there is no comment, l->end + 1 when it does not
 * end.
 */
static size_t comment_end(const struct conf_lexer *l, size_t at)
{
	if (peek(l, at) == '#' || (peek(l, at) == '/' && peek(l, at + 1) == '/'))
		return at + str_find(rest(l, at), '\n');
	if (peek(l, at) != '/' || peek(l, at + 1) != '*')
		return at;
	struct str inside = rest(l, at + 2);
	size_t n = str_ifind(inside, STR_LIT("*/"));
	return n == inside.n ? l->end + 1 : at + 2 + n + 2;
}

/*
 * The length of "${NAME}" at the offset AT; 0 when there is none. The name may contain any bytes,
 * even quotes.
 */
static size_t variable(const struct conf_lexer *l, size_t at)
{
	if (peek(l, at) != '$' || peek(l, at + 1) != '{' || at > l->text->last_brace)
		return 0;
	struct str s = rest(l, at);
	size_t end = str_find(s, '}');
	return end < s.n ? end + 1 : 0;
}

/* The end of a string with something special at the offset SPECIAL; this is seldom. */
__attribute__((noinline)) static size_t special_end(
	const struct conf_lexer *l, size_t at, size_t special, enum conf_word_form *form)
{
	const char *p = l->text->p;
	char quote = p[at];
	for (size_t i = special; i < l->end;) {
		if (p[i] == quote)
			return i + 1;
		bool is_dollar = p[i] == '$' && quote == '"';
		size_t skip = is_dollar ? variable(l, i) : p[i] == '\\' ? 2 : 0;
		if (is_dollar || skip)
			*form = quote == '"' ? CONF_ESCAPED : CONF_QUOTED;
		i += skip ? skip : 1;
		if (i < l->end)
			i = (size_t)(conf_scan_string(p + i, p + l->end, quote) - p);
	}
	return l->end + 1;
}

/*
 * The end of the string whose quote is at the offset AT, after its other quote; l->end + 1 when it
 * does not end.
 */
static size_t string_end(const struct conf_lexer *l, size_t at, enum conf_word_form *form)
{
	const char *p = l->text->p;
	size_t i = (size_t)(conf_scan_string(p + at + 1, p + l->end, p[at]) - p);
	*form = CONF_PLAIN;
	return i < l->end && p[i] == p[at] ? i + 1 : special_end(l, at, i, form);
}

/* ---- tokens ---- */

static int skip_blanks(struct conf_lexer *l)
{
	for (;;) {
		/* The byte after the end is not a blank. */
		while (is(l->text->p[l->at], BLANK))
			l->at++;
		if (!is(l->text->p[l->at], COMMENT))
			return 0;
		size_t end = comment_end(l, l->at);
		if (end > l->end)
			return fail(l, l->at, "this comment does not end");
		if (end == l->at)
			return 0;
		l->at = end;
	}
}

static int take_string(struct conf_lexer *l, struct conf_token *t)
{
	size_t end = string_end(l, l->at, &t->form);
	if (end > l->end)
		return fail(l, l->at, "this string does not end");
	t->raw = (struct str){l->text->p + l->at + 1, end - l->at - 2};
	l->at = end;
	return 0;
}

/* maildir++ is the only word with a plus that needs no quotes. */
static size_t pluses(const struct conf_lexer *l, size_t at, size_t n)
{
	struct str word = {l->text->p + at, n};
	if (peek(l, at + n) != '+' || peek(l, at + n + 1) != '+')
		return 0;
	return str_eq(word, STR_LIT("maildir")) ? 2 : 0;
}

static void take_word(struct conf_lexer *l, struct conf_token *t)
{
	const char *p = l->text->p + l->at;
	size_t n = variable(l, l->at);
	t->form = n ? CONF_VARIABLE : CONF_PLAIN;
	if (n == 0) {
		while (!is(p[n], ENDS_WORD))
			n++;
		n += pluses(l, l->at, n);
	}
	t->raw = (struct str){p, n};
	l->at += n;
}

static int take_sign(struct conf_lexer *l, struct conf_token *t, char c)
{
	bool adds = c == '+' && peek(l, l->at + 1) == '=';
	if (c == '*' || (c == '+' && !adds))
		return fail(l, l->at, "a value with a \"+\" or \"*\" needs quotes");
	t->kind = CONF_SIGN;
	t->sign = c;
	l->at += adds ? 2 : 1;
	return 0;
}

int conf_lex_next(struct conf_lexer *l, struct conf_token *t)
{
	if (skip_blanks(l) < 0)
		return -1;
	*t = (struct conf_token){.kind = CONF_WORD, .at = l->at};
	if (l->at == l->end) {
		t->kind = CONF_END;
		return 0;
	}
	char c = l->text->p[l->at];
	if (c == '"' || c == '\'')
		return take_string(l, t);
	if (is(c, ENDS_WORD))
		return take_sign(l, t, c);
	take_word(l, t);
	return 0;
}

/* ---- what a word means ---- */

/*
 * A variable of the caller's environment, even if this process has not kept it; NULL when it is not
 * set.
 */
static const char *from_environment(struct str name)
{
	for (char **e = process_callers_environment(); e && *e; e++) {
		struct str row = str_of(*e);
		if (row.n > name.n && row.p[name.n] == '=' &&
			str_eq(str_slice(row, 0, name.n), name))
			return row.p + name.n + 1;
	}
	return NULL;
}

/* Adds the value of "${NAME}"; of "${NAME:-text}", the text when NAME is not set. */
static void add_variable(struct buf *to, struct str written)
{
	struct str inside = str_slice(written, 2, written.n - 1);
	size_t colon = str_find(inside, ':');
	bool has_default = colon + 1 < inside.n && inside.p[colon + 1] == '-';
	const char *value = from_environment(has_default ? str_slice(inside, 0, colon) : inside);
	if (value)
		buf_add(to, str_of(value));
	else if (has_default)
		buf_add(to, str_slice(inside, colon + 2, inside.n));
}

/* The number of digits of BASE at the start of S, at most MOST, and their value. */
static size_t digits(struct str s, unsigned base, size_t most, unsigned *value)
{
	static const char all[] = "0123456789abcdef";
	size_t n = 0;
	for (*value = 0; n < s.n && n < most; n++) {
		size_t digit = str_find((struct str){all, base}, ascii_lower(s.p[n]));
		if (digit == base)
			break;
		*value = *value * base + (unsigned)digit;
	}
	return n;
}

/*
 * Adds the character of an escape such as \x41 or \101. S starts after the backslash. Returns the
 * length, or 0 for an error.
 */
static size_t add_number(struct buf *to, struct str s)
{
	bool is_hex = s.p[0] == 'x';
	unsigned value;
	size_t n =
		is_hex ? 1 + digits(str_slice(s, 1, s.n), 16, 2, &value) : digits(s, 8, 3, &value);
	bool goes_on = !is_hex && n < s.n && ascii_isdigit(s.p[n]);
	if (goes_on || value == 0 || value > 255)
		return 0;
	buf_byte(to, (char)value);
	return n;
}

/* Adds the character of an escape between double quotes. Returns the length, or 0 for an error. */
static size_t add_escape(struct buf *to, struct str s)
{
	static const char letters[] = "ntrbfaev", meanings[] = "\n\t\r\b\f\a\033\v";
	size_t letter = str_find(str_of(letters), s.p[0]);
	if (ascii_isdigit(s.p[0]) ||
		(s.p[0] == 'x' && s.n > 1 && digits(str_slice(s, 1, 2), 16, 1, &(unsigned){0})))
		return add_number(to, s);
	if (s.p[0] != '\n') /* which joins two lines */
		buf_byte(to, letters[letter] ? meanings[letter] : s.p[0]);
	return 1;
}

/* The same between single quotes, where \\, \' and the end of a line are special. */
static size_t add_quoted(struct buf *to, struct str s)
{
	if (s.p[0] != '\\' && s.p[0] != '\'' && s.p[0] != '\n')
		buf_byte(to, '\\');
	if (s.p[0] != '\n')
		buf_byte(to, s.p[0]);
	return 1;
}

/* Adds what is at the offset AT of the word. Returns its length, or 0 for a wrong escape. */
static size_t add_piece(
	const struct conf_lexer *l, const struct conf_token *t, size_t at, struct buf *to)
{
	struct str rest = str_slice(t->raw, at, t->raw.n);
	struct conf_lexer inside = *l;
	inside.end = (size_t)(t->raw.p - l->text->p) + t->raw.n;
	size_t n = t->form == CONF_QUOTED ? 0 : variable(&inside, inside.end - rest.n);
	if (n) {
		add_variable(to, str_slice(rest, 0, n));
		return n;
	}
	if (rest.p[0] != '\\' || rest.n < 2) {
		buf_byte(to, rest.p[0]);
		return 1;
	}
	rest = str_slice(rest, 1, rest.n);
	n = t->form == CONF_QUOTED ? add_quoted(to, rest) : add_escape(to, rest);
	return n ? n + 1 : 0;
}

__attribute__((noinline)) static int decode(
	const struct conf_lexer *l, const struct conf_token *t, struct arena *mem, struct str *word)
{
	struct buf text = {0};
	for (size_t at = 0, n; at < t->raw.n; at += n) {
		n = add_piece(l, t, at, &text);
		if (n == 0) {
			buf_free(&text);
			return fail(l, (size_t)(t->raw.p - l->text->p) + at,
				"this is not a character from 1 to 255: \\\\ is a "
				"backslash, \\n a line end, \\101 and \\x41 are an A");
		}
	}
	*word = arena_str(mem, buf_str(&text));
	buf_free(&text);
	return 0;
}

int conf_lex_word(
	const struct conf_lexer *l, const struct conf_token *t, struct arena *mem, struct str *word)
{
	*word = t->raw;
	return t->form == CONF_PLAIN ? 0 : decode(l, t, mem, word);
}

/* ---- sections that are left for later ---- */

bool conf_lex_heading(struct conf_lexer *l, struct str start, struct conf_token *title)
{
	const char *p = l->text->p + l->at, *end = l->text->p + l->end;
	while (is(*p, BLANK))
		p++;
	if (*p != *start.p || (size_t)(end - p) < start.n || memcmp(p, start.p, start.n) != 0)
		return false;
	const char *from = p + start.n, *to = conf_scan_string(from, end, '"');
	/* The NUL after the text differs from each of these. */
	if (to[0] != '"' || to[1] != ' ' || to[2] != '{')
		return false;
	*title = (struct conf_token){.kind = CONF_WORD,
		.at = (size_t)(from - 1 - l->text->p),
		.raw = {from, (size_t)(to - from)},
		.form = CONF_PLAIN};
	l->at = (size_t)(to + 3 - l->text->p);
	return true;
}

/* A comment or a variable can only start where a word can. */
static bool can_start(const struct conf_lexer *l, size_t at, size_t fresh)
{
	return at == fresh || is(l->text->p[at - 1], ENDS_WORD);
}

/*
 * The offset after what is at AT, which is not a brace: a string, a comment, a variable or one
 * byte. 0 when it does not end. *FRESH is the end of the last comment.
 */
static size_t step(const struct conf_lexer *l, size_t at, size_t *fresh)
{
	enum conf_word_form form;
	char c = l->text->p[at];
	bool is_string = c == '"' || c == '\'';
	size_t end = at;
	if (is_string)
		end = string_end(l, at, &form);
	else if (c == '#' || can_start(l, at, *fresh))
		end = c == '$' ? at + variable(l, at) : comment_end(l, at);
	if (end > l->end)
		return (void)fail(l, at,
			       is_string ? "this string does not end"
					 : "this comment does not end"),
		       0;
	if (end > at && (c == '#' || c == '/'))
		*fresh = end;
	return end > at ? end : at + 1;
}

int conf_lex_skip_braces(struct conf_lexer *l, size_t open)
{
	const char *p = l->text->p, *end = p + l->end;
	size_t depth = 1, i = open + 1, fresh = i;
	while ((i = (size_t)(conf_scan_section(p + i, end) - p)) < l->end) {
		if (p[i] == '{' || p[i] == '}') {
			depth = p[i++] == '{' ? depth + 1 : depth - 1;
			l->at = i;
			if (depth == 0)
				return 0;
		} else if ((i = step(l, i, &fresh)) == 0) {
			return -1;
		}
	}
	return fail(l, open, "this section does not end");
}
