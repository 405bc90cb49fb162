/* Handing a message to the MTA. */
#ifndef MDA_OUTGOING_SUBMIT_H
#define MDA_OUTGOING_SUBMIT_H

#include "base/arena.h"
#include "base/err.h"

struct submission {
	const char *sendmail; /* the program; it gets its arguments directly, without a shell */
	const char *smtp;     /* a server to use instead, "smtp://127.0.0.1:25"; NULL: none */
	struct str sender;    /* envelope sender; empty: the null sender */
	const struct str *recipients;
	size_t recipient_count;
	const struct str *pieces; /* the message */
	size_t piece_count;
	const char *spool_dir; /* for the file that the program reads */
	unsigned seconds;      /* after this time the attempt ends */
};

/* The server did not say whether it took the message. */
enum { SUBMIT_UNKNOWN = -2 };

/*
 * Can mail be sent to this address at all? Not if a program would take it for an option, or if an
 * envelope cannot hold it.
 */
bool submit_can(struct str recipient);
/* Can it be an envelope sender? The null sender can. */
bool submit_can_from(struct str sender);

/*
 * Sends the message. Addresses are passed on as address_path() writes them; if one is invalid,
 * nothing is sent. 0 if the MTA has taken it; else -1 or SUBMIT_UNKNOWN. A failure is temporary,
 * because the MTA may take it next time; it is FAULT_REFUSED if a server says that it never will.
 */
int submit_message(const struct submission *s, struct arena *mem, struct err *err);

#endif
