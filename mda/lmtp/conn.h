/* A connection: its socket, its dialog, and what it waits for. */
#ifndef MDA_LMTP_CONN_H
#define MDA_LMTP_CONN_H

#include "mda/lmtp/channel.h"
#include "mda/lmtp/server.h"
#include "mda/lmtp/spool.h"
#include "mda/lmtp/tls.h"
#include "mda/lmtp/transport.h"

/* What the connections of a front share. */
struct conn_shared {
	const struct server *server;
	struct spool_room *room;
	int channel;                   /* to the back */
	const struct tls_context *tls; /* NULL: there is none */
};

enum { CONN_TEXT = 320 };

struct conn {
	const struct conn_shared *shared;
	uint64_t id;
	struct transport transport;
	struct peer real, peer; /* the client; with XCLIENT, the client of that client */
	struct dialog *dialog;
	struct spool spool;
	struct buf rest;    /* bytes that have arrived but were not read by the dialog yet */
	size_t written;     /* of the dialog's output */
	long long deadline; /* io_microseconds(): the deadline of the client */
	char queue_id[CONN_TEXT], login[CONN_TEXT];
	bool wants_tls, is_lost;
};

/* FD belongs to the connection from now on. Never fails. */
struct conn *conn_new(
	const struct conn_shared *shared, int fd, uint64_t id, const struct peer *peer);
void conn_free(struct conn *c);

/* Does what can be done without waiting; then use conn_is_over() and conn_events(). */
void conn_go_on(struct conn *c, bool is_readable);
/* Takes an answer of the back. */
void conn_hear(struct conn *c, const struct channel_message *m);
/* The client took too long, or the server ends: sends the reply, then ends the connection. */
void conn_end(struct conn *c, unsigned code, const char *dsn, const char *text);

/* Is there nothing left to do? */
bool conn_is_over(const struct conn *c);
/* Ending it disturbs nobody: no message was begun. */
bool conn_is_idle(const struct conn *c);
/* The events that it waits for, as EPOLLIN and EPOLLOUT. */
uint32_t conn_events(const struct conn *c);

#endif
