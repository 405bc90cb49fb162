/*
 * A page in HTML that is one file: style and script are in it, its policy (Content Security Policy)
 * allows nothing else, and nothing is loaded from anywhere. Markup is ours and is added with
 * buf_text(); whatever a stranger or a user wrote is added with page_text().
 */
#ifndef MDA_PAGE_PAGE_H
#define MDA_PAGE_PAGE_H

#include "base/buf.h"

/* All up to the content, with TITLE as the title and the heading, and LEAD below it. */
void page_begin(struct buf *to, const char *title, struct str lead);
void page_end(struct buf *to);

/* TEXT as it is read: it is never markup, and what could deceive a reader is a question mark. */
void page_text(struct buf *to, struct str text);

/* The same for several lines. */
void page_lines(struct buf *to, struct str text);

/* <TAG class="CLASS">TEXT</TAG>. Whatever the direction of TEXT, it changes nothing around it. */
void page_element(struct buf *to, const char *tag, const char *class, struct str text);
/* The same for a number. */
void page_number(struct buf *to, const char *tag, const char *class, unsigned long long number);

/*
 * A table that people may sort and filter. COLUMNS ends with NULL; a column that begins with "#"
 * has numbers. A row is what the caller adds between "<tr>" and "</tr>".
 */
void page_begin_table(struct buf *to, const char *caption, const char *const *columns);
void page_end_table(struct buf *to);

#endif
