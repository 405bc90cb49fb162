/*
 * The line "From sender date" that is before each message of an mbox file. RFC 4155 has the date as
 * C's asctime() writes it; programs add a zone before or after the year, leave the seconds out, or
 * write "remote from host" after it. The sender may have blanks.
 */
#ifndef MDA_TOOLS_IMPORT_IMPORT_FROM_H
#define MDA_TOOLS_IMPORT_IMPORT_FROM_H

#include "base/str.h"

#include <stdint.h>

/*
 * Is LINE such a line, with a date that exists? *DATE: seconds since 1970. A date without a zone is
 * in the time zone of the process, as programs write it that deliver.
 */
bool import_from_date(struct str line, int64_t *date);

/* Does the line begin with "From "? A sentence may, too. */
bool import_from_word(struct str line);
/* The number of ">" before "From " if the line is a quoted one; else 0. */
size_t import_from_quotes(struct str line);

#endif
