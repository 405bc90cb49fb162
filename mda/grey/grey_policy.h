/*
 * Postfix's policy delegation protocol (SMTPD_POLICY_README): a request is lines of name=value and
 * an empty line, an answer is "action=..." and an empty line. No I/O.
 */
#ifndef MDA_GREY_GREY_POLICY_H
#define MDA_GREY_GREY_POLICY_H

#include "base/str.h"

/* The attributes that are used; empty if they were not given. They point into the request. */
struct grey_request {
	struct str kind;  /* "smtpd_access_policy" */
	struct str state; /* "RCPT", "DATA" ... */
	struct str client_address, client_name;
	struct str sender, recipient;
	struct str instance; /* the same for all recipients of a message */
	struct str login;    /* sasl_username */
	bool has_sender;     /* it may be the null sender */
};

/*
 * The length of the first request in BYTES with its empty line, or 0: it is not complete. The
 * first *SEEN bytes were looked at before.
 */
size_t grey_policy_end(struct str bytes, size_t *seen);

/* Reads a complete request. A line without "=" is ignored; of two with one name the last counts. */
void grey_policy_read(struct str bytes, struct grey_request *r);

/* Why R is not a question about a recipient that can be greylisted; NULL: it is one. */
const char *grey_policy_doubt(const struct grey_request *r);

#endif
