/* The sockets that clients connect to. */
#ifndef MDA_LMTP_LISTENER_H
#define MDA_LMTP_LISTENER_H

#include "base/arena.h"
#include "mda/conf/conf.h"

struct listener {
	/*
	 * As in the configuration: "/run/mda/lmtp", "127.0.0.1:24". It ends with a NUL and must
	 * live as long as the listener.
	 */
	struct str address;
	int fd;
	bool is_inherited; /* it comes from systemd, which keeps it */
};

/*
 * Opens the socket at ADDRESS. The file of a Unix socket gets the configured owner and mode; a file
 * that a dead server has left is replaced. -1 with the reason.
 */
int listener_open(struct listener *l, struct str address, const struct conf *conf, struct err *err);
/* Closes it; with REMOVE, the file of a Unix socket is removed. */
void listener_close(struct listener *l, bool remove);

/* Takes over a socket that systemd has opened as FD. */
void listener_inherit(struct listener *l, int fd);

/* Opens the socket of --status, which only root and the server's own user may use. */
int listener_open_status(struct listener *l, struct str address, struct err *err);

#endif
