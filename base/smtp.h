/* Hands one message to an SMTP server, by libcurl. */
#ifndef BASE_SMTP_H
#define BASE_SMTP_H

#include "base/err.h"
#include "base/str.h"

struct smtp_message {
	const char *url;   /* "smtp://127.0.0.1:25" */
	struct str sender; /* the envelope sender; empty: the null sender */
	const struct str *recipients;
	size_t recipient_count;
	int file; /* the message, read from its start; LF becomes CRLF */
	unsigned seconds;
};

/* Is it of the form "smtp://host" or "smtp://host:port"? */
bool smtp_url_valid(struct str url);

/* All of it was sent and no answer came: the server may have the message. */
enum { SMTP_UNKNOWN = -2 };

/*
 * 0 when the server has taken the message for all recipients, whatever happens to the QUIT after
 * it. Otherwise -1, or SMTP_UNKNOWN. A failure is temporary or FAULT_REFUSED.
 */
int smtp_send(const struct smtp_message *m, struct err *err);

#endif
