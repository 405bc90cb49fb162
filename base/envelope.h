/* What the MTA says about a delivery, in contrast to what the message says about itself. */
#ifndef BASE_ENVELOPE_H
#define BASE_ENVELOPE_H

#include "base/str.h"

struct envelope {
	struct str sender;             /* the envelope sender; empty: the null sender <> */
	struct str recipient;          /* after aliases: where the message is delivered */
	struct str original_recipient; /* the address that the sender wrote, before any alias */
	/*
	 * who submitted the message, as the server knows it: AUTH of MAIL FROM (RFC 4954); empty:
	 * unknown
	 */
	struct str submitter;
	/* what the MTA calls the message in its queue; empty: unknown */
	struct str queue_id;
	/* the sender asked to be told that it was delivered (NOTIFY=SUCCESS, RFC 3461) */
	bool wants_receipt;
	/* what the sender calls it (ENVID); empty: nothing */
	struct str envelope_id;
	/* the recipient without its +detail: this address's lists and rules count */
	struct str mailbox;
	/* what follows the delimiter; empty: nothing (RFC 5233 section 4) */
	struct str detail;
};

#endif
