/*
 * The front of a worker: it accepts connections and speaks LMTP with their clients, all in one
 * process without rights. It asks the back of the worker to do what it cannot do.
 */
#ifndef MDA_LMTP_FRONT_H
#define MDA_LMTP_FRONT_H

#include "mda/lmtp/server.h"

/* Runs until it is told to end and its last client is gone. Returns the exit status. */
int front_run(const struct server *server, struct board_row *row, int channel);

#endif
