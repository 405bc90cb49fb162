/* Blanks and comments (RFC 5228 section 2.3). */
#ifndef FILTERS_SIEVE_LEX_BLANK_H
#define FILTERS_SIEVE_LEX_BLANK_H

#include "filters/sieve/lex.h"

/* Up to the next token, or to a comment that is wrong. */
void lex_skip_blanks(struct lex *l);

/* The length of the comment that starts here; 0 when there is none or it has no end. */
size_t lex_comment_length(const struct lex *l);
/* The first byte that a comment must not have (RFC 5228 section 8.1), or comment.n. */
size_t lex_bad_in_comment(struct str comment);

#endif
