/*
 * How far long work has come, as one line on a terminal that is erased in the end. Elsewhere
 * nothing is printed.
 */
#ifndef MDA_TOOLS_PROGRESS_H
#define MDA_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	int fd; /* of the terminal; -1: none, and nothing is shown */
	const char *what;
	size_t done, total;     /* total 0: not known */
	long long began, shown; /* microseconds */
};

/*
 * Starts a line on standard error about WHAT, such as "INBOX: reading", unless QUIET; it lives as
 * long as the line.
 */
void progress_start(struct progress *p, const char *what, size_t total, bool quiet);
/* DONE of them are behind us. Cheap: the line is drawn ten times a second. */
void progress_at(struct progress *p, size_t done);
/* Erases the line. */
void progress_end(struct progress *p);

/*
 * The line for a terminal of WIDTH columns, at SECONDS after the start, without its end. Returns
 * its bytes.
 */
size_t progress_line(const struct progress *p, double seconds, size_t width, char *to, size_t room);

#endif
