#include "mda/conf_lex.h"

#include <string.h>

/* What a byte can be: it ends a word, or stops a walk over the inside of a section. */
enum { ENDS_WORD = 1, STOPS = 2 };

enum { TITLE_MOST = 1000 };

static const unsigned char bytes[256] = {
	['\0'] = STOPS,
	[' '] = ENDS_WORD,
	['\t'] = ENDS_WORD,
	['\n'] = ENDS_WORD,
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

static void blank(struct conf_lexer *l, size_t to)
{
	for (; l->at < to; l->at++)
		if (l->text->p[l->at] != '\n')
			l->text->p[l->at] = ' ';
}

static int skip_blanks(struct conf_lexer *l)
{
	for (;;) {
		char c = peek(l, l->at);
		if (c == ' ' || c == '\t' || c == '\n') {
			l->at++;
		} else if (c == '\r' && peek(l, l->at + 1) == '\n') {
			blank(l, l->at + 1);
		} else {
			size_t end = comment_end(l, l->at);
			if (end > l->end)
				return fail(l, l->at, "this comment does not end");
			if (end == l->at)
				return 0;
			blank(l, end);
		}
	}
}

static int take_string(struct conf_lexer *l, struct conf_token *t)
{
	size_t end = string_end(l, l->at, &t->is_plain);
	if (end > l->end)
		return fail(l, l->at, "this string does not end");
	t->word = (struct str){l->text->p + l->at + 1, end - l->at - 2};
	l->at = end;
	return 0;
}

struct str conf_lex_spelt(struct str word)
{
	return str_eq(word, STR_LIT("maildirpp")) ? STR_LIT("maildir++") : word;
}

/* maildir++ becomes maildirpp; by how much the word is longer than its letters. */
static size_t spell_out(struct conf_lexer *l, size_t at, size_t n)
{
	struct str word = {l->text->p + at, n};
	char *end = l->text->p + at + n;
	if (!str_eq(word, STR_LIT("maildir")) || peek(l, at + n) != '+' ||
		peek(l, at + n + 1) != '+')
		return 0;
	end[0] = end[1] = 'p';
	return 2;
}

static void take_word(struct conf_lexer *l, struct conf_token *t)
{
	size_t n = variable(l, l->at);
	t->is_plain = n == 0;
	if (n == 0)
		while (l->at + n < l->end && !is(l->text->p[l->at + n], ENDS_WORD) &&
			!(peek(l, l->at + n) == '\r' && peek(l, l->at + n + 1) == '\n'))
			n++;
	n += spell_out(l, l->at, n);
	t->word = (struct str){l->text->p + l->at, n};
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
	if (c == '*' || (c == '+' && peek(l, l->at + 1) != '='))
		return fail(l, l->at, "a value with a \"+\" or \"*\" wants quotes");
	if (!is(c, ENDS_WORD)) {
		take_word(l, t);
		return 0;
	}
	t->kind = CONF_SIGN;
	t->sign = c;
	l->at++;
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

static size_t skip_spaces(const struct conf_lexer *l, size_t at)
{
	while (peek(l, at) == ' ' || peek(l, at) == '\t' || peek(l, at) == '\n')
		at++;
	return at;
}

bool conf_lex_section(struct conf_lexer *l, struct str type, struct str *title)
{
	bool is_plain;
	size_t at = skip_spaces(l, l->at);
	if (l->end - at <= type.n || memcmp(l->text->p + at, type.p, type.n) != 0)
		return false;
	size_t quote = skip_spaces(l, at + type.n);
	if (peek(l, quote) != '"')
		return false;
	size_t end = string_end(l, quote, &is_plain);
	if (end > l->end || !is_plain || end - quote > TITLE_MOST)
		return false;
	size_t brace = skip_spaces(l, end);
	if (peek(l, brace) != '{')
		return false;
	*title = (struct str){l->text->p + quote + 1, end - quote - 2};
	l->at = brace + 1;
	return true;
}
