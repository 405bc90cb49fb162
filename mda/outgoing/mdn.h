/* A refusal that we send as a message of our own, if mda.conf says so (reject_by). */
#ifndef MDA_OUTGOING_MDN_H
#define MDA_OUTGOING_MDN_H

#include "mda/outgoing/answers.h"

enum { MDN_HEADER_MOST = 64 * 1024 };

/* Why the sender of this message does not get one; NULL: they do. */
const char *mdn_why_not(const struct delivery *d);

/* The notification to the envelope sender, with LF; REASON is UTF-8. */
struct str mdn_compose(const struct delivery *d, const struct store_id *id, struct str reason);

/* Adds the last part: only the header of the message is returned; its author has the rest. */
void mdn_add_header(struct letter *l, const struct delivery *d, struct str boundary);

#endif
