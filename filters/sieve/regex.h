/*
 * Extended regular expressions (POSIX.1-2017 XBD 9.4) through TRE, whose matching takes time in proportion to the text,
 * whatever the pattern. What TRE allows beyond POSIX, and what would make it slow or large, is refused here.
 */
#ifndef FILTERS_SIEVE_REGEX_H
#define FILTERS_SIEVE_REGEX_H

#include "mda/base/arena.h"

struct regex;

/* In MEM; its memory goes with it. NULL with a sentence in *WHY when PATTERN, which is UTF-8, is no such expression. */
struct regex *regex_new(struct str pattern, bool ignore_case, struct arena *mem, const char **why);

/* How many groups stand in it. */
size_t regex_groups(const struct regex *r);
/* What a match may cost, in steps that one byte of text is compared with. */
unsigned long long regex_cost(const struct regex *r, size_t text);
/* The bytes of memory that it may take. */
size_t regex_memory(struct str text);

/*
 * Is a part of TEXT (UTF-8, or any bytes) what the expression says? PLACES, unless NULL, gets where the match and each
 * group start and end, for 1 + regex_groups() of them; a group that took no part is empty. 1, 0, or -1 without memory.
 */
int regex_match(const struct regex *r, struct str text, size_t *places, struct arena *mem);

#endif
