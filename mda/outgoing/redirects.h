/* What a redirect adds to a message, and which are not done. */
#ifndef MDA_OUTGOING_REDIRECTS_H
#define MDA_OUTGOING_REDIRECTS_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"

/*
 * A redirect to the mailbox itself, to one that has redirected the message before, or of a message
 * that has come a long way, would go in circles: it becomes a keep, with a note, unless the message
 * is stored anyway.
 */
void redirects_settle(const struct delivery *d, struct plan *p);

/*
 * What goes on top of what the action REDIRECT sends: the stamp, and Resent fields when the
 * configuration wants them.
 */
struct str redirects_top(struct delivery *d, const struct action *redirect, struct notes *notes);

/*
 * The envelope sender of redirected mail; a null one stays null, and what is not an address becomes
 * one.
 */
struct str redirects_sender(struct delivery *d, struct notes *notes);

#endif
