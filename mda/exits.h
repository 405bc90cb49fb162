/* What the MTA is told about a fault: exit status and enhanced status code. */
#ifndef MDA_EXITS_H
#define MDA_EXITS_H

#include "base/buf.h"
#include "base/err.h"

/*
 * The program exits only with these four (see sysexits.h). Every MTA reads 75 as "try again", so it
 * stands for each fault of our own, of the command line and of the configuration.
 */
enum { EXIT_DONE = 0, EXIT_NO_USER = 67, EXIT_TRY_AGAIN = 75, EXIT_REFUSED = 77 };

/*
 * Prints "CODE TEXT" as the first bytes on standard error, because Postfix puts them into its
 * bounce. Returns the exit status.
 */
int exits_tell(const struct err *err);
/* Appends the same text to TO instead, without a line end, and returns the same status. */
int exits_line(const struct err *err, struct buf *to);

#endif
