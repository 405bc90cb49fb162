/*
 * The master: it opens the sockets, keeps the workers running, and reads the configuration again
 * when told to. It reads nothing that a client sends.
 */
#ifndef MDA_LMTP_MASTER_H
#define MDA_LMTP_MASTER_H

#include "base/buf.h"
#include "mda/invocation.h"

/*
 * Runs until SIGTERM or SIGINT, and then until the work in progress is done. The first SOCKETS
 * descriptors from 3 on are systemd's. -1 if it cannot start.
 */
int master_run(const struct invocation *inv, unsigned sockets, struct err *err);

/* Appends the numbers that the running server reports at the configured status socket. */
int master_status(const struct invocation *inv, struct buf *to, struct err *err);

#endif
