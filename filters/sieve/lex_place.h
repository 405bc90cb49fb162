/* The current place in a script, and tokens made of what is there. For the files lex*.c. */
#ifndef FILTERS_SIEVE_LEX_PLACE_H
#define FILTERS_SIEVE_LEX_PLACE_H

#include "filters/sieve/lex.h"

/* ---- what is there ---- */

static inline struct str lex_rest(const struct lex *l)
{
	return str_slice(l->script, l->at, l->script.n);
}

/* The byte at distance I, or 0 after the end. A NUL in the script does not start a token either. */
static inline char lex_peek(const struct lex *l, size_t i)
{
	return i < l->script.n - l->at ? l->script.p[l->at + i] : '\0';
}

static inline bool lex_at_end(const struct lex *l)
{
	return l->at >= l->script.n;
}

void lex_advance(struct lex *l, size_t n);

static inline bool lex_is_bare_cr(struct str s, size_t i)
{
	return s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n');
}

static inline bool lex_is_bracket_comment(const struct lex *l)
{
	return lex_peek(l, 0) == '/' && lex_peek(l, 1) == '*';
}

static inline bool lex_starts_word(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool lex_goes_on(char c)
{
	return lex_starts_word(c) || (c >= '0' && c <= '9');
}

/* The length of the identifier at distance OFFSET. */
static inline size_t lex_word_length(const struct lex *l, size_t offset)
{
	size_t n = 0;
	if (!lex_starts_word(lex_peek(l, offset)))
		return 0;
	while (lex_goes_on(lex_peek(l, offset + n)))
		n++;
	return n;
}

/* ---- making tokens ---- */

static inline struct lex_token lex_token_here(const struct lex *l, enum lex_kind kind)
{
	return (struct lex_token){.kind = kind, .line = l->line, .column = l->column};
}

/* Takes the next N bytes as T. */
struct lex_token lex_finish(struct lex *l, struct lex_token t, size_t n);
/* Makes an error of the next N bytes, for this reason. */
struct lex_token lex_error(struct lex *l, size_t n, struct str why);
/* The same, but the error's place is OFFSET bytes further. */
struct lex_token lex_error_at(struct lex *l, size_t n, size_t offset, struct str why);

#endif
