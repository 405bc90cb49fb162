/*
 * Modified UTF-7 (RFC 3501 section 5.1.3): the encoding of folder names in IMAP and in most
 * servers' directories.
 */
#ifndef STORE_UTF7_H
#define STORE_UTF7_H

#include "base/buf.h"

/* Appends TEXT, which must be UTF-8. False when it is not; a part of it may have been appended. */
bool utf7_encode(struct str text, struct buf *to);

/*
 * Appends the decoded TEXT in UTF-8. False when it is not modified UTF-7; a part of it may have
 * been appended.
 */
bool utf7_decode(struct str text, struct buf *to);

#endif
