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

struct conf_sender;

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

/* ---- what the kinds share ---- */

/* Is ADDRESS the mailbox's, an alias of it, or one of these with a detail? */
bool answers_is_own(const struct delivery *d, struct str address);
/*
 * The address that a setting names; empty: the null sender. If mail cannot be sent from it, the
 * address of the mailbox.
 */
struct str answers_sender(const struct delivery *d, const struct conf_sender *by);
/* May an answer of that kind (outmail.kind) have this envelope sender? */
bool answers_may_write(const struct delivery *d, const char *kind, struct str sender);
/* Is ADDRESS (a key) the original recipient that the MTA named? */
bool answers_is_original(const struct delivery *d, struct str address);
/* The id of a message of that kind that this delivery sends. */
struct str answers_message_id(
	const struct delivery *d, const struct store_id *id, const char *kind);

/* ---- the kinds ---- */

/*
 * Fills OUT. Returns NULL, or why nothing is sent. MSG has the header as the rules had changed it
 * by then.
 */
typedef const char *answer_prepare(const struct answers_world *w, const struct message *msg,
	const struct answer *a, struct outmail *out);
answer_prepare vacation_prepare, notify_prepare, report_prepare;

#endif
