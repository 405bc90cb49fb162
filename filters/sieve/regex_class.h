/*
 * POSIX classes such as "alpha": in ASCII as in the POSIX locale, beyond ASCII by Unicode's tables.
 */
#ifndef FILTERS_SIEVE_REGEX_CLASS_H
#define FILTERS_SIEVE_REGEX_CLASS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { REGEX_ALNUM = 2, REGEX_CLASSES = 12, REGEX_CLASS_BYTES = 8 };

/* The number of the class; -1: there is no class with that name. */
int regex_class_find(struct str name);
/*
 * Its ASCII characters except NUL: REGEX_CLASS_BYTES bytes, in pairs of the first and the last. A
 * pair of zeros is unused.
 */
const unsigned char *regex_class_ascii(int class);
/*
 * Is C, which is not ASCII, in one of the classes whose bits (1 << number) are set? Without
 * libunistring it is in none.
 */
bool regex_class_has(unsigned classes, uint32_t c);

#endif
