/*
 * The errors of a script: collected up to a limit, and shown with the line and a caret under the
 * place.
 */
#ifndef FILTERS_SIEVE_ERRORS_H
#define FILTERS_SIEVE_ERRORS_H

#include "filters/sieve/ext.h"

/* Where errors go while a script is compiled. */
struct errors {
	struct sv_errors *to;
	struct arena *mem;
	struct str file;
	size_t limit;
};

/*
 * TEXT is a sentence without its dot and must live as long as the errors. The same error at one
 * place is told once.
 */
void errors_add(struct errors *e, struct sv_place place, struct str text);
void errors_warn(struct errors *e, struct sv_place place, struct str text);
/* The text that errors of e->file speak of. */
void errors_source(struct errors *e, struct str text);

/*
 * Sorts by place the errors and warnings behind the first so many; those of other files stay where
 * they are.
 */
void errors_sort(struct errors *e, size_t errors, size_t warnings);

/*
 * Appends "FILE:LINE:COLUMN: KIND: TEXT", the line, and a caret below the place, each with its line
 * end. KIND may be NULL. Of a long line a part is shown; what could drive a terminal is replaced.
 */
void errors_render(
	const struct sv_errors *errors, const struct diag *d, const char *kind, struct buf *to);

#endif
