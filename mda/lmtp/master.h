/*
 * The master: it opens the sockets, keeps the workers going, and reads the configuration again when
 * it is told to. It reads nothing that a client sends.
 */
#ifndef MDA_LMTP_MASTER_H
#define MDA_LMTP_MASTER_H

#include "base/buf.h"
#include "mda/invocation.h"

/*
 * Runs until SIGTERM or SIGINT, and then until what is under way is done. The first SOCKETS
 * descriptors from 3 on are systemd's. -1 when it cannot begin.
 */
int master_run(const struct invocation *inv, unsigned sockets, struct err *err);

/* Appends what the master at the status socket of the configuration has counted. */
int master_status(const struct invocation *inv, struct buf *to, struct err *err);

#endif
