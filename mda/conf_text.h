/* The text of mda.conf before libconfuse sees it: what is no text of a setting, and where each setting stands. */
#ifndef MDA_CONF_TEXT_H
#define MDA_CONF_TEXT_H

#include "mda/base/arena.h"
#include "mda/base/err.h"

/* Where a key is set: offsets in the text. */
struct conf_place {
	struct str key;
	size_t at;
	unsigned line;
	size_t *values;
	size_t value_count;
};

struct conf_section {
	struct str type; /* "domain", ...; empty for what stands outside of sections */
	struct conf_place *places;
	size_t count;
};

struct conf_text {
	const char *path;
	struct str written;            /* as the admin wrote it */
	struct str clean;              /* for libconfuse; nothing has moved */
	struct conf_section *sections; /* in their order; the first is the file itself */
	size_t count;
};

/*
 * Looks through WRITTEN. Comments (`#` and `//` to the end of the line, C's), a BOM and the CRs of CRLF are blanks in the
 * clean text: libconfuse 3.3 counts lines wrongly behind a comment, takes none within a list, and tells no columns. -1
 * with file, line and column when a comment, string, list or section does not end, and for what libconfuse passes over
 * in silence: a NUL byte, and a "+" or "*" outside of quotes.
 */
int conf_text_scan(const char *path, struct str written, struct arena *mem, struct conf_text *text,
	struct err *err);

/* The last place where SECTION sets KEY, or NULL. */
const struct conf_place *conf_text_place(const struct conf_section *section, struct str key);

/* The offset of WORD in that line (from 1; the last one for lines behind it), or where the line starts. */
size_t conf_text_find(const struct conf_text *text, unsigned line, struct str word);

/* Fills ERR with "file:line:column: MESSAGE" for the offset AT; returns -1. */
int conf_text_fail(const struct conf_text *text, size_t at, const char *message, struct err *err);

#endif
