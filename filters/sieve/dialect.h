/*
 * Strings for libsieve, which does not interpret backslashes and cannot quote a wildcard. Special
 * characters are replaced by control characters, both in keys and in the values that are compared
 * with them.
 */
#ifndef FILTERS_SIEVE_DIALECT_H
#define FILTERS_SIEVE_DIALECT_H

#include "base/arena.h"

enum dialect_key {
	DIALECT_PLAIN, /* compared as it is */
	DIALECT_WILD,  /* contains `*`, `?` and their escapes (RFC 5228 section 2.7.1) */
	DIALECT_REGEX, /* a regular expression */
};

/* KEY as a string in a script: with quotes, on one line. */
struct str dialect_quote(struct arena *mem, struct str key, enum dialect_key kind);

/*
 * VALUE for comparison with a key, as a C string. For a regular expression only line ends and NUL
 * are replaced.
 */
char *dialect_value(struct arena *mem, struct str value, bool regex);

#endif
