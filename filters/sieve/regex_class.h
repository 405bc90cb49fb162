/*
 * The classes of POSIX such as "alpha": in ASCII as the POSIX locale has them, beyond it by
 * Unicode's tables.
 */
#ifndef FILTERS_SIEVE_REGEX_CLASS_H
#define FILTERS_SIEVE_REGEX_CLASS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { REGEX_ALNUM = 2, REGEX_CLASSES = 12, REGEX_CLASS_BYTES = 8 };

/* Its number; -1: there is no class of that name. */
int regex_class_find(struct str name);
/*
 * Its ASCII characters without NUL, REGEX_CLASS_BYTES in pairs of the first and last; a pair of
 * zeros is none.
 */
const unsigned char *regex_class_ascii(int class);
/*
 * Is C, which is not ASCII, of one of the classes whose bits (1 << number) are set? Without
 * libunistring it is of none.
 */
bool regex_class_has(unsigned classes, uint32_t c);

#endif
