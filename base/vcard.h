/*
 * Address books: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), as far as names and mail addresses
 * go.
 */
#ifndef BASE_VCARD_H
#define BASE_VCARD_H

#include "base/arena.h"

/*
 * NAME in UTF-8, perhaps empty; ADDRESS, with an @ in it, as it is written when it is not one that
 * can be read. LINE is where it is. The strings live until the visit returns.
 */
typedef void vcard_visit(void *context, struct str name, struct str address, unsigned line);

/*
 * Calls VISIT for each mail address of each card in TEXT. What it cannot read it passes by; how
 * many cards there are is returned. Linear, whatever stands in it.
 */
size_t vcard_walk(struct str text, vcard_visit *visit, void *context);

/* Appends a card of version 4.0, which other programs can read, to *TO. */
struct buf;
void vcard_write(struct buf *to, struct str name, struct str address);

#endif
