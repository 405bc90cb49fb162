/*
 * The rules stage: the admin's scripts before the user's, the user's script, and the admin's
 * scripts after it. Their actions go into the verdict.
 */
#ifndef FILTERS_RULES_H
#define FILTERS_RULES_H

#include "base/verdict.h"
#include "filters/sieve/engine.h"
#include "filters/sieve/host.h"

struct rules_conf {
	const struct sv_engine *engine;
	const struct sv_host *host; /* for compiling; may be NULL, as may that of the input */
	/* scripts, or directories whose *.sieve files run in the order of their names */
	struct str_list before, after;
	struct str_list user;   /* the first one that exists is the user's script */
	struct str keep_folder; /* where `keep` stores; empty for the INBOX */
	size_t max_script;      /* in bytes */
	size_t max_redirects;   /* in one delivery */
	/* Is called with CONTEXT before each script is read; or NULL. */
	void (*begins)(void *context, struct str script);
	void *context;
};

/*
 * Runs the scripts. The next one runs only while the message would be kept
 * (draft-degener-sieve-multiscript). A script that has errors or fails is noted, reported in a file
 * beside the user's script, and counts as "keep": mail is never lost because of a rule.
 */
void rules_run(const struct rules_conf *conf, const struct sv_input *input, struct verdict *v);

/* The message that the action wants to send in addition. */
struct answer rules_answer(const struct sv_action *a);

/*
 * Compiles every script that rules_run() would run, and appends errors to *ERRORS, whose memory is
 * in MEM, and warnings. A warning without a line is about the whole file: a link to the user's
 * script leads nowhere, or a script is not run because another one comes first. Returns the number
 * of scripts.
 */
size_t rules_check(const struct rules_conf *conf, struct arena *mem, struct sv_errors *errors);

#endif
