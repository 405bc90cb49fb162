/*
 * Extended regular expressions (POSIX.1-2017 XBD 9.4), in two parts. An expression is compiled to a
 * program of limited size, with its counts written out (regex_parse.c). The program runs over the
 * text in all its places at once (regex.c). So a match takes at most as many steps as the length of
 * the program times that of the text, and no stack. The match is the leftmost, and of those the
 * longest; its groups are those that a backtracking search would find first.
 */
#ifndef FILTERS_SIEVE_REGEX_H
#define FILTERS_SIEVE_REGEX_H

#include "base/arena.h"

struct regex;

/*
 * Compiles PATTERN, which is UTF-8, into MEM. NULL with a sentence in *WHY when it is not such an
 * expression; otherwise *WHY is NULL or a warning. An expression that the C library accepts and
 * this code does not matches nothing. In all cases the work is added to *STEPS.
 */
struct regex *regex_new(struct str pattern, bool ignore_case, struct arena *mem,
	unsigned long long *steps, const char **why);

/* How many groups it has whose places a match can report. */
size_t regex_groups(const struct regex *r);

/*
 * Does a part of TEXT (UTF-8, or any bytes) match? PLACES, unless NULL, gets where the match and
 * each group start and end, 1 + regex_groups() pairs; a group that took no part is empty. 1, 0, or
 * -1 when it takes more than *STEPS, which is then set to the steps taken. Temporary memory is from
 * SCRATCH.
 */
int regex_match(const struct regex *r, struct str text, size_t *places, unsigned long long *steps,
	struct arena *scratch);

#endif
