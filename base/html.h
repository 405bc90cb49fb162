/* HTML as a person reads it, for filters that look for words. */
#ifndef BASE_HTML_H
#define BASE_HTML_H

#include "base/arena.h"

/*
 * The text of HTML (UTF-8): no tags, comments, scripts and styles; character references as their
 * characters; runs of blanks as one; block elements begin a line. In linear time, whatever HTML is;
 * it need not be valid.
 */
struct str html_text(struct str html, struct arena *mem);

#endif
