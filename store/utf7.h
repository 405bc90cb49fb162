/*
 * Modified UTF-7 (RFC 3501 section 5.1.3), in which IMAP and most servers' directories have the
 * names of folders.
 */
#ifndef STORE_UTF7_H
#define STORE_UTF7_H

#include "base/buf.h"

/* Appends TEXT, which is UTF-8. False when it is not; then a part of it was appended. */
bool utf7_encode(struct str text, struct buf *to);

/*
 * Appends what TEXT means, in UTF-8. False when it cannot be modified UTF-7; then a part of it was
 * appended.
 */
bool utf7_decode(struct str text, struct buf *to);

#endif
