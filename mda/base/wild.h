/* The patterns of the block and allow lists, and the plain wildcard match under them. */
#ifndef MDA_BASE_WILD_H
#define MDA_BASE_WILD_H

#include "mda/base/arena.h"

/* Does TEXT match PATTERN (`*` any run, `?` one byte), byte by byte? Linear memory, no exponential time. */
bool wild_match(struct str pattern, struct str text);

/*
 * One list entry: user@domain, *@domain, toto*@domain, toto@*domain (the domain and its subdomains), toto@*, a bare
 * domain (= *@domain). No case; domains compare as A-labels.
 */
struct wild {
	struct str local, domain; /* patterns, ready for comparison */
	unsigned literals;        /* how specific it is: characters that are no wildcard */
};

/* Parses an entry. False, with a sentence in *WHY, when it is none. */
bool wild_parse(struct str entry, struct arena *mem, struct wild *w, const char **why);

/* KEY is from address_key(). */
bool wild_matches(const struct wild *w, struct str key);

#endif
