/*
 * The command line of a tool. Each option is a row of a table, from which the usage and the parser
 * come.
 */
#ifndef MDA_TOOLS_OPTIONS_H
#define MDA_TOOLS_OPTIONS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* An option sets a string or a switch at OFFSET of the tool's request, or calls TAKE for it. */
struct option_row {
	const char *name;  /* the long name; NULL ends the table */
	const char *value; /* the name of its value in the usage; NULL: a switch */
	const char *meaning;
	char letter; /* or 0: none */
	size_t offset;
	int (*take)(void *at, const char *value, struct err *err);
};

/*
 * Parses the options, which may be anywhere on the line, into REQUEST. Returns the index in ARGV of
 * the first other word; all other words follow it. -1 if an option is unknown or has no value;
 * PROGRAM is for that message.
 */
int options_take(const struct option_row *table, const char *program, int argc, char **argv,
	void *request, struct err *err);

/* Prints a line for each option. */
void options_print(const struct option_row *table);

#endif
