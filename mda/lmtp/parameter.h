/* The parameters of MAIL and RCPT (RFC 5321 section 4.1.2), each a row of a table. */
#ifndef MDA_LMTP_PARAMETER_H
#define MDA_LMTP_PARAMETER_H

#include "mda/lmtp/reply.h"

#include "base/arena.h"

/* The commands that have parameters, as bits. */
enum { PARAMETER_OF_MAIL = 1, PARAMETER_OF_RCPT = 2 };

/* NOTIFY (RFC 3461 section 4.1), as bits; 0: not given. */
enum { NOTIFY_NEVER = 1, NOTIFY_SUCCESS = 2, NOTIFY_FAILURE = 4, NOTIFY_DELAY = 8 };

struct parameters {
	unsigned long long size; /* SIZE (RFC 1870); 0: unknown */
	bool is_utf8;            /* SMTPUTF8 (RFC 6531) */
	bool returns_headers;    /* RET=HDRS (RFC 3461) */
	struct str envelope_id;  /* ENVID, decoded */
	unsigned notify;
	/* ORCPT, decoded, if it is a mail address; else empty */
	struct str original;
	unsigned seen; /* the rows of the table that were given */
};

/*
 * Reads TEXT, the words after the address. 0, or -1 with a reply that names the wrong one. Memory
 * is MEM's.
 */
int parameter_read(struct str text, unsigned command, struct arena *mem, struct parameters *p,
	struct reply *why);

#endif
