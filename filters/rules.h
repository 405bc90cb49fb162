/*
 * The rules stage: the admin's scripts before, the user's, the admin's after; their actions become
 * the verdict's.
 */
#ifndef FILTERS_RULES_H
#define FILTERS_RULES_H

#include "base/verdict.h"
#include "filters/sieve/engine.h"
#include "filters/sieve/host.h"

struct rules_conf {
	const struct sv_engine *engine;
	const struct sv_host *host; /* for compiling; may be NULL, as that of the input */
	/* scripts, or directories of *.sieve files that run in order of their names */
	struct str_list before, after;
	struct str_list user;   /* the first that exists is the user's script */
	struct str keep_folder; /* where `keep` stores; empty for the INBOX */
	size_t max_script;      /* bytes */
	size_t max_redirects;   /* of one delivery */
	/* Is told of each script before it is read, with CONTEXT; or NULL. */
	void (*begins)(void *context, struct str script);
	void *context;
};

/*
 * Runs the scripts. Each goes on to the next only while the message would be kept (the keep of one
 * is what the next judges; draft-degener-sieve-multiscript). A script that is broken or fails is
 * noted, reported beside the user's script, and counts as "keep": mail is never lost for a rule's
 * fault.
 */
void rules_run(const struct rules_conf *conf, const struct sv_input *input, struct verdict *v);

/* What the command wants to be sent beside the message. */
struct answer rules_answer(const struct sv_action *a);

/*
 * Compiles every script that rules_run() would run and appends what is wrong to *ERRORS, whose
 * memory is MEM's; as warnings that a link to the user's script leads nowhere, and which script is
 * not run as another comes first. Returns the number of scripts.
 */
size_t rules_check(const struct rules_conf *conf, struct arena *mem, struct sv_errors *errors);

#endif
