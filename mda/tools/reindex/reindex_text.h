/*
 * The forms in which UIDs are exported and imported. Dovecot's and Courier's files are about one
 * folder; the text form is about a mailbox:
 *
 *   mda-uids 1
 *   folder Lists/Foo uidvalidity 1795415107 uidnext 3
 *   2 1795.M1P2Q1.host,S=150,W=159
 *
 * Names with blanks, quotes, control characters or bytes that are no UTF-8 stand in double quotes,
 * with \" \\ and \xNN.
 */
#ifndef MDA_TOOLS_REINDEX_REINDEX_TEXT_H
#define MDA_TOOLS_REINDEX_REINDEX_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

extern const char reindex_text_title[];

/* Appends the name so that reindex_text_name() gives it back. */
void reindex_put_name(struct buf *to, struct str name);
/* Takes a name off the start of *REST, in MEM; false if there is none. */
bool reindex_text_name(struct str *rest, struct arena *mem, struct str *name);

#endif
