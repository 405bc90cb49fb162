/* The text of mda.conf or of a file that it includes, and the places in it. */
#ifndef MDA_CONF_CONF_TEXT_H
#define MDA_CONF_CONF_TEXT_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

struct conf_text {
	const char *path;
	const char *p; /* a NUL follows */
	size_t n;
	/* the offset of the last '}': no ${NAME} ends after it; 0 when there is none */
	size_t last_brace;
};

/* Where something is written. */
struct conf_place {
	const struct conf_text *text;
	size_t at;
};

/* The number of the line at the offset AT; the first line is 1. */
unsigned conf_text_line(const struct conf_text *text, size_t at);

/* Fills ERR with "file:line:column: MESSAGE" for the offset AT; returns -1. */
int conf_text_fail(const struct conf_text *text, size_t at, const char *message, struct err *err);

#endif
