/* The charset of an address book that another program wrote. */
#ifndef MDA_TOOLS_CONTACTS_CONTACTS_UTF8_H
#define MDA_TOOLS_CONTACTS_CONTACTS_UTF8_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Appends BYTES as UTF-8 without a byte order mark to *TEXT: from UTF-16 (with a mark, or known by
 * its zeros), from UTF-8, or else from Windows-1252. What has no character in it becomes U+FFFD. -1
 * when it cannot be converted; NAME is for the message.
 */
int contacts_utf8(struct str bytes, struct buf *text, const char *name, struct err *err);

#endif
