/*
 * The messages between the two processes of a worker: over a socket, one kind with a descriptor.
 * The front speaks with clients and has no rights; the back delivers.
 */
#ifndef MDA_LMTP_CHANNEL_H
#define MDA_LMTP_CHANNEL_H

#include "mda/lmtp/reply.h"

#include "base/err.h"

#include <stdint.h>

enum channel_kind {
	/* from the front */
	CHANNEL_PROBE, /* is this recipient known? NUMBER: the size; texts: recipient, sender */
	CHANNEL_MAIL,  /* for NUMBER recipients, in FD; texts: sender, queue id, submitter, ENVID */
	/*
	 * one of them, INDEX; texts: recipient, original recipient; NUMBER is 1 if it wants a
	 * receipt
	 */
	CHANNEL_TO,
	/* from the back; NUMBER is the code of the reply; texts: its enhanced code, its text */
	CHANNEL_KNOWN, /* the answer to CHANNEL_PROBE */
	CHANNEL_DONE,  /* the answer to CHANNEL_TO; for INDEX CHANNEL_ALL, to CHANNEL_MAIL */
	CHANNEL_DRAIN, /* accept no new connections; open ones go on */
	CHANNEL_STOP,  /* accept no new messages either */
	CHANNEL_KINDS,
};

/* The message is refused: this is the answer for all its recipients, and no other comes. */
#define CHANNEL_ALL UINT32_MAX

enum { CHANNEL_TEXTS = 4, CHANNEL_LARGEST = 32 * 1024 };

struct channel_message {
	enum channel_kind kind;
	uint32_t index;
	uint64_t id; /* of the connection, as the front numbers it */
	uint64_t number;
	struct str text[CHANNEL_TEXTS];
	int fd; /* -1: none */
};

/* Two ends in ENDS, -1 on error. */
int channel_open(int ends[2], struct err *err);

/*
 * 1 if it was sent, 0 if there is no room now (only with DO_NOT_WAIT), -1 if the other side is
 * gone.
 */
int channel_send(int socket, const struct channel_message *m, bool do_not_wait);
/*
 * Waits for a message. 1; 0 if the other side is gone; -1 if it was not a message. The texts are in
 * BUFFER, and the descriptor belongs to the caller.
 */
int channel_receive(int socket, char buffer[CHANNEL_LARGEST], struct channel_message *m);

/* Makes a message from a reply, and a reply from a message. */
struct channel_message channel_reply(
	enum channel_kind kind, uint64_t id, uint32_t index, const struct reply *r);
void channel_read_reply(const struct channel_message *m, struct reply *r);

#endif
