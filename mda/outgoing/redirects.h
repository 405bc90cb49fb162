/* Which redirects are not done, and what a redirect adds to the message. */
#ifndef MDA_OUTGOING_REDIRECTS_H
#define MDA_OUTGOING_REDIRECTS_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"

/*
 * A redirect would loop if it goes to this mailbox or to one that has redirected the message
 * before, or if the message has come a long way. Then it becomes a keep, with a note, unless the
 * message is stored anyway.
 */
void redirects_settle(const struct delivery *d, struct plan *p);

/*
 * The fields on top of what the step REDIRECT sends: the stamp, and Resent fields if the
 * configuration wants them.
 */
struct str redirects_top(
	const struct delivery *d, const struct step *redirect, struct notes *notes);

/*
 * The envelope sender of redirected mail. A null sender stays null; what is not an address is
 * replaced.
 */
struct str redirects_sender(const struct delivery *d, struct notes *notes);

#endif
