/* UTF-8 (RFC 3629), strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef MDA_BASE_UTF8_H
#define MDA_BASE_UTF8_H

#include "mda/base/buf.h"

#include <stdint.h>

/* Takes one code point off *REST and returns true; false (nothing taken) when there is none or it is invalid. */
bool utf8_next(struct str *rest, uint32_t *code_point);
bool utf8_valid(struct str s);
void utf8_put(struct buf *to, uint32_t code_point);

#endif
