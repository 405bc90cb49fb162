/* The sockets at which clients connect. */
#ifndef MDA_LMTP_LISTENER_H
#define MDA_LMTP_LISTENER_H

#include "base/arena.h"
#include "mda/conf/conf.h"

struct listener {
	struct str address; /* as it is configured: "/run/mda/lmtp", "127.0.0.1:24" */
	int fd;
	bool is_inherited; /* of systemd, which keeps it */
};

/*
 * Opens the socket at ADDRESS; the file of a Unix socket gets the owner and mode of the
 * configuration. A file that a dead server has left is replaced. -1 with the reason.
 */
int listener_open(struct listener *l, struct str address, const struct conf *conf, struct err *err);
/* Closes it; with REMOVE, the file of a Unix socket goes too. */
void listener_close(struct listener *l, bool remove);

/* One that systemd has opened as FD. */
void listener_inherit(struct listener *l, int fd);

/* The same for the socket of --status, which root and its own user alone may open. */
int listener_open_status(struct listener *l, const struct conf *conf, struct err *err);

#endif
