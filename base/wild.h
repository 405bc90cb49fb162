/* The patterns of the block and allow lists, and the plain wildcard match under them. */
#ifndef BASE_WILD_H
#define BASE_WILD_H

#include "base/arena.h"

/*
 * Does TEXT match PATTERN (`*` any run, `?` one character: a code point of UTF-8, or one byte where
 * it is none)? Case counts. No recursion; at worst pattern times text steps.
 */
bool wild_match(struct str pattern, struct str text);

/*
 * One list entry:
 *   user@domain  *@domain  toto*@domain  toto@*   `*` and `?` stand for what they always do
 *   domain       the same as *@domain: the domain alone, without its subdomains
 *   *domain      behind the @ or bare: the domain and its subdomains, so *example.org is not
 *                evilexample.org
 *   *.domain     the subdomains alone, at any depth
 * No case; domains compare as A-labels. In a quoted local part `*` and `?` are wildcards as well.
 */
struct wild {
	struct str local, domain; /* patterns, ready for comparison */
	bool subdomains;   /* `*domain`, kept as `*.domain`: what follows the dot matches as well */
	unsigned literals; /* how specific it is: characters that are no wildcard */
};

/* A key that is longer matches nothing. */
enum { WILD_KEY_MOST = 998 };

/*
 * Parses an entry. False, with a sentence in *WHY, when it is none. What it holds is in MEM or in
 * ENTRY.
 */
bool wild_parse(struct str entry, struct arena *mem, struct wild *w, const char **why);

/*
 * KEY is from address_key(). A key without a domain has the empty domain, which only `*` matches;
 * the empty key (the null sender) matches nothing, nor does one that is longer than any address.
 */
bool wild_matches(const struct wild *w, struct str key);

#endif
