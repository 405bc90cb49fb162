/*
 * The rule engine as the rest of the program sees it: compile a script, run it, get a list of
 * actions. It decides nothing else, does nothing to the mailbox and sends nothing.
 */
#ifndef FILTERS_SIEVE_ENGINE_H
#define FILTERS_SIEVE_ENGINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/changes.h"
#include "base/envelope.h"
#include "base/err.h"
#include "base/message.h"

/* What a script is compiled to; lives in the arena given to compile. */
struct sv_script;
struct sv_host;

/* ---- errors ---- */

/* The text of a script that errors speak of; several when scripts include others. */
struct sv_source {
	struct str name, text;
};

struct sv_errors {
	struct diag *items;
	size_t count;
	size_t untold; /* errors beyond the limit */
	/* What works, but hardly as it was meant. */
	struct diag *warnings;
	size_t warning_count;
	struct sv_source *sources;
	size_t source_count;
};

/* ---- input ---- */

struct sv_input {
	const struct message *msg;
	const struct envelope *env;
	/* by the field's number: taken out by the header firewall; NULL when none is */
	const bool *hidden;
	/*
	 * fields, with their LF, that a delivery writes in front; a Return-Path among them takes
	 * the place of others
	 */
	struct str_list trace;
	/* what an earlier script changed; NULL: nothing */
	const struct changes *changes;
	/* what the keep of an earlier script carries: the flags that this one starts with */
	struct str_list flags;
	const struct sv_host *host; /* may be NULL */
};

/* ---- what comes out ---- */

/* What becomes of the message by an action. */
enum sv_effect {
	SV_STORES,  /* argument: folder; empty where keep stores */
	SV_SENDS,   /* the message goes to the address that is the argument */
	SV_REFUSES, /* argument: reason */
	SV_DROPS,
	SV_PIPES, /* the message is given to the program that is the argument */
	/*
	 * a new message is sent, or something else is done beside it; nothing becomes of the
	 * message
	 */
	SV_ANSWERS,
};

struct sv_action;

/* A kind of action; the core's stand in action.h, an extension's in its own file. */
struct sv_action_kind {
	const char *name; /* the command's, for people and tests */
	enum sv_effect effect;
	/* Two of these are one when their arguments are equal; NULL: never. */
	bool (*same)(const struct sv_action *a, const struct sv_action *b);
	/*
	 * Why SELF cannot go with OTHER, which came before or behind it; NULL: it can. NULL
	 * function: always.
	 */
	const char *(*conflict)(const struct sv_action *self, const struct sv_action *other);
};

/*
 * What tags and extensions say about an action beside its argument, such as "flags" with their
 * names.
 */
struct sv_property {
	const char *name;
	struct str_list values;
};

struct sv_action {
	const struct sv_action_kind *kind;
	struct str argument; /* fileinto: folder; redirect: address; reject: reason; UTF-8 */
	struct str
		script; /* that the command is in: the one that was run, or one that it includes */
	unsigned line;  /* of the command in it */
	unsigned given; /* when, among the actions of the run; of a repeated one the last time */
	bool copy;      /* leaves the implicit keep as it is (RFC 3894) */
	struct sv_property *properties;
	size_t property_count;
	const struct changes
		*changes; /* of the message, when it is stored or sent so; NULL: none */
	const void *data; /* what the kind says it is; NULL for the core's */
};

/* An id that is to be remembered once the delivery has succeeded (RFC 7352). */
struct sv_tracked {
	struct str handle, id;
	unsigned long long seconds;
};

/* What a run took, a failed one too, when the engine counts it. */
struct sv_cost {
	unsigned long long steps;
	size_t memory; /* bytes at most at a time, as far as was looked */
};

struct sv_result {
	struct sv_action *actions; /* in the order in which they were taken */
	size_t count;
	bool implicit_keep;    /* no action cancelled it (RFC 5228 section 2.10.2) */
	struct sv_action keep; /* what the implicit keep is when it comes to it: its properties */
	struct sv_tracked *tracked;
	size_t tracked_count;
	struct str_list faults; /* what went wrong and did not end the run: "NAME:3:1: ..." */
	struct sv_cost cost;
};

/* The property of that name, or NULL. */
const struct sv_property *sv_action_property(const struct sv_action *a, const char *name);

/* ---- engines ---- */

struct sv_engine {
	const char *name;
	/*
	 * NAME is for messages. NULL when the script is wrong, with at least one item in *ERRORS.
	 * NAME, TEXT and HOST (which may be NULL) must live as long as MEM.
	 */
	struct sv_script *(*compile)(struct str name, struct str text, const struct sv_host *host,
		struct arena *mem, struct sv_errors *errors);
	/*
	 * -1 when the run failed (error at run time, limit, death of a child process), with the
	 * script, the line where there is one, and the reason in *ERR: the caller falls back to the
	 * implicit keep. *RESULT lives in MEM.
	 */
	int (*run)(const struct sv_script *script, const struct sv_input *input, struct arena *mem,
		struct sv_result *result, struct err *err);
};

#endif
