/* Changes of a list's text: a line more, or some fewer; all else stays as a person wrote it. */
#ifndef MDA_TOOLS_LISTS_LISTS_EDIT_H
#define MDA_TOOLS_LISTS_LISTS_EDIT_H

#include "base/buf.h"
#include "filters/lists/list_text.h"

/* What may stand behind a new entry. */
struct lists_remark {
	struct str reason; /* empty: none */
	unsigned until;    /* the last day; 0: for good */
	unsigned today;
};

/*
 * The line of TEXT that has the entry, in whatever way it is written, and is not over; 0: none.
 */
unsigned lists_line_of(struct str text, struct str entry, unsigned today);

/* TEXT with a line for the entry at its end, in place of those of the same entry that are over. */
void lists_append(
	struct str text, struct str entry, const struct lists_remark *remark, struct buf *to);

/* TEXT without the lines of the entry. Returns how many they were. */
size_t lists_cut(struct str text, struct str entry, struct buf *to);

#endif
