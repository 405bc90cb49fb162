/* The patterns of the block and allow lists, and the wildcard match that they use. */
#ifndef BASE_WILD_H
#define BASE_WILD_H

#include "base/arena.h"

/*
 * Does TEXT match PATTERN? `*` matches any run, `?` one character: a code point of UTF-8, or one
 * byte where it is not UTF-8. Case matters. No recursion; at worst the length of the pattern times
 * that of the text in steps, so callers take no pattern that is longer than LIMIT_PATTERN.
 */
bool wild_match(struct str pattern, struct str text);

/*
 * One list entry:
 *   user@domain  *@domain  toto*@domain  toto@*   `*` and `?` have their usual meaning
 *   domain       the same as *@domain: only the domain, without its subdomains
 *   *domain      after the @ or alone: the domain and its subdomains, so that *example.org does not
 *                match evilexample.org
 *   *.domain     only the subdomains, at any depth
 * Case does not matter. Domains compare as A-labels. In a quoted local part `*` and `?` are
 * wildcards too.
 */
struct wild {
	struct str local, domain; /* patterns, ready for comparison */
	bool subdomains;   /* `*domain`, kept as `*.domain`: what follows the dot matches too */
	unsigned literals; /* how specific it is: the number of characters that are not wildcards */
};

/* A longer key matches nothing. */
enum { WILD_KEY_MOST = 998 };

/*
 * Parses an entry. False, with a sentence in *WHY, when it is not an entry. The result is in MEM or
 * points into ENTRY.
 */
bool wild_parse(struct str entry, struct arena *mem, struct wild *w, const char **why);

/*
 * KEY is from address_key(). A key without a domain has the empty domain, which only `*` matches.
 * The empty key (the null sender) matches nothing, and neither does a key that is longer than any
 * address.
 */
bool wild_matches(const struct wild *w, struct str key);

/* Does one of ENTRIES match? What is not an entry matches nothing. */
bool wild_any(const struct str_list *entries, struct str key, struct arena *mem);

#endif
