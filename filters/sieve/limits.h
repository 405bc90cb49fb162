/* What one script may cost. Each limit has an error of its own that names it; a host may set others (host.h). */
#ifndef FILTERS_SIEVE_LIMITS_H
#define FILTERS_SIEVE_LIMITS_H

#include <stddef.h>

struct sv_limits {
	/* at compile time: an error of the script */
	size_t script; /* bytes */
	unsigned
		nesting; /* blocks and tests within one another; RFC 5228 section 2.10.5 wants 15 */
	size_t nodes;    /* commands and tests */
	size_t errors;   /* that are told; more are counted only */
	/* at run time: an error that ends the run, so that the message is kept */
	size_t actions;
	size_t redirects;
	size_t string;                      /* bytes of a string that is put together at run time */
	unsigned long long steps;           /* commands, tests, and bytes that were compared */
	unsigned cpu_milliseconds;          /* 0: none */
	size_t field;                       /* bytes of one header field that are looked at */
	size_t included;                    /* scripts that a script includes, at all depths */
	size_t variables, captured;         /* variables of a script, match variables */
	unsigned long long tracked_seconds; /* that an id of `duplicate` may be remembered */
	size_t variable; /* bytes of a value; what is longer is cut (RFC 5229 section 6) */
};

#define SV_LIMITS_DEFAULT                                                                          \
	{                                                                                          \
		.script = 1 << 20, .nesting = 32, .nodes = 50000, .errors = 100, .actions = 32,    \
		.redirects = 4, .string = 1 << 20, .steps = 1000000000, .cpu_milliseconds = 10000, \
		.field = 1 << 20, .included = 255, .variables = 1000, .captured = 32,              \
		.tracked_seconds = 366ULL * 24 * 3600, .variable = 65536,                          \
	}

#endif
