/* What the MTA is told: exit status and enhanced status code of each fault. */
#ifndef MDA_EXITS_H
#define MDA_EXITS_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Only these four leave the program (sysexits.h); 75 is the only one that every MTA takes for "try
 * again", so every fault of our own, of the command line and of the configuration is 75.
 */
enum { EXIT_DONE = 0, EXIT_NO_USER = 67, EXIT_TRY_AGAIN = 75, EXIT_REFUSED = 77 };

/*
 * Prints "<code> <text>" as the first bytes on standard error, where Postfix takes the text of its
 * bounce from, and returns the exit status.
 */
int exits_tell(const struct err *err);
/* Appends the same text to TO instead, without a line end, and returns the same status. */
int exits_line(const struct err *err, struct buf *to);

#endif
