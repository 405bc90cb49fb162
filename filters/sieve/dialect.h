/*
 * Strings for libsieve, which leaves backslashes where they are and cannot quote a wildcard. Its
 * special characters are replaced by control characters, in the keys and in the values that they
 * are compared with alike.
 */
#ifndef FILTERS_SIEVE_DIALECT_H
#define FILTERS_SIEVE_DIALECT_H

#include "base/arena.h"

enum dialect_key {
	DIALECT_PLAIN, /* compared as it is */
	DIALECT_WILD,  /* holds `*`, `?` and their escapes (RFC 5228 section 2.7.1) */
	DIALECT_REGEX, /* a regular expression */
};

/* The string KEY as it stands in a script, with its quotes, in one line. */
struct str dialect_quote(struct arena *mem, struct str key, enum dialect_key kind);

/*
 * VALUE, to be compared with a key; as a C string. For a regular expression only line ends and NUL
 * are replaced.
 */
char *dialect_value(struct arena *mem, struct str value, bool regex);

#endif
