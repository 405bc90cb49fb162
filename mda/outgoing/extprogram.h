/*
 * Runs a program of the admin's for a rule, without a shell. It runs with the rights of this
 * process, and gets a file as its standard input, an environment of its own and none of our
 * descriptors. It has limits, and nothing in its process group outlives it.
 */
#ifndef MDA_OUTGOING_EXTPROGRAM_H
#define MDA_OUTGOING_EXTPROGRAM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/pieces.h"

#include <stdbool.h>

struct extprogram {
	const char *dir; /* the directory of the programs */
	struct str name;
	struct str_list arguments;
	struct str_list environment; /* "HOME=/home/ann" */
	const char *start_in;        /* a directory; if it cannot be entered, / */
	const char *spool_dir;       /* for the file with its input */
	struct pieces input;
	/* lines of the input end with CR LF, however they end in the pieces; else with LF */
	bool crlf;
	/*
	 * a program of the system's with a fixed command line, such as exim, may be set-uid:
	 * whoever this process is could start it by hand
	 */
	bool may_be_set_uid;
	bool only_ours;   /* it cannot gain rights by set-uid programs that it starts */
	unsigned seconds; /* after this time it is killed; also of CPU time */
	size_t memory;    /* of address space */
	size_t output;    /* bytes that it may write to standard output; 0: the output is dropped */
};

struct extprogram_result {
	int status;        /* of exit(2) */
	struct str output; /* in MEM */
	/* the first line of its standard error, made printable, in MEM */
	struct str complaint;
};

/*
 * Opens the program (O_PATH): a file in the directory, not a link. Both must belong to root or to
 * the user who started us, and nobody else may write to them. -1, a refusal, with the reason.
 */
int extprogram_open(const char *dir, struct str name, struct err *err);

/*
 * Runs P until it ends. 0 if it ended with a status. -1 with a refusal if it was not run, exceeded
 * a limit or was killed, or with a temporary fault if the system had no process or file for it.
 */
int extprogram_run(const struct extprogram *p, struct arena *mem, struct extprogram_result *result,
	struct err *err);

#endif
