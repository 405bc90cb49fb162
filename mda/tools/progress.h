/*
 * Shows the progress of long work as one line on a terminal, which is erased at the end. Prints
 * nothing elsewhere.
 */
#ifndef MDA_TOOLS_PROGRESS_H
#define MDA_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	int fd; /* of the terminal; -1: nothing is shown */
	const char *what;
	size_t done, total;     /* total 0: unknown */
	long long began, shown; /* microseconds */
};

/*
 * Starts a line on standard error about WHAT, such as "INBOX: reading", unless QUIET. WHAT must
 * live as long as the line.
 */
void progress_start(struct progress *p, const char *what, size_t total, bool quiet);
/* DONE items are finished. This is cheap: the line is drawn ten times a second at most. */
void progress_at(struct progress *p, size_t done);
/* Erases the line. */
void progress_end(struct progress *p);

/*
 * Writes the line for a terminal of WIDTH columns, SECONDS after the start, without a line end.
 * Returns its length in bytes.
 */
size_t progress_line(const struct progress *p, double seconds, size_t width, char *to, size_t room);

#endif
