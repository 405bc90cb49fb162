/*
 * The messages that a delivery sends of its own: vacation answers and notifications. Each kind is a
 * row of a table, with a function that decides whether to send and writes the message. Nothing is
 * sent here.
 */
#ifndef MDA_OUTGOING_ANSWERS_H
#define MDA_OUTGOING_ANSWERS_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"
#include "mda/outgoing/letter.h"
#include "store/store.h"

/* What answers are prepared from. */
struct answers_world {
	const struct delivery *delivery;
	/* The id of the delivery, from which message ids are made: a retry makes the same ones. */
	const struct store_id *id;
	/*
	 * Is KEY remembered under HANDLE by another delivery to this mailbox? 1, 0, or -1 with a
	 * note if it cannot be found out.
	 */
	int (*remembered)(
		const struct delivery *d, struct str handle, struct str key, struct notes *notes);
	/* Gets a note for each thing that is not done as the rules ask. */
	struct notes *notes;
};

/* The verdict's answers that are to be sent, in the delivery's memory. */
struct outmails answers_prepare(const struct answers_world *world);

/* ---- the kinds ---- */

/*
 * Fills OUT. Returns NULL, or why nothing is sent. MSG has the header as the rules had changed it
 * by then.
 */
typedef const char *answer_prepare(const struct answers_world *w, const struct message *msg,
	const struct answer *a, struct outmail *out);
answer_prepare vacation_prepare, notify_prepare, report_prepare;

#endif
