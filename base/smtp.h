/* One message handed to an SMTP server, by libcurl. */
#ifndef BASE_SMTP_H
#define BASE_SMTP_H

#include "base/err.h"
#include "base/str.h"

struct smtp_message {
	const char *url;   /* "smtp://127.0.0.1:25" */
	struct str sender; /* of the envelope; empty: the null sender */
	const struct str *recipients;
	size_t recipient_count;
	int file; /* what is sent, from its start; LF becomes CRLF */
	unsigned seconds;
};

/* Is it "smtp://host" or "smtp://host:port"? */
bool smtp_url_valid(struct str url);

/* It was sent to its end, and no answer came: the server may have it. */
enum { SMTP_UNKNOWN = -2 };

/*
 * 0 once the server has taken it for all recipients, whatever comes of the QUIT behind it. Else -1,
 * or SMTP_UNKNOWN. A failure is temporary, or FAULT_REFUSED.
 */
int smtp_send(const struct smtp_message *m, struct err *err);

#endif
