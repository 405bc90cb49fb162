/*
 * Splits an address header into tokens (RFC 5322 section 3.2, RFC 6532): in one pass, in linear
 * time, without allocating memory.
 */
#ifndef BASE_ADDRESS_LEX_H
#define BASE_ADDRESS_LEX_H

#include "base/buf.h"

enum address_token_kind {
	ADDRESS_END,
	ADDRESS_ATOM,    /* may have bytes above 127 */
	ADDRESS_QUOTED,  /* raw: with its quotes */
	ADDRESS_LITERAL, /* raw: with its brackets */
	ADDRESS_SPECIAL, /* one of < > @ , ; : . */
	ADDRESS_BAD, /* a byte that is not allowed, such as NUL or a quote that is never closed */
};

struct address_token {
	enum address_token_kind kind;
	struct str raw;
	bool blank;   /* there are blanks before it */
	bool comment; /* there is a comment before it */
};

/* Start with { .text = value }. */
struct address_lexer {
	struct str text;
	size_t at;
	/* a comment had a control byte, or comments were nested too deeply for other programs */
	bool odd;
	/* The closing byte was not found, so it is not searched for again. */
	bool no_quote, no_comment, no_literal;
};

/* Returns the next token; at the end ADDRESS_END, as often as it is called. */
struct address_token address_lex_next(struct address_lexer *l);

bool address_token_is(const struct address_token *t, char special);

/*
 * Appends what a token means: a quoted string without quotes, backslashes and folds; anything else
 * as it is.
 */
void address_token_text(const struct address_token *t, struct buf *to);

/* May this byte be in an atom (RFC 5322 atext, RFC 6532 UTF8-non-ascii)? */
bool address_is_atext(char c);

#endif
