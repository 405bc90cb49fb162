/* Handing a message to the MTA. */
#ifndef MDA_OUTGOING_SUBMIT_H
#define MDA_OUTGOING_SUBMIT_H

#include "base/arena.h"
#include "base/err.h"

struct submission {
	const char *sendmail; /* the program; it gets its arguments directly, no shell sees them */
	const char *smtp;     /* a server in its stead, "smtp://127.0.0.1:25"; NULL: none */
	struct str sender;    /* envelope sender; empty: the null sender */
	const struct str *recipients;
	size_t recipient_count;
	const struct str *pieces; /* the message */
	size_t piece_count;
	const char *spool_dir; /* for the file that the program reads */
	unsigned seconds;      /* then it is given up */
};

/* A server did not say whether it took it. */
enum { SUBMIT_UNKNOWN = -2 };

/*
 * Can mail be sent there at all? Not to what a program would take for an option, or what no
 * envelope may hold.
 */
bool submit_can(struct str recipient);
/* Can it be the envelope sender? The null sender can. */
bool submit_can_from(struct str sender);

/*
 * Addresses are handed on as address_path() writes them, and nothing is when one of them is none.
 * 0 once the MTA has taken it. Else -1, or SUBMIT_UNKNOWN. A failure is temporary, as the MTA may
 * take it at the retry; FAULT_REFUSED when a server says that it never will.
 */
int submit_message(const struct submission *s, struct arena *mem, struct err *err);

#endif
