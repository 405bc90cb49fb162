/*
 * vnd.dovecot.pipe, vnd.dovecot.filter and vnd.dovecot.execute: programs that the admin allows
 * rules to run. Here is what a script may name, and what the engine asks the host to run. The
 * engine itself runs nothing.
 */
#ifndef FILTERS_SIEVE_PROGRAMS_H
#define FILTERS_SIEVE_PROGRAMS_H

#include "base/pieces.h"
#include "filters/sieve/engine.h"

/*
 * Why no program can have that name, or no program can be given that argument, as a clause; NULL:
 * it is possible.
 */
const char *programs_bad_name(struct str name);
const char *programs_bad_argument(struct str argument);

/* A program to run now. */
struct sv_program {
	struct str name;
	struct str_list arguments;
	struct pieces input; /* with LF as line end */
	bool wants_output;
	bool is_test; /* a status other than 0 is an answer and not an error */
};

enum sv_ran {
	SV_RAN_NOT,   /* it could not be run, or was stopped */
	SV_RAN_WELL,  /* it ended with status 0 */
	SV_RAN_ILL,   /* it ended with another status */
	SV_RAN_NEVER, /* the script is only tried, so no programs are run */
};

/* The `data` of a pipe action. Its argument is the program's name. */
struct sv_piped {
	struct str_list arguments;
	bool may_fail; /* the tag :try */
};
extern const struct sv_action_kind programs_action;

#endif
