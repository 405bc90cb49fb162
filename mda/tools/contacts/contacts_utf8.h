/* Converts an address book that another program wrote to UTF-8. */
#ifndef MDA_TOOLS_CONTACTS_CONTACTS_UTF8_H
#define MDA_TOOLS_CONTACTS_CONTACTS_UTF8_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Appends BYTES to *TEXT as UTF-8 without a byte order mark. They may be UTF-16 (with a mark, or
 * recognised by its zeros), UTF-8, or else Windows-1252. Bytes that are not a character become
 * U+FFFD. -1 if they cannot be converted; NAME is for the message.
 */
int contacts_utf8(struct str bytes, struct buf *text, const char *name, struct err *err);

#endif
