/* Bytes that start no token, and what their author probably meant. */
#ifndef FILTERS_SIEVE_LEX_GARBAGE_H
#define FILTERS_SIEVE_LEX_GARBAGE_H

#include "filters/sieve/lex.h"

/* An error for all of them, up to where a token may start again. */
struct lex_token lex_garbage(struct lex *l);
/* May a token start with C? */
bool lex_starts_token(char c);

#endif
