/* Text as a JSON string (RFC 8259 section 7). */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

/*
 * Appends TEXT in quotes. Bytes that are not UTF-8, which file names may have, become \udc80 to
 * \udcff, so that a reader can restore them (as Python's "surrogateescape" does).
 */
void json_quote(struct buf *to, struct str text);

/* Appends `"key":`, with a comma before it unless it is the first key of its object. */
void json_key(struct buf *to, const char *key);
void json_text(struct buf *to, const char *key, struct str value);
void json_number(struct buf *to, const char *key, unsigned long long value);

#endif
