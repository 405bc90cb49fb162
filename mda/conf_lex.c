#include "mda/conf_lex.h"

#include "mda/base/buf.h"
#include "mda/process.h"

#include <string.h>

/* What a byte can be: it ends a word, or stops a walk over the inside of a section. */
enum { ENDS_WORD = 1, STOPS = 2 };

static const unsigned char bytes[256] = {
	['\0'] = STOPS,
	[' '] = ENDS_WORD,
	['\t'] = ENDS_WORD,
	['\n'] = ENDS_WORD,
	['\r'] = ENDS_WORD,
	['"'] = ENDS_WORD | STOPS,
	['\''] = ENDS_WORD | STOPS,
	['='] = ENDS_WORD,
	['{'] = ENDS_WORD | STOPS,
	['}'] = ENDS_WORD | STOPS,
	['('] = ENDS_WORD,
	[')'] = ENDS_WORD,
	['+'] = ENDS_WORD,
	['*'] = ENDS_WORD,
	[','] = ENDS_WORD,
	['#'] = ENDS_WORD | STOPS,
	['/'] = STOPS,
	['$'] = STOPS,
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

/* Where the comment at the offset AT ends; AT when there is none, l->end + 1 when it does not end. */
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

/* The length of "${NAME}" at the offset AT, 0 when there is none. The name may hold anything, quotes as well. */
static size_t variable(const struct conf_lexer *l, size_t at)
{
	if (peek(l, at) != '$' || peek(l, at + 1) != '{')
		return 0;
	struct str s = rest(l, at);
	size_t end = str_find(s, '}');
	return end < s.n ? end + 1 : 0;
}

static size_t escaped_string_end(const struct conf_lexer *l, size_t at, char quote)
{
	for (size_t i = at + 1; i < l->end;) {
		char c = l->text->p[i];
		if (c == quote)
			return i + 1;
		size_t skip = quote == '"' ? variable(l, i) : 0;
		i += skip ? skip : c == '\\' ? 2 : 1;
	}
	return l->end + 1;
}

/* Where the string whose quote is at the offset AT ends: behind its other quote; l->end + 1 when it does not end. */
static size_t string_end(const struct conf_lexer *l, size_t at, bool *is_plain)
{
	char quote = l->text->p[at];
	const char *from = l->text->p + at + 1;
	const char *end = memchr(from, quote, l->end - at - 1);
	*is_plain = false;
	if (!end)
		return l->end + 1;
	size_t n = (size_t)(end - from);
	*is_plain = !memchr(from, '\\', n) && !(quote == '"' && memchr(from, '$', n));
	return *is_plain ? at + n + 2 : escaped_string_end(l, at, quote);
}

/* ---- tokens ---- */

static int skip_blanks(struct conf_lexer *l)
{
	for (;;) {
		char c = peek(l, l->at);
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			l->at++;
			continue;
		}
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
	bool is_plain;
	bool is_double = l->text->p[l->at] == '"';
	size_t end = string_end(l, l->at, &is_plain);
	if (end > l->end)
		return fail(l, l->at, "this string does not end");
	t->form = is_plain ? CONF_PLAIN : is_double ? CONF_ESCAPED : CONF_QUOTED;
	t->raw = (struct str){l->text->p + l->at + 1, end - l->at - 2};
	l->at = end;
	return 0;
}

/* maildir++ is the only word with a plus that needs no quotes. */
static size_t pluses(const struct conf_lexer *l, size_t at, size_t n)
{
	struct str word = {l->text->p + at, n};
	bool both = peek(l, at + n) == '+' && peek(l, at + n + 1) == '+';
	return both && str_eq(word, STR_LIT("maildir")) ? 2 : 0;
}

static void take_word(struct conf_lexer *l, struct conf_token *t)
{
	size_t n = variable(l, l->at);
	t->form = n ? CONF_VARIABLE : CONF_PLAIN;
	if (n == 0) {
		while (l->at + n < l->end && !is(l->text->p[l->at + n], ENDS_WORD))
			n++;
		n += pluses(l, l->at, n);
	}
	t->raw = (struct str){l->text->p + l->at, n};
	l->at += n;
}

int conf_lex_next(struct conf_lexer *l, struct conf_token *t)
{
	if (skip_blanks(l) < 0)
		return -1;
	char c = peek(l, l->at);
	*t = (struct conf_token){.kind = CONF_WORD, .at = l->at};
	if (l->at == l->end) {
		t->kind = CONF_END;
		return 0;
	}
	if (c == '"' || c == '\'')
		return take_string(l, t);
	bool adds = c == '+' && peek(l, l->at + 1) == '=';
	if (c == '*' || (c == '+' && !adds))
		return fail(l, l->at, "a value with a \"+\" or \"*\" wants quotes");
	if (!is(c, ENDS_WORD)) {
		take_word(l, t);
		return 0;
	}
	t->kind = CONF_SIGN;
	t->sign = c;
	l->at += adds ? 2 : 1;
	return 0;
}

/* ---- what a word means ---- */

/* The variable of the caller's environment, whatever of it this process keeps; NULL when it is not set. */
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

/* "${NAME}", or "${NAME:-text}" for the text when it is not set. */
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

/* How many digits of that base S starts with, and their value: at most MOST of them. */
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

/* The character of a number such as \x41 or \101; S is after the backslash. The length, 0 when it is wrong. */
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

/* What is after a backslash between double quotes. The length, 0 when it is wrong. */
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

/* The same between single quotes: they know \\, \' and the end of a line. */
static size_t add_quoted(struct buf *to, struct str s)
{
	if (s.p[0] != '\\' && s.p[0] != '\'' && s.p[0] != '\n')
		buf_byte(to, '\\');
	if (s.p[0] != '\n')
		buf_byte(to, s.p[0]);
	return 1;
}

/* The length of what was read at the offset AT, which the text has; 0 when it is a wrong escape. */
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

int conf_lex_word(
	const struct conf_lexer *l, const struct conf_token *t, struct arena *mem, struct str *word)
{
	struct buf text = {0};
	*word = t->raw;
	if (t->form == CONF_PLAIN)
		return 0;
	for (size_t at = 0, n; at < t->raw.n; at += n) {
		n = add_piece(l, t, at, &text);
		if (n == 0) {
			buf_free(&text);
			return fail(l, (size_t)(t->raw.p - l->text->p) + at,
				"after this backslash is no character from 1 to 255: \\\\ is a "
				"backslash, \\n a line end, \\101 and \\x41 are an A");
		}
	}
	*word = arena_str(mem, buf_str(&text));
	buf_free(&text);
	return 0;
}

/* ---- sections that are left for later ---- */

/* A comment or variable starts only where a word could. */
static bool can_start(const struct conf_lexer *l, size_t at, size_t fresh)
{
	return at == fresh || is(l->text->p[at - 1], ENDS_WORD);
}

/* Over what is no brace at AT: a string, a comment, a variable or one byte; 0 when it has no end. */
static size_t step(const struct conf_lexer *l, size_t at, size_t fresh)
{
	bool is_plain;
	char c = peek(l, at);
	size_t end = at;
	if (c == '"' || c == '\'')
		end = string_end(l, at, &is_plain);
	else if (c == '#' || can_start(l, at, fresh))
		end = c == '$' ? at + variable(l, at) : comment_end(l, at);
	if (end > l->end)
		return fail(l, at,
			       c == '"' || c == '\'' ? "this string does not end"
						     : "this comment does not end"),
		       0;
	return end == at ? at + 1 : end;
}

int conf_lex_skip_braces(struct conf_lexer *l, size_t open)
{
	const char *p = l->text->p;
	size_t depth = 1, i = open + 1, fresh = i;
	while (i < l->end) {
		/* The text ends with a NUL, which stops as well. */
		while (!is(p[i], STOPS))
			i++;
		if (i >= l->end)
			break;
		if (p[i] == '{' || p[i] == '}') {
			depth = p[i] == '{' ? depth + 1 : depth - 1;
			l->at = ++i;
			if (depth == 0)
				return 0;
			continue;
		}
		bool is_comment = p[i] == '/' || p[i] == '#';
		size_t next = step(l, i, fresh);
		if (next == 0)
			return -1;
		if (is_comment && next > i + 1)
			fresh = next;
		i = next;
	}
	return fail(l, open, "this section does not end");
}
