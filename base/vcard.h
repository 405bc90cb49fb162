/* Address books: names and mail addresses of vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350). */
#ifndef BASE_VCARD_H
#define BASE_VCARD_H

#include "base/arena.h"

/*
 * NAME is UTF-8 and may be empty. ADDRESS contains an @; if it cannot be read as an address, it is
 * as written. LINE is its place. The strings live until the visit returns.
 */
typedef void vcard_visit(void *context, struct str name, struct str address, unsigned line);

/*
 * Calls VISIT for each mail address of each card in TEXT. What cannot be read is skipped. Returns
 * the number of cards. Takes linear time, whatever TEXT is.
 */
size_t vcard_walk(struct str text, vcard_visit *visit, void *context);

/* Appends a card of version 4.0, which other programs can read, to *TO. */
struct buf;
void vcard_write(struct buf *to, struct str name, struct str address);

#endif
