/* UTF-8 (RFC 3629), strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

/*
 * Takes one code point off *REST and returns true. False, and nothing is taken, when there is none
 * or it is invalid.
 */
bool utf8_next(struct str *rest, uint32_t *code_point);
bool utf8_valid(struct str s);
/* TEXT with U+FFFD for each byte that is not part of a code point; TEXT itself if it is valid. */
struct str utf8_mended(struct str text, struct arena *mem);
/* TEXT without the byte order mark that some editors put before it. */
struct str utf8_without_mark(struct str text);
/* The first N characters of TEXT, or fewer. An invalid byte counts as one. */
struct str utf8_first(struct str text, unsigned long long n);
void utf8_put(struct buf *to, uint32_t code_point);

#endif
