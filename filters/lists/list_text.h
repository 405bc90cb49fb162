/*
 * A list as a person writes it: one entry on each line (see base/wild.h). `#` starts a comment at
 * the start of a line or after a blank. A comment that starts with `until 2027-01-31` gives the
 * last day on which the entry is valid. A BOM and CRLF are accepted.
 */
#ifndef FILTERS_LISTS_LIST_TEXT_H
#define FILTERS_LISTS_LIST_TEXT_H

#include "base/err.h"
#include "base/wild.h"

struct list_line {
	struct str entry;        /* as it is written */
	const struct wild *wild; /* NULL: it cannot be read, and `wrong` has the reason */
	const char *wrong;
	unsigned line, column; /* the place of the entry, from 1 */
	struct str comment;    /* from its `#` on; empty: none */
	unsigned until;        /* the last day, as 20270131; 0: no end */
	bool odd_until;        /* the comment begins with "until" but without a date */
};

/* Splits a line without parsing the entry as a pattern. False when it has no entry. */
bool list_text_line(struct str line, struct list_line *l);

/* "2027-01-31" as 20270131; 0 when it is not a date. */
unsigned list_text_day(struct str date);
/* The day of the word "added" in a comment of an entry, as 20270131; 0: there is none. */
unsigned list_text_added(struct str comment);
/* Today in local time. */
unsigned list_text_today(void);

/*
 * Calls VISIT for each entry of the list at PATH, but not for readable ones whose last day was
 * before TODAY (0: for all). 1 read, 0 there is no such file, -1 error. What VISIT gets lives until
 * it returns.
 */
typedef void list_visit(void *context, const struct list_line *line);
int list_text_walk(
	struct str path, unsigned today, list_visit *visit, void *context, struct err *err);

#endif
