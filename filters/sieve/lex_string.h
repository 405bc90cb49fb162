/* Strings: "quoted", and text: up to a line with a dot (RFC 5228 section 2.4.2). */
#ifndef FILTERS_SIEVE_LEX_STRING_H
#define FILTERS_SIEVE_LEX_STRING_H

#include "filters/sieve/lex.h"

/* The one that starts here, or an error. */
struct lex_token lex_quoted(struct lex *l);
struct lex_token lex_text(struct lex *l);

#endif
