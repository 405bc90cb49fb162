/*
 * The rule engine as the rest of the program sees it: compile a script, run it, get a list of
 * actions. It does not touch the mailbox and sends nothing.
 */
#ifndef FILTERS_SIEVE_ENGINE_H
#define FILTERS_SIEVE_ENGINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/changes.h"
#include "base/envelope.h"
#include "base/err.h"
#include "base/message.h"

/* A compiled script; it is in the arena that compile() was given. */
struct sv_script;
struct sv_host;

/* ---- errors ---- */

/* The text of a script that errors refer to; there are several when scripts include others. */
struct sv_source {
	struct str name, text;
};

struct sv_errors {
	struct diag *items;
	size_t count;
	size_t untold; /* how many errors exceed the limit */
	/* For what works, but probably not as intended. */
	struct diag *warnings;
	size_t warning_count;
	struct sv_source *sources;
	size_t source_count;
};

/* ---- input ---- */

struct sv_input {
	const struct message *msg;
	const struct envelope *env;
	/* by the field's number: removed by the header firewall; NULL when none is */
	const bool *hidden;
	/*
	 * fields, with their LF, that the delivery writes at the top; a Return-Path replaces others
	 */
	struct str_list trace;
	/* what an earlier script changed; NULL: nothing */
	const struct changes *changes;
	/* the flags of an earlier script's keep, with which this one starts */
	struct str_list flags;
	const struct sv_host *host; /* may be NULL */
};

/* ---- output ---- */

/* What an action does with the message. */
enum sv_effect {
	SV_STORES,  /* argument: the folder; empty where keep stores */
	SV_SENDS,   /* the message is sent to the address in the argument */
	SV_REFUSES, /* argument: the reason */
	SV_DROPS,
	SV_PIPES, /* the message is given to the program in the argument */
	/* a new message is sent, or something else is done; the message itself is not affected */
	SV_ANSWERS,
};

struct sv_action;

/* A kind of action. Those of the core are in action.h, an extension's in its own file. */
struct sv_action_kind {
	const char *name; /* the command's name, for people and tests */
	enum sv_effect effect;
	/* Are the two the same action, if their arguments are equal? NULL: never. */
	bool (*same)(const struct sv_action *a, const struct sv_action *b);
	/*
	 * Why SELF cannot be combined with OTHER, which came before or after it; NULL: it can. NULL
	 * function: always.
	 */
	const char *(*conflict)(const struct sv_action *self, const struct sv_action *other);
};

/* What tags and extensions add to an action, such as "flags" with their names. */
struct sv_property {
	const char *name;
	struct str_list values;
};

struct sv_action {
	const struct sv_action_kind *kind;
	struct str argument; /* fileinto: folder; redirect: address; reject: reason; UTF-8 */
	struct str script; /* with the command: the script that was run, or one that it includes */
	unsigned line;     /* the command's line */
	unsigned given;    /* its position among the actions; the last one if it was repeated */
	bool copy;         /* does not cancel the implicit keep (RFC 3894) */
	struct sv_property *properties;
	size_t property_count;
	const struct changes
		*changes; /* changes to the message when it is stored or sent; NULL: none */
	const void *data; /* a struct that depends on the kind; NULL for the core's */
};

/* An id to remember once the delivery has succeeded (RFC 7352). */
struct sv_tracked {
	struct str handle, id;
	unsigned long long seconds;
};

/* What a run has used, also a failed one, if the engine counts it. */
struct sv_cost {
	unsigned long long steps;
	size_t memory; /* the most bytes at one time, as far as was checked */
};

struct sv_result {
	struct sv_action *actions; /* in the order in which they were taken */
	size_t count;
	bool implicit_keep;    /* no action cancelled it (RFC 5228 section 2.10.2) */
	struct sv_action keep; /* the implicit keep's properties, for when it is needed */
	struct sv_tracked *tracked;
	size_t tracked_count;
	struct str_list faults; /* what went wrong without ending the run: "NAME:3:1: ..." */
	struct sv_cost cost;
};

/* The property of that name, or NULL. */
const struct sv_property *engine_action_property(const struct sv_action *a, const char *name);

/* ---- engines ---- */

struct sv_engine {
	const char *name;
	/*
	 * NAME is for messages. NULL when the script has errors, with at least one in *ERRORS.
	 * NAME, TEXT and HOST (which may be NULL) must live as long as MEM.
	 */
	struct sv_script *(*compile)(struct str name, struct str text, const struct sv_host *host,
		struct arena *mem, struct sv_errors *errors);
	/*
	 * -1 when the run failed (an error at run time, a limit, the death of a child process):
	 * *ERR has the script, the line if there is one, and the reason, and the caller uses the
	 * implicit keep. *RESULT is in MEM.
	 */
	int (*run)(const struct sv_script *script, const struct sv_input *input, struct arena *mem,
		struct sv_result *result, struct err *err);
};

#endif
