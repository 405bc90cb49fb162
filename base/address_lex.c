#include "base/address_lex.h"

#include <string.h>

enum { COMMENT_DEPTH = 32 };

bool address_is_atext(char c)
{
	unsigned char u = (unsigned char)c;
	return u > ' ' && u != 0x7f && !strchr("()<>[]:;@\\,.\"", c);
}

static bool is_control(char c)
{
	return ascii_iscntrl(c) && c != '\t';
}

/* Is there a blank at AT? A CR is one only as part of a line end. */
static bool blank_at(const struct address_lexer *l, size_t at)
{
	char c = l->text.p[at];
	if (c == '\r')
		return at + 1 < l->text.n && l->text.p[at + 1] == '\n';
	return c == ' ' || c == '\t' || c == '\n';
}

/* The place after the parenthesis that closes the one at AT; 0 when it is never closed. */
static size_t comment_end(struct address_lexer *l, size_t at)
{
	size_t depth = 0;
	for (; at < l->text.n; at++) {
		char c = l->text.p[at];
		if (is_control(c) && !blank_at(l, at))
			l->odd = true;
		if (c == '\\') {
			at++;
		} else if (c == '(') {
			if (++depth > COMMENT_DEPTH)
				l->odd = true;
		} else if (c == ')' && --depth == 0) {
			return at + 1;
		}
	}
	return 0;
}

/* The place after the byte CLOSE that ends the token at AT, or 0. */
static size_t token_end(const struct address_lexer *l, size_t at, char close)
{
	bool escaped = false;
	for (at++; at < l->text.n; at++) {
		char c = l->text.p[at];
		if (is_control(c) && !blank_at(l, at))
			return 0;
		if (c == close && !escaped)
			return at + 1;
		escaped = c == '\\' && !escaped;
	}
	return 0;
}

static bool skip_comment(struct address_lexer *l)
{
	size_t end = l->no_comment ? 0 : comment_end(l, l->at);
	if (end == 0) {
		l->no_comment = true;
		return false;
	}
	l->at = end;
	return true;
}

static void skip_blanks(struct address_lexer *l, struct address_token *t)
{
	while (l->at < l->text.n) {
		if (blank_at(l, l->at)) {
			t->blank = true;
			l->at++;
		} else if (l->text.p[l->at] == '(' && skip_comment(l)) {
			t->comment = true;
		} else {
			return;
		}
	}
}

static struct address_token take(
	struct address_lexer *l, struct address_token t, enum address_token_kind kind, size_t end)
{
	t.kind = kind;
	t.raw = str_slice(l->text, l->at, end);
	l->at = end;
	return t;
}

static struct address_token take_enclosed(struct address_lexer *l, struct address_token t,
	enum address_token_kind kind, char close, bool *none)
{
	size_t end = *none ? 0 : token_end(l, l->at, close);
	if (end)
		return take(l, t, kind, end);
	*none = true;
	return take(l, t, ADDRESS_BAD, l->at + 1);
}

struct address_token address_lex_next(struct address_lexer *l)
{
	struct address_token t = {0};
	skip_blanks(l, &t);
	if (l->at >= l->text.n)
		return take(l, t, ADDRESS_END, l->text.n);
	char c = l->text.p[l->at];
	if (c == '"')
		return take_enclosed(l, t, ADDRESS_QUOTED, '"', &l->no_quote);
	if (c == '[')
		return take_enclosed(l, t, ADDRESS_LITERAL, ']', &l->no_literal);
	if (c && strchr("<>@,;:.", c))
		return take(l, t, ADDRESS_SPECIAL, l->at + 1);
	size_t end = l->at;
	while (end < l->text.n && address_is_atext(l->text.p[end]))
		end++;
	if (end == l->at)
		return take(l, t, ADDRESS_BAD, end + 1);
	return take(l, t, ADDRESS_ATOM, end);
}

bool address_token_is(const struct address_token *t, char special)
{
	return t->kind == ADDRESS_SPECIAL && t->raw.p[0] == special;
}

void address_token_text(const struct address_token *t, struct buf *to)
{
	if (t->kind != ADDRESS_QUOTED) {
		buf_add(to, t->raw);
		return;
	}
	struct str inside = str_slice(t->raw, 1, t->raw.n - 1);
	for (size_t i = 0; i < inside.n; i++) {
		if (inside.p[i] == '\\' && i + 1 < inside.n)
			i++;
		/*
		 * The line end of a fold is dropped, even after a backslash: what is stored or sent
		 * must be one line.
		 */
		if (inside.p[i] == '\r' || inside.p[i] == '\n')
			continue;
		buf_byte(to, inside.p[i]);
	}
}
