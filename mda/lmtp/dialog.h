/*
 * One LMTP connection (RFC 2033) as a state machine: bytes go in, replies come out, and what only
 * others can do is asked of a host. It does no I/O, and every cut of the input gives the same
 * replies.
 */
#ifndef MDA_LMTP_DIALOG_H
#define MDA_LMTP_DIALOG_H

#include "mda/lmtp/attribute.h"
#include "mda/lmtp/parameter.h"
#include "mda/lmtp/reply.h"

struct dialog;

/* What is in force; the dialog keeps the pointer. */
struct dialog_conf {
	const char *host;        /* our name, in the greeting */
	unsigned long long size; /* the largest message; 0: any */
	size_t recipients;       /* of a message, at most */
	bool offers_tls;         /* STARTTLS */
};

struct dialog_recipient {
	struct str address;
	struct parameters parameters;
};

/* What is known of the message that is being handed over. */
struct dialog_mail {
	struct str sender; /* empty: the null sender */
	struct parameters parameters;
	/* Those that were accepted; while the host is asked, the last one is that in question. */
	const struct dialog_recipient *recipients;
	size_t count;
};

/*
 * The host. None of these functions is called while the dialog waits for an answer; each may answer
 * before it returns.
 */
struct dialog_host {
	/* Is the last of the mail's recipients known? The answer is dialog_recipient_is(). */
	void (*recipient)(void *context, const struct dialog_mail *mail);
	/* The next bytes of the message. -1: it cannot be kept, for the reason *WHY. */
	int (*body)(void *context, struct str bytes, struct reply *why);
	/* The message is whole. A dialog_delivered() for each recipient is the answer. */
	void (*deliver)(void *context, const struct dialog_mail *mail);
	/* The message is over, or will never be whole: its bytes are not needed any more. */
	void (*forget)(void *context);
	/* Everything up to here was said in the clear; dialog_secured() goes on. */
	void (*secure)(void *context);
	/* The attributes that XCLIENT or XFORWARD said, which live until it returns. */
	void (*present)(void *context, unsigned command, const struct attributes *a);
};

/* CONF, HOST and CONTEXT are the caller's. */
struct dialog *dialog_new(
	const struct dialog_conf *conf, const struct dialog_host *host, void *context);
void dialog_free(struct dialog *d);

/* May the client say XCLIENT and XFORWARD? Until this is called it may not. */
void dialog_allow_attributes(struct dialog *d, bool may);

/* Reads BYTES as far as it can; returns how many it took. It takes none while it waits. */
size_t dialog_input(struct dialog *d, struct str bytes);
/* The replies; the caller writes them and then empties the buffer. */
struct buf *dialog_output(struct dialog *d);

/* The answer to `recipient`: with the code 250 it is accepted. */
void dialog_recipient_is(struct dialog *d, const struct reply *answer);
/* The answer to `deliver` for recipient I, in any order; the client is told in theirs. */
void dialog_delivered(struct dialog *d, size_t i, const struct reply *answer);
/* TLS has begun (RFC 3207): nothing that was said before it counts. */
void dialog_secured(struct dialog *d);

/* Says the reply, and that the connection ends. What is asked for is not answered any more. */
void dialog_end(struct dialog *d, const struct reply *why);

/* The connection is to be closed when the output is written. */
bool dialog_has_ended(const struct dialog *d);
/* The next bytes are a message's. */
bool dialog_reads_message(const struct dialog *d);
/* It waits for the host, not for its client. */
bool dialog_waits(const struct dialog *d);
/* No message has been begun: to end here disturbs nobody. */
bool dialog_is_idle(const struct dialog *d);

#endif
