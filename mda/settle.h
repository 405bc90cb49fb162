/*
 * The verdict gets the form in which it is carried out; so that what is explained is what would be
 * done.
 */
#ifndef MDA_SETTLE_H
#define MDA_SETTLE_H

#include "mda/delivery/delivery.h"

/*
 * After the last stage: redirects that would go in circles become a keep; folders get their one
 * form, with a note and the INBOX for a name that cannot be; what is sent of our own is written;
 * and the forms of the message are worked out (compose.h).
 */
void settle(struct delivery *d);

#endif
