/* Replies: a code (RFC 5321 section 4.2), an enhanced status code (RFC 3463), a text. */
#ifndef MDA_LMTP_REPLY_H
#define MDA_LMTP_REPLY_H

#include "base/buf.h"
#include "base/err.h"

struct reply {
	unsigned code;
	char dsn[16]; /* empty: none */
	char text[1024];
};

/* Fills *R, so that a function can end with it. The text becomes one printable line. */
void reply_set(struct reply *r, unsigned code, const char *dsn, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The reply for a delivery that ended like the one-shot program: with the exit status STATUS, and
 * having printed TOLD, "4.3.0 the reason". Any other status, including -1 (it was killed), means
 * "try again".
 */
void reply_of_exit(struct reply *r, int status, struct str told);
/* The reply for an error. */
void reply_of_err(struct reply *r, const struct err *err);

/* Appends R with its line end. A long text becomes several lines (RFC 5321 section 4.5.3.1.5). */
void reply_add(struct buf *to, const struct reply *r);
/* Appends the lines of a reply with CODE; a reply to LHLO has no enhanced codes (RFC 2034). */
void reply_add_lines(struct buf *to, unsigned code, const struct str_list *lines);

#endif
