/*
 * Sends redirects, answers and notifications, after the message is stored. Each is sent once: the
 * journal of the delivery records what the MTA has taken, and handover.h finds out what happened to
 * the rest if we were killed. If even that is unknown, a redirect is sent again, because it may be
 * the only copy, but messages of our own are not.
 */
#ifndef MDA_OUTGOING_SEND_H
#define MDA_OUTGOING_SEND_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/outcome.h"

struct send_job {
	const struct delivery *delivery;
	struct store *store;
	const struct store_id *id;
	const char *state_dir;
	struct outcome *out; /* gets the results */
	bool tells_waiting;  /* a notice of what waits in the screener's folder is due */

	/* ---- used while sending alone ---- */

	/* Redirects and pipes: those of the plan, then those of an earlier attempt. */
	struct step *steps;
	size_t step_count;
	/*
	 * The ids of messages that were stored while others were sent: copies, refused redirects.
	 */
	struct store_id *others;
	size_t other_count;
	/* A message that could not be sent on has been kept. */
	bool is_kept;
};

/*
 * Call this before anything is stored. Lists what is to be sent, to be recorded together with the
 * UIDs. If a script was changed since an earlier attempt, the redirects of that attempt are done as
 * well.
 */
int send_begin(struct send_job *s, struct err *err);

/* Is there anything to send? */
bool send_has_work(const struct send_job *s);

/* Sends everything. -1, a temporary fault, if some of it could not be sent; the rest was sent. */
int send_all(struct send_job *s, struct err *err);

/* Ends the delivery together with what was stored while sending; see store_finish(). */
int send_finish(const struct send_job *s, struct err *err);

#endif
