/* The settings of the server and its workers, until the configuration is read again. */
#ifndef MDA_LMTP_SERVER_H
#define MDA_LMTP_SERVER_H

#include "mda/lmtp/board.h"
#include "mda/lmtp/dialog.h"
#include "mda/server/listener.h"
#include "mda/server/peer.h"
#include "mda/session.h"

struct server {
	struct session session; /* its arena, file and configuration */
	struct peer_networks trusted, xclient;
	struct dialog_conf dialog;
	const struct listener *listeners;
	size_t listener_count;
	struct board *board;
};

/*
 * Reads the configuration that INV names into *S, and checks the server's keys. -1 with the reason;
 * then *S is not used.
 */
int server_configure(struct server *s, const struct invocation *inv, struct err *err);
void server_free(struct server *s);

#endif
