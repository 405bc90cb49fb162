/* Adds and removes lines of a list's text. All other lines stay as they were written. */
#ifndef FILTERS_LISTS_LIST_EDIT_H
#define FILTERS_LISTS_LIST_EDIT_H

#include "base/buf.h"
#include "filters/lists/list_text.h"

/* The comment after a new entry. */
struct list_remark {
	struct str reason; /* empty: none */
	unsigned until;    /* the last day; 0: no limit */
	unsigned today;
};

/*
 * The number of the line in TEXT that has the entry, however it is written, and has not expired; 0
 * if there is none.
 */
unsigned list_edit_line_of(struct str text, struct str entry, unsigned today);

/* TEXT with a line for the entry at its end. Expired lines of the same entry are removed. */
void list_edit_append(
	struct str text, struct str entry, const struct list_remark *remark, struct buf *to);

/* TEXT without the lines of the entry. Returns how many there were. */
size_t list_edit_cut(struct str text, struct str entry, struct buf *to);

/*
 * TEXT with the lines of the entry made comments that begin with WHY. Returns how many there were.
 */
size_t list_edit_disable(struct str text, struct str entry, struct str why, struct buf *to);

#endif
