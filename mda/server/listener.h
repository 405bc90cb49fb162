/* The sockets that clients connect to. */
#ifndef MDA_SERVER_LISTENER_H
#define MDA_SERVER_LISTENER_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct listener {
	/*
	 * As in the configuration: "/run/mda/lmtp", "127.0.0.1:24". It ends with a NUL and must
	 * live as long as the listener.
	 */
	struct str address;
	int fd;
	bool is_inherited; /* it comes from systemd, which keeps it */
};

/* The keys PREFIX_listen, PREFIX_socket_owner and PREFIX_socket_mode of a server. */
struct listener_keys {
	const char *prefix;
	struct str owner; /* "user", "user:group", ":group"; empty: it stays its maker's */
	struct str mode;  /* octal */
};

/*
 * Opens the socket at ADDRESS. The file of a Unix socket gets the configured owner and mode; a file
 * that a dead server has left is replaced. -1 with the reason.
 */
int listener_open(
	struct listener *l, struct str address, const struct listener_keys *keys, struct err *err);
/* Closes it; with REMOVE, the file of a Unix socket is removed. */
void listener_close(struct listener *l, bool remove);

/* Takes over a socket that systemd has opened as FD. */
void listener_inherit(struct listener *l, int fd);

/* Opens the socket of --status, which only root and the server's own user may use. */
int listener_open_status(struct listener *l, struct str address, struct err *err);

/* Each client needs a descriptor: allows as many as the system lets this process have. */
void listener_raise_limit(void);

#endif
