/*
 * Extended regular expressions (POSIX.1-2017 XBD 9.4). Two parts: an expression becomes a program
 * of bounded size, with its counts written out (regex_parse.c), and the program runs over the text
 * in all its places at once (regex.c). So a match takes at most program times text steps, whatever
 * the two are, and no stack. The match is the leftmost, and of those the longest; its groups are
 * those that a search with backtracking would find first.
 */
#ifndef FILTERS_SIEVE_REGEX_H
#define FILTERS_SIEVE_REGEX_H

#include "base/arena.h"

struct regex;

/*
 * In MEM; its memory goes with it. NULL with a sentence in *WHY when PATTERN, which is UTF-8, is no
 * such expression. Otherwise *WHY is NULL or a warning; an expression that the C library takes and
 * this does not matches nothing. Either way the work is added to *STEPS.
 */
struct regex *regex_new(struct str pattern, bool ignore_case, struct arena *mem,
	unsigned long long *steps, const char **why);

/* How many groups there are in it that a match can tell. */
size_t regex_groups(const struct regex *r);

/*
 * Is a part of TEXT (UTF-8, or any bytes) what the expression says? PLACES, unless NULL, gets where
 * the match and each group start and end, for 1 + regex_groups() of them; a group that took no part
 * is empty. 1, 0, or -1 when it takes more than *STEPS, which then gets what it took. SCRATCH: what
 * it needs meanwhile.
 */
int regex_match(const struct regex *r, struct str text, size_t *places, unsigned long long *steps,
	struct arena *scratch);

#endif
