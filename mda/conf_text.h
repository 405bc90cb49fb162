/* The text of mda.conf before libconfuse sees it. */
#ifndef MDA_CONF_TEXT_H
#define MDA_CONF_TEXT_H

#include "mda/base/arena.h"
#include "mda/base/err.h"

/*
 * A copy of TEXT in which comments (`#` and `//` to the end of the line, C's) are blanks: libconfuse 3.3 counts lines
 * wrongly behind a comment and takes none within a list. Strings are left alone, line ends stay. -1 when a comment does
 * not end or a NUL byte, behind which libconfuse would see nothing, stands in it; PATH is for the message.
 */
int conf_text_blank(
	struct str text, const char *path, struct arena *mem, struct str *clean, struct err *err);

#endif
