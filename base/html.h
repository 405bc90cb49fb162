/* HTML as a person reads it, for filters that look for words. */
#ifndef BASE_HTML_H
#define BASE_HTML_H

#include "base/arena.h"

/*
 * The text of HTML (UTF-8), in MEM: without tags, comments, scripts and styles; character
 * references are decoded; runs of blanks become one; block elements begin a line. HTML need not be
 * valid. Takes linear time.
 */
struct str html_text(struct str html, struct arena *mem);

#endif
