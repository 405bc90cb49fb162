/*
 * A program whose first word is a command: its usage, the choice of the command, what it says and
 * the exit status. The commands and options of each are tables of its own.
 */
#ifndef MDA_TOOLS_PROGRAM_H
#define MDA_TOOLS_PROGRAM_H

#include "base/buf.h"
#include "base/err.h"
#include "mda/tools/options.h"

struct command {
	const char *name, *arguments, *meaning;
	size_t least; /* words that it wants */
};

struct program {
	const char *name, *synopsis;
	const struct command *const *commands; /* NULL ends them; or NULL: there is one, `usual` */
	const struct command *usual; /* what is done where no word names a command; or NULL */
	const struct option_row *options;
	size_t help, version;  /* where the request has these switches */
	void (*explain)(void); /* prints more of the usage, behind the commands; or NULL */
	const char *end;       /* of the usage */
	/*
	 * Carries COMMAND out, with the COUNT words behind it. The exit status, or -1 with *ERR
	 * filled.
	 */
	int (*run)(const struct command *command, void *request, size_t count, char **words,
		struct err *err);
};

/*
 * All of main(): reads the command line into REQUEST and runs. The exit status: 75 when the command
 * failed.
 */
int program_main(const struct program *p, void *request, int argc, char **argv);

/* Prints what TO holds and empties it. */
int program_print(struct buf *to, struct err *err);
/* Prints a sentence on standard error, with the program's name in front. */
void program_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
