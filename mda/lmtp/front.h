/*
 * The front of a worker: it accepts connections and speaks LMTP with their clients, all of them in
 * one process without rights. What it cannot do it asks the worker's back.
 */
#ifndef MDA_LMTP_FRONT_H
#define MDA_LMTP_FRONT_H

#include "mda/lmtp/server.h"

/* Runs until it is told to end and its last client has gone. Returns the exit status. */
int front_run(const struct server *server, struct board_row *row, int channel);

#endif
