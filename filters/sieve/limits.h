/*
 * What one script may cost. Each limit has an error of its own that names it; a host may set others
 * (host.h).
 */
#ifndef FILTERS_SIEVE_LIMITS_H
#define FILTERS_SIEVE_LIMITS_H

#include "base/limits.h"

#include <stddef.h>

struct sv_limits {
	/* at compile time: an error of the script */
	size_t script; /* bytes */
	unsigned
		nesting; /* blocks and tests within one another; RFC 5228 section 2.10.5 wants 15 */
	size_t nodes;    /* commands and tests */
	size_t memory;   /* bytes that the script takes when it has been read; 0: no limit */
	size_t errors;   /* that are told; more are counted only */
	/* at run time: an error that ends the run, so that the message is kept */
	size_t actions;
	size_t redirects;
	size_t string;                      /* bytes of a string that is put together at run time */
	unsigned long long steps;           /* commands, tests, and bytes that were compared */
	unsigned cpu_milliseconds;          /* 0: none */
	size_t run_memory;                  /* bytes at a time; 0: no limit */
	size_t added_bytes;                 /* of a header field that a run adds */
	size_t field;                       /* bytes of one header field that are looked at */
	size_t included;                    /* scripts that a script includes, at all depths */
	size_t include_depth;               /* includes within one another */
	size_t variables, captured;         /* variables of a script, match variables */
	unsigned long long tracked_seconds; /* that an id of `duplicate` may be remembered */
	size_t variable; /* bytes of a value; what is longer is cut (RFC 5229 section 6) */
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
