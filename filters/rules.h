/*
 * The rules stage: the admin's scripts before the user's, the user's script, and the admin's
 * scripts after it. Their actions go into the verdict.
 */
#ifndef FILTERS_RULES_H
#define FILTERS_RULES_H

#include "base/verdict.h"
#include "filters/rules_kept.h"
#include "filters/sieve/engine.h"
#include "filters/sieve/host.h"

struct rules_conf {
	const struct sv_engine *engine;
	const struct sv_host *host; /* for compiling; may be NULL, as may that of the input */
	/* scripts, or directories whose *.sieve files run in the order of their names */
	struct str_list before, after;
	struct str_list user;      /* the first one that exists is the user's script */
	struct str keep_folder;    /* where `keep` stores; empty for the INBOX */
	struct reason keep_reason; /* why mail is kept there; no text: no rule decided otherwise */
	size_t max_script;         /* in bytes */
	size_t max_redirects;      /* in one delivery */
	struct rules_kept *kept;   /* keeps what is compiled for the next message; NULL: nothing */
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

/* Replaces directories among PATHS by their scripts; the files need not exist. In V's memory. */
struct str_list rules_files(const struct str_list *paths, struct verdict *v);

#endif
