/* Tables as text (RFC 4180), the form in which programs exchange address books. */
#ifndef MDA_TOOLS_CONTACTS_CONTACTS_CSV_H
#define MDA_TOOLS_CONTACTS_CONTACTS_CSV_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * Appends a record, with quotes where they are needed. A field that a spreadsheet would evaluate
 * gets a ' in front.
 */
void contacts_csv_write(struct buf *to, const struct str *fields, size_t count);

/* A table that is read record by record. */
struct csv {
	struct str rest;
	char separator;
	unsigned line;     /* where the last record that was read starts, from 1 */
	const char *wrong; /* what is wrong with that record; NULL if nothing is */
	unsigned next_line;
	bool quotes_end; /* false: the quotes in the rest are not closed */
};

/*
 * Starts reading TEXT, which must outlive it. The separator is the one that "sep=" in the first
 * line names, or the most frequent one in that line.
 */
struct csv contacts_csv_open(struct str text);

/*
 * Reads the next record; its fields are in MEM. False at the end. Quotes that are not closed, and
 * text after quotes, are errors; then the record is the rest of its line.
 */
bool contacts_csv_next(struct csv *c, struct arena *mem, struct str_list *fields);

#endif
