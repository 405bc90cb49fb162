/*
 * Judges all messages of a Maildir or mbox file, by several processes at once, and hands what they
 * decide to one.
 */
#ifndef MDA_TOOLS_REFILE_REFILE_RUN_H
#define MDA_TOOLS_REFILE_REFILE_RUN_H

#include "mda/tools/refile/refile_mail.h"
#include "mda/tools/refile/refile_session.h"

struct refile_run {
	struct refile_session *session;
	const struct refile_mail *mail;
	size_t jobs; /* processes; 0: as many as there are processors */
	bool quiet;  /* show no progress */
	/* The message number M of MAIL was judged. JUDGED lives until the function returns. */
	void (*judged)(void *context, size_t m, const struct refile_judged *judged);
	/* It was not. WHY empty: it is gone. */
	void (*failed)(void *context, size_t m, struct str why);
	void *context;
};

/* Each message is reported once, in any order. -1 on error: then some were not. */
int refile_run(const struct refile_run *run, struct err *err);

#endif
