/*
 * A table in a text file, in the format that postmap(1) reads: on a line the key, which is an
 * address or "@domain", a blank, and the value. `#` starts a comment line. A line that starts with
 * a blank continues the line before it.
 */
#ifndef MDA_CONF_TABLES_TABLE_TEXT_H
#define MDA_CONF_TABLES_TABLE_TEXT_H

#include "base/arena.h"
#include "base/err.h"

enum { TABLE_TEXT_FILE_MOST = 256 * 1024 * 1024 };

/* An entry, as it is written. */
struct table_entry {
	struct str name, value;
	unsigned line;
};

/* Takes the next entry off *REST; false at the end. *LINE counts the lines that were taken. */
bool table_text_next(struct str *rest, unsigned *line, struct table_entry *e);

/* The form in which an address, or "@domain", is compared. */
struct str table_text_key(struct str text, struct arena *mem);

/* Is NAME, as it is written, the same as KEY, which is in that form? */
bool table_text_is(struct str name, struct str key);

/* Looks for the first entry with KEY: 1 with its value, part of TEXT; 0 when there is none. */
int table_text_find(struct str text, struct str key, struct str *value);

/* Reads the file. 1; 0 with an empty text when it does not exist; -1. Memory is MEM's. */
int table_text_read(const char *path, struct arena *mem, struct str *text, struct err *err);

#endif
