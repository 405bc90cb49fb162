/*
 * What a client reports about its own client: XCLIENT and XFORWARD, as in Postfix (XCLIENT_README,
 * XFORWARD_README).
 */
#ifndef MDA_LMTP_ATTRIBUTE_H
#define MDA_LMTP_ATTRIBUTE_H

#include "mda/lmtp/reply.h"

#include "base/arena.h"

enum { ATTRIBUTE_OF_XCLIENT = 1, ATTRIBUTE_OF_XFORWARD = 2 };

/* Empty if not given or not available. */
struct attributes {
	struct str name, address, helo;
	struct str login;    /* the login (LOGIN) */
	bool has_address;    /* ADDR was given, perhaps as unavailable */
	struct str queue_id; /* the message's name in the client's queue (IDENT) */
};

/*
 * Reads TEXT, words NAME=xtext, into *A; attributes that it does not have are unchanged. -1 with
 * the reply.
 */
int attribute_read(struct str text, unsigned command, struct arena *mem, struct attributes *a,
	struct reply *why);

/* The names of a command's attributes, each after a blank, for the reply to LHLO. */
struct str attribute_names(unsigned command, struct arena *mem);

#endif
