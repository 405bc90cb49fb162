/* Tables as text (RFC 4180), as address books are exchanged. */
#ifndef MDA_TOOLS_CONTACTS_CONTACTS_CSV_H
#define MDA_TOOLS_CONTACTS_CONTACTS_CSV_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * Appends a record, with quotes where they are needed. A field that a spreadsheet would run gets a
 * ' in front.
 */
void csv_write(struct buf *to, const struct str *fields, size_t count);

/* A table that is read record by record. */
struct csv {
	struct str rest;
	char separator;
	unsigned line;     /* in which the record starts that was read last, from 1 */
	const char *wrong; /* what is wrong with that record; NULL: nothing */
	unsigned next_line;
	bool quotes_end; /* false: those of the rest do not */
};

/*
 * Starts on TEXT, which outlives it: the separator is what "sep=" in the first line says, or what
 * that line has most of.
 */
struct csv csv_open(struct str text);

/*
 * Takes the next record; its fields are in MEM. False at the end. Quotes that do not end, and text
 * behind them, are wrong: then the record is what is left of its line.
 */
bool csv_next(struct csv *c, struct arena *mem, struct str_list *fields);

#endif
