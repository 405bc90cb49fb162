/*
 * The rule engine as the rest of the program sees it: compile a script, run it, get a list of actions. It decides
 * nothing else, does nothing to the mailbox and sends nothing.
 */
#ifndef FILTERS_SIEVE_ENGINE_H
#define FILTERS_SIEVE_ENGINE_H

#include "mda/base/arena.h"
#include "mda/base/envelope.h"
#include "mda/base/err.h"
#include "mda/base/message.h"

/* What a script is compiled to; lives in the arena given to compile. */
struct sv_script;

struct sv_errors {
	struct diag *items;
	size_t count;
};

struct sv_input {
	const struct message *msg;
	const struct envelope *env;
	/* by the field's number: taken out by the header firewall; NULL when none is */
	const bool *hidden;
};

enum sv_action_kind { SV_KEEP, SV_FILEINTO, SV_DISCARD, SV_REDIRECT, SV_REJECT };

struct sv_action {
	enum sv_action_kind kind;
	struct str argument; /* fileinto: folder; redirect: address; reject: reason; UTF-8 */
	unsigned line;       /* of the command in the script */
};

struct sv_result {
	struct sv_action *actions; /* in the order in which they were taken */
	size_t count;
	bool implicit_keep; /* no action cancelled it (RFC 5228 section 2.10.2) */
};

struct sv_engine {
	const char *name;
	/*
	 * NAME is for messages. NULL when the script is wrong, with at least one item in *ERRORS. NAME and TEXT must
	 * live as long as MEM.
	 */
	struct sv_script *(*compile)(
		struct str name, struct str text, struct arena *mem, struct sv_errors *errors);
	/*
	 * -1 when the run failed (error at run time, limit, death of a child process), with the reason in *ERR: the
	 * caller falls back to the implicit keep. *RESULT lives in MEM.
	 */
	int (*run)(const struct sv_script *script, const struct sv_input *input, struct arena *mem,
		struct sv_result *result, struct err *err);
};

/* The engine of that name, or NULL. */
const struct sv_engine *sv_engine_find(struct str name);

/* The names, for error messages: sv_engine_name(0), ... up to NULL. */
const char *sv_engine_name(size_t i);

#endif
