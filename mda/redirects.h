/* What a redirect adds to a message, and which are not done. */
#ifndef MDA_REDIRECTS_H
#define MDA_REDIRECTS_H

#include "mda/pipeline.h"

/*
 * A redirect to the mailbox itself, to one that has redirected the message before, or of a message that has come a long
 * way, would go in circles: it becomes a keep, with a note, unless the message is stored anyway.
 */
void redirects_settle(struct delivery *d);

/* The stamp for what is sent to RECIPIENT, a whole field; empty, with a note, when there is no key. */
struct str redirects_stamp(struct delivery *d, struct str recipient, const struct changes *changes);

#endif
