/* Makes the plan of a verdict, so that what is explained is what would be done. */
#ifndef MDA_SETTLE_H
#define MDA_SETTLE_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"

/*
 * After the last stage: the actions of the delivery's verdict become the plan's. Redirects that
 * would go in circles become a keep; folders get their one form, with a note and the INBOX for a
 * name that cannot be; what is sent of our own is written; and the forms of the message are worked
 * out (compose.h).
 */
void settle(struct delivery *d, struct plan *p);

#endif
