/* All errors of mda.conf: conf_load() stops at the first one. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_ERRORS_H
#define MDA_TOOLS_DOCTOR_DOCTOR_ERRORS_H

#include "base/arena.h"
#include "base/err.h"

/*
 * Reads the file PATH, which has the error FIRST, again and again, each time without the lines that
 * were wrong before. Appends a sentence for each further error to ERRORS. Errors of files that it
 * includes are not looked for.
 */
void doctor_errors_find(
	const char *path, const struct err *first, struct arena *mem, struct str_list *errors);

#endif
