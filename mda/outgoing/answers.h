/*
 * What a delivery sends of its own: answers of vacation, notifications. Each kind is a row of a
 * table, which decides whether something is sent at all, and writes it. Nothing is sent here.
 */
#ifndef MDA_OUTGOING_ANSWERS_H
#define MDA_OUTGOING_ANSWERS_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"
#include "mda/outgoing/letter.h"
#include "store/store.h"

struct conf_sender;

/* What an answer is prepared with. */
struct answers_world {
	const struct delivery *delivery;
	/* Of the delivery: it makes message ids that a retry makes again. */
	const struct store_id *id;
	/*
	 * Is KEY remembered under HANDLE, from another delivery to this mailbox? 1, 0, or -1 when
	 * nobody can tell, with a note.
	 */
	int (*remembered)(
		const struct delivery *d, struct str handle, struct str key, struct notes *notes);
	/* What is not as the rules want it. */
	struct notes *notes;
};

/* Those of the verdict's answers that are to be sent, in the delivery's memory. */
struct outmails answers_prepare(const struct answers_world *world);

/* ---- what the kinds share ---- */

/* Is ADDRESS the mailbox's own, an alias of it, or one with a detail? */
bool answers_is_own(const struct delivery *d, struct str address);
/*
 * The address that a setting names; empty: the null sender. One that could not be sent from is the
 * mailbox's.
 */
struct str answers_sender(const struct delivery *d, const struct conf_sender *by);
/* Can the sender of an envelope be that address, in an answer of that kind (outmail.kind)? */
bool answers_may_write(const struct delivery *d, const char *kind, struct str sender);
/* Is the address (a key) the original recipient that the MTA named? */
bool answers_is_original(const struct delivery *d, struct str address);
/* Of a message of that kind about this delivery. */
struct str answers_message_id(
	const struct delivery *d, const struct store_id *id, const char *kind);

/* ---- the kinds ---- */

/* Fills OUT; NULL, or why nothing is sent. MSG is the header as the rules had made it by then. */
typedef const char *answer_prepare(const struct answers_world *w, const struct message *msg,
	const struct answer *a, struct outmail *out);
answer_prepare vacation_prepare, notify_prepare, report_prepare;

#endif
