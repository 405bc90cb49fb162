/*
 * A list as a person writes it: one entry a line (base/wild.h). `#` starts a comment at the start
 * of a line or behind a blank; a comment that starts with `until 2027-01-31` says the last day on
 * which the entry counts. A BOM and CRLF are fine.
 */
#ifndef FILTERS_LISTS_LIST_TEXT_H
#define FILTERS_LISTS_LIST_TEXT_H

#include "base/err.h"
#include "base/wild.h"

struct list_line {
	struct str entry;        /* as it is written */
	const struct wild *wild; /* NULL: it cannot be read, and `wrong` says why */
	const char *wrong;
	unsigned line, column; /* where the entry starts, from 1 */
	struct str comment;    /* from its `#` on; empty for none */
	unsigned until;        /* the last day, as 20270131; 0: for good */
	bool odd_until;        /* the comment says "until", and then no date */
};

/* Takes a line apart, without reading the entry as a pattern; false when there is none. */
bool list_text_line(struct str line, struct list_line *l);

/* "2027-01-31" as 20270131; 0 when it is no date. */
unsigned list_text_day(struct str date);
/* The day that it is now, here. */
unsigned list_text_today(void);

/*
 * Calls VISIT for each entry of the list at PATH, but for readable ones whose last day was before
 * TODAY (0: for all): 1, 0 when there is no such file, -1 on error. What VISIT gets lives until it
 * returns.
 */
typedef void list_visit(void *context, const struct list_line *line);
int list_text_walk(
	struct str path, unsigned today, list_visit *visit, void *context, struct err *err);

#endif
