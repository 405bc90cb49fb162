/*
 * The program of a regular expression while it is written: single operations, and what repeated
 * items and branches become.
 */
#ifndef FILTERS_SIEVE_REGEX_WRITER_H
#define FILTERS_SIEVE_REGEX_WRITER_H

#include "filters/sieve/regex_program.h"

/* Begins as zeros. */
struct regex_writer {
	struct regex_op *ops; /* from malloc(); the caller frees it */
	size_t count, room;
	size_t work; /* how many operations were written, those that were dropped again too */
};

/* How often an item is repeated. */
struct regex_times {
	unsigned least, most;
	bool endless; /* MOST is not used */
};

/* Alternatives that are being written. */
struct regex_branches {
	size_t begin; /* of the branch that is written now */
	size_t jump;  /* the last jump past all branches */
};

/* These return false when the program becomes too large (LIMIT_REGEX_SIZE). */

bool regex_writer_add(struct regex_writer *w, struct regex_op op);
/* Repeats what was written from AT on. */
bool regex_writer_repeat(struct regex_writer *w, size_t at, const struct regex_times *times);

/* Here begins the first of several branches, */
struct regex_branches regex_writer_branches(const struct regex_writer *w);
/* here one ends and the next begins, */
bool regex_writer_branch(struct regex_writer *w, struct regex_branches *branches);
/* and here ends the last. */
void regex_writer_join(struct regex_writer *w, const struct regex_branches *branches);

#endif
