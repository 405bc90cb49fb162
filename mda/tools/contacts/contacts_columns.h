/*
 * Which columns of a table hold addresses and names, as Google, Outlook, Thunderbird and others
 * head them.
 */
#ifndef MDA_TOOLS_CONTACTS_CONTACTS_COLUMNS_H
#define MDA_TOOLS_CONTACTS_CONTACTS_COLUMNS_H

#include "mda/tools/contacts/contacts_csv.h"

struct columns {
	struct str_list headings; /* none when the first record has addresses itself */
	bool has_address;         /* some heading is one of addresses */
};

/*
 * Looks at the first record, whose memory is MEM's. True when it is headings, and no record of a
 * person.
 */
bool columns_find(struct columns *c, const struct str_list *first, struct arena *mem);

/*
 * Is CELL, of column I, to be read as addresses? Where no heading is known, all that looks like one
 * is.
 */
bool columns_has_address(const struct columns *c, size_t i, struct str cell);

/* The person's name in a record; empty when there is none. */
struct str columns_name(const struct columns *c, const struct str_list *fields, struct arena *mem);

/* Without the ' that keeps spreadsheets from running a field. */
struct str columns_unguarded(struct str field);

#endif
