/*
 * Which columns of a table have addresses and names. Google, Outlook, Thunderbird and others use
 * different headings.
 */
#ifndef MDA_TOOLS_CONTACTS_CONTACTS_COLUMNS_H
#define MDA_TOOLS_CONTACTS_CONTACTS_COLUMNS_H

#include "mda/tools/contacts/contacts_csv.h"

struct columns {
	struct str_list headings; /* none if the first record has addresses itself */
	bool has_address;         /* some heading is that of an address column */
};

/*
 * Reads the first record, whose memory is MEM's. True if it has headings and is not a person's
 * record.
 */
bool contacts_columns_find(struct columns *c, const struct str_list *first, struct arena *mem);

/*
 * Should CELL, in column I, be read as addresses? If no heading is known, everything that looks
 * like an address is.
 */
bool contacts_columns_has_address(const struct columns *c, size_t i, struct str cell);

/* The person's name in a record; empty if there is none. */
struct str contacts_columns_name(
	const struct columns *c, const struct str_list *fields, struct arena *mem);

/* Without the ' that stops spreadsheets from evaluating a field. */
struct str contacts_columns_unguarded(struct str field);

#endif
