/*
 * What leaves: redirects, answers, notifications, once the message is stored. Each goes once: the
 * journal of the delivery records what the MTA has taken, and what became of the rest when we were
 * killed says handover.h. When even that is not known, a redirect is sent again, as it may be the
 * only copy, and what is our own is not.
 */
#ifndef MDA_OUTGOING_SEND_H
#define MDA_OUTGOING_SEND_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/outcome.h"

struct send_job {
	struct delivery *delivery;
	struct store *store;
	const struct store_id *id;
	const char *state_dir;
	struct outcome *out; /* gets what becomes of it */

	/* ---- send.c's own ---- */

	/* Redirects and pipes: those of the plan, then those that an earlier attempt had. */
	struct action *actions;
	size_t action_count;
	/* Of what was stored while it was sent: copies, refused redirects. */
	struct store_id *others;
	size_t other_count;
	/* What could not be handed on is kept, once. */
	bool is_kept;
};

/*
 * Before anything is stored: says what is to be sent, to be recorded with the UIDs, and adds the
 * redirects that an earlier attempt meant to do and this one would not, as a script was changed
 * meanwhile.
 */
int send_begin(struct send_job *s, struct err *err);

/* Is there anything to send? */
bool send_has_work(const struct send_job *s);

/*
 * Sends all of it. -1, a temporary fault, when something could not be; the rest was sent all the
 * same.
 */
int send_all(struct send_job *s, struct err *err);

/* The end of the delivery, and of what was stored meanwhile, at once: see store_finish(). */
int send_finish(const struct send_job *s, struct err *err);

#endif
