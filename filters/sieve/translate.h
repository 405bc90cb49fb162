/*
 * Translates a script into the dialect of libsieve. libsieve knows only lower-case keywords, takes
 * backslashes in strings literally, has no working :localpart and :domain, and reports neither the
 * line nor the right argument of an action. So it gets a script with the same lines, in which each
 * action is `fileinto "N"` and each tested value is `header "N"`. N is the number of an action in a
 * table of the script's own commands, or of a lookup in a table of values that we look up.
 */
#ifndef FILTERS_SIEVE_TRANSLATE_H
#define FILTERS_SIEVE_TRANSLATE_H

#include "filters/sieve/engine.h"
#include "filters/sieve/vocabulary.h"

/* A value that a test compares with its keys. */
struct translate_lookup {
	enum vocabulary_source source;
	enum vocabulary_part part; /* of an address */
	bool regex;                /* the key is a regular expression: values are not encoded */
	struct str name;           /* of the header, or "from" or "to" of the envelope */
};

struct translation {
	struct str check; /* to be parsed: the script with harmless arguments */
	struct str run;   /* to be run if the script is correct */
	struct sv_action *commands;
	size_t command_count;
	struct translate_lookup *lookups;
	size_t lookup_count;
};

/* The limits of a script: its size, and the number of different values that it may ask for. */
enum { TRANSLATE_MAX_SCRIPT = 1 << 20, TRANSLATE_MAX_LOOKUPS = 500, TRANSLATE_MAX_ERRORS = 100 };

/*
 * Translates TEXT. Errors that can be seen without a parser are appended to *ERRORS. The result is
 * in MEM; TEXT must live as long.
 */
void translate_script(struct str file, struct str text, struct arena *mem, struct translation *t,
	struct sv_errors *errors);

/* Appends an error, up to the limit. */
void translate_error(struct sv_errors *errors, struct arena *mem, struct diag d);

#endif
