/*
 * A program of the admin's that a rule runs: which one that is, and one run of it. No shell is
 * involved. It is run as whoever this process is, gets a file as its standard input, an environment
 * of its own and no descriptor of ours, has limits, and nothing that it leaves in its process group
 * outlives it.
 */
#ifndef MDA_OUTGOING_EXTPROGRAM_H
#define MDA_OUTGOING_EXTPROGRAM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/pieces.h"

#include <stdbool.h>

struct extprogram {
	const char *dir; /* the programs are in here */
	struct str name;
	struct str_list arguments;
	struct str_list environment; /* "HOME=/home/ann" */
	const char *start_in;        /* a directory; where it cannot be entered, it is / */
	const char *spool_dir;       /* for its input */
	struct pieces input;
	/* lines of the input end with CR LF, whatever they end with in the pieces; else with LF */
	bool crlf;
	bool only_ours;   /* it gains no rights by set-uid programs that it starts */
	unsigned seconds; /* then it is killed; of processor time as well */
	size_t memory;    /* address space */
	size_t output;    /* bytes that it may write to standard output; 0: nobody reads it */
};

struct extprogram_result {
	int status;        /* of exit(2) */
	struct str output; /* in MEM */
	/* the first line of what it wrote to standard error, printable, in MEM */
	struct str complaint;
};

/*
 * Opens the program (O_PATH): a file in the directory, which is no link. Both belong to root, or to
 * the one who started us, and nobody else can write to them. -1, a refusal, with the reason.
 */
int extprogram_open(const char *dir, struct str name, struct err *err);

/*
 * Runs P to its end. 0 when it ended with a status. -1 when it was not run, was stopped at a limit
 * or was killed: a refusal; and when the system has no process or file for it: a temporary fault.
 */
int extprogram_run(const struct extprogram *p, struct arena *mem, struct extprogram_result *result,
	struct err *err);

#endif
