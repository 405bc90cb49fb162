/*
 * vnd.dovecot.pipe, vnd.dovecot.filter and vnd.dovecot.execute: programs that the admin lets rules
 * run. What a script may say of one, and what the engine asks the host to run. The engine itself
 * runs nothing.
 */
#ifndef FILTERS_SIEVE_PROGRAMS_H
#define FILTERS_SIEVE_PROGRAMS_H

#include "base/pieces.h"
#include "filters/sieve/engine.h"

/*
 * Why no program has that name, or none can be given that argument, as a clause; NULL: it can be.
 */
const char *programs_bad_name(struct str name);
const char *programs_bad_argument(struct str argument);

/* What is to be run, now. */
struct sv_program {
	struct str name;
	struct str_list arguments;
	struct pieces input; /* with LF */
	bool wants_output;
	bool is_test; /* a status that is not 0 is an answer, and nothing is wrong */
};

enum sv_ran {
	SV_RAN_NOT,   /* it could not be run, or was stopped */
	SV_RAN_WELL,  /* it ended with status 0 */
	SV_RAN_ILL,   /* ... with another one */
	SV_RAN_NEVER, /* nobody is to run programs: a script is only tried */
};

/* The `data` of a pipe action, whose argument is the program's name. */
struct sv_piped {
	struct str_list arguments;
	bool may_fail; /* :try */
};
extern const struct sv_action_kind action_pipe;

#endif
