/*
 * The text of mda.conf before libconfuse sees it: what is no text of a setting, where each setting stands, and which
 * sections nobody needs to look into now. A file has thousands of sections for addresses, a delivery needs one of them.
 */
#ifndef MDA_CONF_TEXT_H
#define MDA_CONF_TEXT_H

#include "mda/base/arena.h"
#include "mda/base/err.h"
#include "mda/conf_key.h"

#include <stdint.h>

/* A section for a domain or an address, by offsets: its inside is [from, to). Small, as there are many. */
struct conf_apart {
	uint32_t title, from, to;
	uint16_t title_length;
	uint16_t scope; /* enum conf_scope */
};

struct conf_text {
	const char *path;
	char *p; /* comments become blanks as it is looked through; a NUL follows */
	size_t n;
	struct conf_apart *apart;
	size_t apart_count;
};

/* Where a key is set: offsets in the text. */
struct conf_place {
	const struct conf_text *text;
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

/* In their order; the first is what stands outside of sections. */
struct conf_sections {
	struct conf_section *items;
	size_t count;
};

/* A part of a text. */
struct conf_stretch {
	size_t from, to;
	struct str_list include; /* files that follow it */
	size_t include_at;
};

struct conf_scan;

/*
 * Starts to look through TEXT between two offsets. Comments (`#` and `//` to the end of the line, C's), a BOM and the CRs
 * of CRLF become blanks: libconfuse 3.3 counts lines wrongly behind a comment, takes none within a list, and tells no
 * columns. With IS_INSIDE it is the inside of a section. Places are added to SECTIONS. NULL with the place for a NUL byte.
 */
struct conf_scan *conf_text_scan(struct conf_text *text, size_t from, size_t to, bool is_inside,
	struct conf_sections *sections, struct arena *mem, struct err *err);

/*
 * The next stretch that libconfuse is to see, up to a section that went into TEXT->apart, an `include` or the end: 1; 0
 * when there are no more. -1 with file, line and column when a comment, string, list or section does not end, and for a
 * "+" or "*" outside of quotes, which libconfuse passes over in silence.
 */
int conf_text_next(struct conf_scan *scan, struct conf_stretch *stretch);

/* The title of a section that was set apart, as it is written. */
struct str conf_text_title(const struct conf_text *text, const struct conf_apart *apart);

/* The last place where SECTION sets KEY, or NULL. */
const struct conf_place *conf_text_place(const struct conf_section *section, struct str key);

/* The number of the line in which the offset is, from 1. */
unsigned conf_text_line(const struct conf_text *text, size_t at);

/* The offset of WORD in that line behind FROM (1 is FROM's; the last one for lines behind it), or where the line starts. */
size_t conf_text_find(const struct conf_text *text, size_t from, unsigned line, struct str word);

/* Fills ERR with "file:line:column: MESSAGE" for the offset AT; returns -1. */
int conf_text_fail(const struct conf_text *text, size_t at, const char *message, struct err *err);

#endif
