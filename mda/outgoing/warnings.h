/*
 * Runs the programs of quota_warnings. Which one is decided under the mailbox's lock, by what the
 * mailbox held before and after a delivery, so two deliveries at the same time run it once. It is
 * recorded with the UIDs of the delivery, so a retry of a delivery that was killed runs it if that
 * one has not. No delivery waits for a program or fails because of one.
 */
#ifndef MDA_OUTGOING_WARNINGS_H
#define MDA_OUTGOING_WARNINGS_H

#include "base/notes.h"
#include "mda/conf/conf.h"
#include "mda/conf/template.h"
#include "store/store.h"

struct warnings {
	const struct conf *conf;
	const struct template_values *names;
	struct str recipient;
	struct notes *notes; /* gets what went wrong */
	struct arena *mem;
	/* What was decided for a message that found no room, which has no record. */
	struct str_list refused;
	bool *started; /* for each setting */
};

/* Has the admin set any? */
bool warnings_wanted(const struct conf *conf);

/* A quota_watch; CONTEXT is a struct warnings. Starts nothing. */
void warnings_watch(void *context, struct store *s, const struct quota_change *change);

/* After the delivery ID was stored: starts what was recorded and not started yet. */
void warnings_run(struct warnings *w, struct store *s, const struct store_id *id);
/* After a message found no room. */
void warnings_run_refused(struct warnings *w);

#endif
