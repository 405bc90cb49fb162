/*
 * The back of a worker: it starts a process for each delivery and each question of RCPT, as its
 * front asks, and passes the answers on. It reads no byte that a client has sent, but for handing
 * it over to such a process. It may be root.
 */
#ifndef MDA_LMTP_BACK_H
#define MDA_LMTP_BACK_H

#include "mda/lmtp/server.h"

/* What the master writes to a worker, and a worker to the master, one byte each. */
enum { BACK_DRAIN = 'D', BACK_STOP = 'S', BACK_RETIRES = 'R' };

/*
 * Runs until the front has gone and every delivery has ended. CHANNEL is to the front, LIFELINE to
 * the master, whose end means BACK_STOP. Returns the exit status: 0 when the end was asked for.
 */
int back_run(const struct server *server, struct board_row *row, int channel, int lifeline);

#endif
