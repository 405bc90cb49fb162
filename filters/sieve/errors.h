/*
 * The errors of a script: collected up to a limit, and shown with the line and a caret below the
 * place.
 */
#ifndef FILTERS_SIEVE_ERRORS_H
#define FILTERS_SIEVE_ERRORS_H

#include "filters/sieve/ext.h"

/* Collects errors while a script is compiled. */
struct errors {
	struct sv_errors *to;
	struct arena *mem;
	struct str file;
	size_t limit;
};

/*
 * TEXT is a sentence without a final dot and must live as long as the errors. The same error at the
 * same place is added once.
 */
void errors_add(struct errors *e, struct sv_place place, struct str text);
void errors_warn(struct errors *e, struct sv_place place, struct str text);
/* Notes the text that errors of e->file refer to. */
void errors_source(struct errors *e, struct str text);

/*
 * Sorts the errors and warnings after the first ERRORS and WARNINGS by place; those of other files
 * keep their places.
 */
void errors_sort(struct errors *e, size_t errors, size_t warnings);

/*
 * Appends "FILE:LINE:COLUMN: KIND: TEXT", the line, and a caret below the place, each with its line
 * end. KIND may be NULL. Of a long line only a part is shown. Bytes that could control a terminal
 * are replaced.
 */
void errors_render(
	const struct sv_errors *errors, const struct diag *d, const char *kind, struct buf *to);

#endif
