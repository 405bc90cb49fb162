/* Tables as text (RFC 4180), as address books are exchanged. */
#ifndef MDA_CONTACTS_CSV_H
#define MDA_CONTACTS_CSV_H

#include "mda/base/arena.h"
#include "mda/base/buf.h"

/* Appends a record, with quotes where they are needed. A field that a spreadsheet would run gets a ' in front. */
void csv_write(struct buf *to, const struct str *fields, size_t count);

/* Takes the next record off *REST; its fields are in MEM. False at the end. Whatever is there is some record. */
bool csv_next(struct str *rest, struct arena *mem, struct str_list *fields);

#endif
