/* What the MTA says about a delivery, as against what the message says about itself. */
#ifndef BASE_ENVELOPE_H
#define BASE_ENVELOPE_H

#include "base/str.h"

struct envelope {
	struct str sender;             /* envelope sender; empty is the null sender <> */
	struct str recipient;          /* after aliases; where the message goes */
	struct str original_recipient; /* as the sending side wrote it, before any alias */
	/*
	 * who submitted it, as the server found them: AUTH of MAIL FROM (RFC 4954); empty: nobody
	 * says
	 */
	struct str submitter;
	/* the recipient without its +detail: the address whose lists and rules count */
	struct str mailbox;
	/* what stood behind the delimiter, empty for none (RFC 5233 section 4) */
	struct str detail;
};

#endif
