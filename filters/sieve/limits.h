/*
 * What a script may cost. Each limit has its own error, which names it. A host may set other limits
 * (host.h).
 */
#ifndef FILTERS_SIEVE_LIMITS_H
#define FILTERS_SIEVE_LIMITS_H

#include "base/limits.h"

#include <stddef.h>

struct sv_limits {
	/* at compile time: an error in the script */
	size_t script;    /* bytes */
	unsigned nesting; /* blocks and tests in one another; RFC 5228 section 2.10.5 wants 15 */
	size_t nodes;     /* commands and tests */
	size_t memory;    /* bytes of the compiled script; 0: no limit */
	size_t errors;    /* how many are shown; more are only counted */
	/* at run time: an error that ends the run, and the message is kept */
	size_t actions;
	size_t redirects;
	size_t string;                      /* bytes of a string that is made at run time */
	unsigned long long steps;           /* commands, tests, and bytes that were compared */
	unsigned cpu_milliseconds;          /* 0: none */
	size_t run_memory;                  /* bytes at the same time; 0: no limit */
	size_t added_bytes;                 /* bytes of a header field that a run adds */
	size_t field;                       /* bytes of a header field that tests look at */
	size_t included;                    /* scripts that a script includes, at all depths */
	size_t include_depth;               /* includes within one another */
	size_t variables, captured;         /* variables of a script, match variables */
	unsigned long long tracked_seconds; /* how long an id of `duplicate` may be remembered */
	size_t variable; /* bytes of a value; longer ones are cut (RFC 5229 section 6) */
};

#define SV_LIMITS_DEFAULT                                                                          \
	{                                                                                          \
		.script = LIMIT_SCRIPT_BYTES, .nesting = LIMIT_SCRIPT_NESTING,                     \
		.nodes = LIMIT_SCRIPT_NODES, .memory = LIMIT_SCRIPT_MEMORY,                        \
		.run_memory = LIMIT_RUN_MEMORY, .errors = LIMIT_SCRIPT_ERRORS,                     \
		.actions = LIMIT_RUN_ACTIONS, .redirects = LIMIT_RUN_REDIRECTS,                    \
		.string = LIMIT_RUN_STRING, .steps = LIMIT_RUN_STEPS,                              \
		.cpu_milliseconds = LIMIT_RUN_CPU, .field = LIMIT_RUN_FIELD,                       \
		.added_bytes = LIMIT_RUN_ADDED_BYTES, .included = LIMIT_SCRIPT_INCLUDED,           \
		.include_depth = LIMIT_SCRIPT_INCLUDE_DEPTH, .variables = LIMIT_SCRIPT_VARIABLES,  \
		.captured = LIMIT_SCRIPT_MATCH_VARIABLES,                                          \
		.tracked_seconds = LIMIT_RUN_TRACKED * 24ULL * 3600,                               \
		.variable = LIMIT_RUN_VARIABLE,                                                    \
	}

#endif
