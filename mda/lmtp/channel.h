/*
 * What the two processes of a worker say to each other: messages over a socket, one with a
 * descriptor. The front speaks with clients and has no rights; the back delivers.
 */
#ifndef MDA_LMTP_CHANNEL_H
#define MDA_LMTP_CHANNEL_H

#include "mda/lmtp/reply.h"

#include "base/err.h"

#include <stdint.h>

enum channel_kind {
	/* from the front */
	CHANNEL_PROBE, /* is this recipient known? NUMBER: the size; text: recipient, sender */
	CHANNEL_MAIL, /* a message for NUMBER recipients, in FD; text: sender, queue id, submitter, ENVID */
	/* one of them, INDEX; text: recipient, original recipient; NUMBER is 1: it wants a receipt */
	CHANNEL_TO,
	/* from the back; NUMBER is the reply's code; text: its enhanced code, its text */
	CHANNEL_KNOWN, /* the answer to CHANNEL_PROBE */
	CHANNEL_DONE,  /* that to CHANNEL_TO */
	CHANNEL_DRAIN, /* no new connections; those that are open go on */
	CHANNEL_STOP,  /* nor new messages */
	CHANNEL_KINDS,
};

enum { CHANNEL_TEXTS = 4, CHANNEL_LARGEST = 32 * 1024 };

struct channel_message {
	enum channel_kind kind;
	uint32_t index;
	uint64_t id; /* of the connection; the front gives it */
	uint64_t number;
	struct str text[CHANNEL_TEXTS];
	int fd; /* -1: none */
};

/* Two ends in ENDS, -1 on error. */
int channel_open(int ends[2], struct err *err);

/*
 * 1 when it was sent, 0 when there is no room now (only with DO_NOT_WAIT), -1 when the other side
 * is gone.
 */
int channel_send(int socket, const struct channel_message *m, bool do_not_wait);
/*
 * Waits for a message: 1, or 0 when the other side is gone, or -1 when it was not a message. The
 * texts are in BUFFER, the descriptor is the caller's.
 */
int channel_receive(int socket, char buffer[CHANNEL_LARGEST], struct channel_message *m);

/* A message with a reply, and back. */
struct channel_message channel_reply(
	enum channel_kind kind, uint64_t id, uint32_t index, const struct reply *r);
void channel_read_reply(const struct channel_message *m, struct reply *r);

#endif
