/*
 * A run of a script: walks the compiled tree and collects actions. What commands and tests of
 * extensions call at run time stands here. A function that fails has told why by run_fail().
 */
#ifndef FILTERS_SIEVE_RUN_H
#define FILTERS_SIEVE_RUN_H

#include "filters/sieve/action.h"
#include "filters/sieve/match.h"
#include "filters/sieve/script.h"
#include "filters/sieve/value.h"

struct mime_part;

/* What was worked out of a body part (parts.h). */
struct part_values {
	const struct mime_part *part;
	const struct mime_part
		*view; /* that an included script sees as the message; NULL: the message */
	struct value_fields fields;
	bool decoded, reduced, typed;
	struct sv_value content, readable;
	struct str type; /* by what is in it */
};

struct sv_run {
	const struct sv_script *script; /* whose commands run now; an include changes it */
	const struct sv_input *input;
	const struct sv_host *host; /* may be NULL */
	const struct sv_limits *limits;
	struct arena *mem;     /* of what lives as long as the result */
	struct arena *scratch; /* of what a command or test needs until it ends */
	struct sv_result *result;
	struct value_fields header; /* as the script sees it now */
	bool changed;               /* ... and that is not how the message came */
	struct sv_value raw;        /* the body as it is now, when `raw_known` */
	bool raw_known;
	size_t size;                   /* of the message as it came, as mail; 0: nobody asked */
	const struct str *body;        /* that the script gave it; NULL: as it came */
	const struct changes *changes; /* so far; NULL: none, or to be put together again */
	const struct mime_part *parts; /* of the message as it is now, once somebody asked */
	bool parts_known;
	const struct mime_part
		*view; /* that an included script sees as the message; NULL: the message */
	const struct mime_part *part; /* of the innermost foreverypart; NULL: the message */
	const struct mime_part
		*replaced; /* the last one that the script put something else in place of */
	struct part_values *
		*part_values; /* by the part's number; those of another message may stand there */
	const struct sv_node *broken; /* the foreverypart that a break ends */
	bool capturing;               /* somebody reads what wildcards match */
	struct str_list captured;     /* what they matched last: ${0}, ${1} ... */
	struct arena *captures;       /* ... lives here */
	const struct sv_node *now;    /* the command or test that runs */
	unsigned depth;
	unsigned given;                      /* actions so far, the repeated ones too */
	unsigned long long steps, next_look; /* bytes and nodes; when the clock is looked at */
	unsigned long long started;          /* milliseconds of CPU time */
	size_t held;                         /* bytes that were in MEM before the run */
	size_t most_held;                    /* so far, at a time */
	size_t outside; /* bytes that libraries hold for the run, as far as is known */
	void **states;  /* of the extensions, by number */
	bool *allowed;  /* those that an `ihave` has found, by number */
	struct str error;
};

/* Runs SCRIPT: 0, or -1 with *ERR filled. *RESULT is in MEM. */
int run_script(const struct sv_script *script, const struct sv_input *input, struct arena *mem,
	struct sv_result *result, struct err *err);

/* ---- walking ---- */

enum sv_flow run_block(struct sv_run *run, const struct sv_block *block);
/*
 * Another script that was compiled for the same host, in the same run; its SV_RETURN ends only
 * itself.
 */
enum sv_flow run_other(struct sv_run *run, const struct sv_script *script);
/* 1, 0 or -1. */
int run_test(struct sv_run *run, const struct sv_node *test);
/* Ends the run with an error that names the place of NODE. Always -1. */
int run_fail(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Something goes wrong at NODE, and the run goes on: for the log, and for the person whose script
 * it is.
 */
void run_fault(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* An `ihave` that was evaluated has found it. */
void run_allow(struct sv_run *run, const struct sv_ext *ext);
/* How many steps the run may still take. */
unsigned long long run_steps_left(const struct sv_run *run);
/*
 * STEPS of work are about to be done (a byte that is compared is one); -1 when that is over a
 * limit.
 */
int run_charge(struct sv_run *run, const struct sv_node *node, unsigned long long steps);
/* The host is about to be asked, which takes as long as many steps do. */
int run_ask(struct sv_run *run, const struct sv_node *node);
/* BYTES of memory are about to be taken; -1 when that is over the limit. */
int run_room(struct sv_run *run, const struct sv_node *node, size_t bytes);
/* The same for bytes that are written as well, which is work. */
int run_charge_memory(struct sv_run *run, const struct sv_node *node, size_t bytes);

/* ---- arguments ---- */

/* The text of a string, for the result; 0 or -1. */
int run_text(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	struct str *text);
/* The same, but what would be too long is left out. */
int run_text_cut(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	struct str *text);
/* The same, until the command or test ends. */
int run_text_now(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	struct str *text);
/* The tag given under this name (with its colon), or NULL. */
const struct sv_tagged *run_tag(const struct sv_node *node, const char *name);
/* The extension's state of this run (run_size bytes). */
void *run_state(struct sv_run *run, const struct sv_ext *ext);
/* The fields of that name that the node's tags let it see; the list is scratch. 0 or -1. */
int run_fields(struct sv_run *run, const struct sv_node *node, struct str name,
	struct value_fields *found);
/*
 * Matches what every field of the names in NAMES says with the keys: EACH hands the values of one
 * field to the match, unless a tag extracts something else. 1, 0 or -1.
 */
int run_match_fields(struct sv_run *run, const struct sv_node *node, const struct sv_given *names,
	int (*each)(struct sv_run *run, struct value_field *field, struct match *m));

/* ---- actions ---- */

/*
 * Takes an action with the command's tags applied. One that is taken already stays one. SV_NEXT, or
 * SV_FAIL when it conflicts with another or there are too many.
 */
enum sv_flow run_action(struct sv_run *run, const struct sv_node *node, struct sv_action action);

/* ---- tracing ---- */

bool run_is_traced(const struct sv_run *run);
void run_note(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void run_tell_match(
	struct match *m, const struct sv_value *value, const struct match_key *key, bool result);

#endif
