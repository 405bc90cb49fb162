/*
 * What all tools share: the usage, the choice of the command, messages, and the exit status. The
 * commands and options of each tool are tables of its own.
 */
#ifndef MDA_TOOLS_PROGRAM_H
#define MDA_TOOLS_PROGRAM_H

#include "base/buf.h"
#include "base/err.h"
#include "mda/tools/options.h"

struct command {
	const char *name, *arguments, *meaning;
	size_t least; /* how many words it needs */
};

struct program {
	const char *name, *synopsis;
	const struct command *const *commands; /* ends with NULL; NULL: there is only `usual` */
	const struct command *usual;           /* the command if the line names none; or NULL */
	const struct option_row *options;
	size_t help, version;  /* offsets of these switches in the request */
	void (*explain)(void); /* prints more of the usage, after the commands; or NULL */
	const char *end;       /* the end of the usage */
	/*
	 * Runs COMMAND with the COUNT words after it. Returns the exit status, or -1 with *ERR
	 * filled.
	 */
	int (*run)(const struct command *command, void *request, size_t count, char **words,
		struct err *err);
};

/*
 * All of main(): parses the command line into REQUEST and runs the command. Returns the exit
 * status, which is 75 if the command failed.
 */
int program_main(const struct program *p, void *request, int argc, char **argv);

/* Prints the content of TO and empties it. */
int program_print(struct buf *to, struct err *err);
/* Prints a message on standard error, after the program's name. */
void program_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
