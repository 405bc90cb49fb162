/*
 * A notice that a message was delivered (RFC 3461, RFC 3464), for senders who asked for one
 * (NOTIFY=SUCCESS). The MTA leaves it to whoever says DSN in LMTP.
 */
#ifndef MDA_OUTGOING_RECEIPT_H
#define MDA_OUTGOING_RECEIPT_H

#include "mda/outgoing/answers.h"

/*
 * Does the sender of this message get one? Not for spam: it would say that the address exists.
 */
bool receipt_is_due(const struct delivery *d);

/* The notice to the envelope sender, with LF. IS_HERE: in a mailbox here, not passed on. */
struct str receipt_compose(const struct delivery *d, const struct store_id *id, bool is_here);

#endif
