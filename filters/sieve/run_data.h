/* What is known while a script runs. */
#ifndef FILTERS_SIEVE_RUN_DATA_H
#define FILTERS_SIEVE_RUN_DATA_H

#include "filters/sieve/action.h"
#include "filters/sieve/script.h"
#include "filters/sieve/value.h"

struct mime_part;

/* What was computed for a body part (parts.h). */
struct part_values {
	const struct mime_part *part;
	const struct mime_part
		*view; /* what an included script sees as the message; NULL: the message */
	struct value_fields fields;
	bool decoded, reduced, typed;
	struct sv_value content, readable;
	struct str type; /* the type by its content */
};

struct sv_run {
	const struct sv_script *script; /* its commands run now; an include changes it */
	const struct sv_input *input;
	const struct sv_host *host; /* may be NULL */
	const struct sv_limits *limits;
	struct arena *mem;     /* for what lives as long as the result */
	struct arena *scratch; /* for what a command or test needs until it ends */
	struct sv_result *result;
	struct value_fields header; /* as the script sees it now */
	bool changed;               /* and it differs from how the message came */
	struct sv_value raw;        /* the current body, if `raw_known` */
	bool raw_known;
	size_t size;                   /* the original message, as mail; 0: not known yet */
	const struct str *body;        /* set by the script; NULL: unchanged */
	const struct changes *changes; /* so far; NULL: none, or to be made again */
	const struct mime_part *parts; /* of the current message, once they are needed */
	bool parts_known;
	const struct mime_part
		*view; /* what an included script sees as the message; NULL: the message */
	const struct mime_part *part;     /* of the innermost foreverypart; NULL: the message */
	const struct mime_part *replaced; /* the part that the script replaced last */
	struct part_values *
		*part_values;         /* by the part's number; may be those of another message */
	const struct sv_node *broken; /* the foreverypart that a break ends */
	bool capturing;               /* the script uses what wildcards match */
	struct str_list captured;     /* what they matched last: ${0}, ${1} and so on */
	struct arena *captures;       /* the memory of CAPTURED */
	const struct sv_node *now;    /* the current command or test */
	unsigned depth;
	unsigned given;                      /* the number of actions so far, with repeated ones */
	unsigned long long steps, next_look; /* bytes and nodes; when the clock is read */
	unsigned long long started;          /* CPU time at the start in milliseconds */
	size_t held;                         /* bytes that were in MEM before the run */
	size_t most_held;                    /* the most bytes so far at one time */
	size_t outside; /* bytes that libraries hold for the run, as far as known */
	void **states;  /* states of the extensions, by number */
	bool *allowed;  /* extensions that an `ihave` has found, by number */
	struct str error;
};

#endif
