/*
 * The text of mda.conf or of a file that it includes, and those of its sections that are not parsed
 * yet: a file may have thousands of address sections, and a delivery needs one.
 */
#ifndef MDA_CONF_CONF_TEXT_H
#define MDA_CONF_CONF_TEXT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct conf_text {
	const char *path;
	const char *p; /* a NUL follows */
	size_t n;
	bool has_special; /* a backslash or a dollar sign is in it */
	/* the offset of the last '}': no ${NAME} ends after it; 0 when there is none */
	size_t last_brace;
};

/*
 * A section for a domain or an address. Its title is at the offset AT, its inside is [FROM, TO).
 * There may be tens of thousands: a list, as an array would be copied each time that it grows.
 */
struct conf_apart {
	struct conf_apart *next;
	struct str title;
	const struct conf_text *text;
	uint32_t at, from, to;
	uint32_t scope; /* enum conf_scope */
};

/* Of all files, in the order in which they are read. */
struct conf_aparts {
	struct conf_apart *first, *last;
	size_t count;
};

/* Adds a copy of APART at the end. */
void conf_text_add(struct conf_aparts *all, const struct conf_apart *apart, struct arena *mem);

/* Where something is written. */
struct conf_place {
	const struct conf_text *text;
	size_t at;
};

/* The number of the line at the offset AT; the first line is 1. */
unsigned conf_text_line(const struct conf_text *text, size_t at);

/* Fills ERR with "file:line:column: MESSAGE" for the offset AT; returns -1. */
int conf_text_fail(const struct conf_text *text, size_t at, const char *message, struct err *err);

/* The same for the title of a section that exists twice. */
int conf_text_fail_twice(
	const struct conf_text *text, size_t at, struct str title, struct err *err);

/*
 * Checks that no two sections have the same scope and title. -1 with the place of the second one.
 */
int conf_text_check_twice(const struct conf_aparts *all, struct arena *mem, struct err *err);

#endif
