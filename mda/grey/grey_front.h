/* The server: it accepts connections and waits for all of them. */
#ifndef MDA_GREY_GREY_FRONT_H
#define MDA_GREY_GREY_FRONT_H

#include "mda/invocation.h"

/*
 * Runs until SIGTERM or SIGINT. The first SOCKETS descriptors from 3 on are systemd's. USER is the
 * account; NULL: the key grey_user. -1 if it cannot start.
 */
int grey_front_run(
	const struct invocation *inv, const char *user, unsigned sockets, struct err *err);

#endif
