#include "filters/sieve/lex_string.h"

#include "base/utf8.h"
#include "filters/sieve/lex_place.h"

#include <string.h>

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
		if (lex_is_bare_cr(left, 0)) {
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

struct lex_token lex_quoted(struct lex *l)
{
	struct lex_token t = lex_token_here(l, LEX_STRING);
	struct str why = STR_EMPTY;
	size_t n = str_quoted(lex_rest(l));
	if (n == 0)
		return lex_error(l, lex_rest(l).n, STR_LIT("the string has no closing quote"));
	struct str inner = str_slice(lex_rest(l), 1, n - 1);
	size_t bad = bad_byte(inner, &why);
	if (bad < inner.n)
		return lex_error_at(l, n, bad + 1, why);
	t.text = unquote(inner, l->mem);
	return lex_finish(l, t, n);
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

struct lex_token lex_text(struct lex *l)
{
	struct lex_token t = lex_token_here(l, LEX_STRING);
	struct str all = lex_rest(l), body, why = STR_EMPTY;
	size_t opening = text_opening(all);
	if (opening == 0)
		return lex_error(l, bad_text_length(all),
			STR_LIT("only a # comment may follow \"text:\" on its line"));
	struct str left = str_slice(all, opening, all.n);
	if (!take_text(&left, &body))
		return lex_error(l, all.n,
			STR_LIT("the text is not closed: a line with a single dot is missing"));
	size_t bad = bad_byte(str_slice(all, 0, opening + body.n), &why);
	if (bad < opening + body.n)
		return lex_error_at(l, all.n - left.n, bad, why);
	t.text = unstuff(body, l->mem);
	/* The line end after the dot is not taken: the last line of a script may have none. */
	return lex_finish(l, t, opening + body.n + 1);
}
