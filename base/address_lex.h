/*
 * The words of an address header (RFC 5322 section 3.2, RFC 6532): one pass, linear, nothing is
 * allocated.
 */
#ifndef BASE_ADDRESS_LEX_H
#define BASE_ADDRESS_LEX_H

#include "base/buf.h"

enum address_token_kind {
	ADDRESS_END,
	ADDRESS_ATOM,    /* also with bytes above 127 */
	ADDRESS_QUOTED,  /* raw: with its quotes */
	ADDRESS_LITERAL, /* raw: with its brackets */
	ADDRESS_SPECIAL, /* one of < > @ , ; : . */
	ADDRESS_BAD, /* a byte that may not stand there, such as NUL or a quote without an end */
};

struct address_token {
	enum address_token_kind kind;
	struct str raw;
	bool blank;   /* blanks stand before it */
	bool comment; /* a comment stands before it */
};

/* Start with { .text = value }. */
struct address_lexer {
	struct str text;
	size_t at;
	/* a comment held a control byte, or comments too deeply nested for others to follow */
	bool odd;
	/* No end was found for one of these, so later ones are not searched again. */
	bool no_quote, no_comment, no_literal;
};

/* The next token; ADDRESS_END again and again behind the last. */
struct address_token address_lex_next(struct address_lexer *l);

bool address_token_is(const struct address_token *t, char special);

/*
 * Adds what a token stands for: a quoted string without quotes, backslashes and folds, anything
 * else as it is.
 */
void address_token_text(const struct address_token *t, struct buf *to);

/* May this byte stand in an atom (RFC 5322 atext, RFC 6532 UTF8-non-ascii)? */
bool address_is_atext(char c);

#endif
