/* A refusal that is told by a message of our own, where mda.conf wants that (reject_by). */
#ifndef MDA_OUTGOING_MDN_H
#define MDA_OUTGOING_MDN_H

#include "mda/outgoing/answers.h"

enum { MDN_HEADER_MOST = 64 * 1024 };

/* Why the sender of this message is not told; NULL: he is. */
const char *mdn_why_not(const struct delivery *d);

/* The notification to the envelope sender, with LF; REASON is UTF-8. */
struct str mdn_compose(const struct delivery *d, const struct store_id *id, struct str reason);

#endif
