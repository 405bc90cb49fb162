/*
 * One LMTP connection (RFC 2033) as a state machine: bytes go in, replies come out, and a host does
 * what the dialog cannot do. It does no I/O, and the replies do not depend on how the input is cut
 * into pieces.
 */
#ifndef MDA_LMTP_DIALOG_H
#define MDA_LMTP_DIALOG_H

#include "mda/lmtp/attribute.h"
#include "mda/lmtp/parameter.h"
#include "mda/lmtp/reply.h"

struct dialog;

/* The settings; the dialog keeps the pointer. */
struct dialog_conf {
	const char *host;        /* our name in the greeting */
	unsigned long long size; /* the size of the largest message; 0: any */
	size_t recipients;       /* how many a message may have */
};

struct dialog_recipient {
	struct str address;
	struct parameters parameters;
};

/* What is known of the message that is being received. */
struct dialog_mail {
	struct str sender; /* empty: the null sender */
	struct parameters parameters;
	/*
	 * The accepted recipients, each once. While the host is asked about one, it is the last of
	 * them.
	 */
	const struct dialog_recipient *recipients;
	size_t count;
};

/*
 * The host's functions. None is called while the dialog waits for an answer. Each may answer before
 * it returns.
 */
struct dialog_host {
	/* Is the last recipient of the mail known? The host answers with dialog_recipient_is(). */
	void (*recipient)(void *context, const struct dialog_mail *mail);
	/* The next bytes of the message. -1 if they cannot be kept, with the reason in *WHY. */
	int (*body)(void *context, struct str bytes, struct reply *why);
	/* The message is complete. The host answers with dialog_delivered() for each recipient. */
	void (*deliver)(void *context, const struct dialog_mail *mail);
	/* The message is done or was given up: its bytes are not needed any more. */
	void (*forget)(void *context);
	/* STARTTLS: everything before was not encrypted; dialog_secured() goes on. */
	void (*secure)(void *context);
	/* The attributes of XCLIENT or XFORWARD; they are valid until it returns. */
	void (*present)(void *context, unsigned command, const struct attributes *a);
};

/* CONF, HOST and CONTEXT belong to the caller. */
struct dialog *dialog_new(
	const struct dialog_conf *conf, const struct dialog_host *host, void *context);
void dialog_free(struct dialog *d);

/* What this client may do. At first, nothing of it. */
struct dialog_rights {
	bool may_present;  /* XCLIENT and XFORWARD */
	bool offers_tls;   /* STARTTLS */
	bool requires_tls; /* before MAIL */
};
void dialog_allow(struct dialog *d, const struct dialog_rights *rights);

/* Clients may send commands without reading replies, so the output has a limit. */
enum { DIALOG_OUTPUT_MOST = 64 * 1024 };
/*
 * Reads as much of BYTES as it can, and returns how many that were. While it waits, or while that
 * much output was not written, it reads none.
 */
size_t dialog_input(struct dialog *d, struct str bytes);
/* The replies. The caller writes them and then empties the buffer. */
struct buf *dialog_output(struct dialog *d);

/* The host's answer to `recipient`. Code 250 accepts the recipient. */
void dialog_recipient_is(struct dialog *d, const struct reply *answer);
/*
 * The host's answer to `deliver` for recipient I, in any order. The client gets the replies in the
 * order of the recipients.
 */
void dialog_delivered(struct dialog *d, size_t i, const struct reply *answer);
/* For all that have no answer yet. */
void dialog_all_delivered(struct dialog *d, const struct reply *answer);
/* TLS has begun (RFC 3207): nothing that was said before it counts. */
void dialog_secured(struct dialog *d);

/* Ends the dialog with that reply. Answers of the host are ignored from now on. */
void dialog_end(struct dialog *d, const struct reply *why);

/* Is the connection to be closed when the output is written? */
bool dialog_has_ended(const struct dialog *d);
/* Are the next bytes those of a message? */
bool dialog_reads_message(const struct dialog *d);
/* Does it wait for the host, and not for its client? */
bool dialog_waits(const struct dialog *d);
/* Can it end here without interrupting a message? */
bool dialog_is_idle(const struct dialog *d);

#endif
