/*
 * The command line of a tool: its options are rows of a table, from which both the usage and the
 * reading of it come.
 */
#ifndef MDA_TOOLS_OPTIONS_H
#define MDA_TOOLS_OPTIONS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* An option is a word or a switch at OFFSET of the tool's request, or has a function of its own. */
struct option_row {
	const char *name;  /* the long one; NULL ends the table */
	const char *value; /* what stands for its value in the usage; NULL: a switch */
	const char *meaning;
	char letter; /* or 0 */
	size_t offset;
	int (*take)(void *request, const char *value, struct err *err);
};

/*
 * Reads the options, wherever they stand, into REQUEST. The words between them are then
 * ARGV[returned] and those behind it. -1 for an option that is unknown or lacks its value; PROGRAM
 * is for that message.
 */
int options_take(const struct option_row *table, const char *program, int argc, char **argv,
	void *request, struct err *err);

/* Prints a line for each. */
void options_print(const struct option_row *table);

#endif
