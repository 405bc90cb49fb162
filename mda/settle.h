/*
 * Turns a verdict into a plan. A dry run and a delivery both use it, so that what is explained is
 * what would be done.
 */
#ifndef MDA_SETTLE_H
#define MDA_SETTLE_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/plan.h"

/*
 * Runs after the last stage. The actions of the delivery's verdict become the steps of the plan.
 * Redirects that would loop become a keep. Folder names get their one form; an impossible name
 * becomes the INBOX, with a note. Messages of our own are written, and the forms of the message are
 * worked out (compose.h).
 */
void settle(const struct delivery *d, struct plan *p);

#endif
