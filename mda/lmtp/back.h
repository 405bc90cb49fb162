/*
 * The back of a worker: for each delivery and each question of RCPT, its front asks it to start a
 * process; the back passes the answers on. It parses nothing that a client has sent, but only hands
 * it to such a process. It may be root.
 */
#ifndef MDA_LMTP_BACK_H
#define MDA_LMTP_BACK_H

#include "mda/lmtp/server.h"

/* What the master and a worker write to each other, one byte each. */
enum { BACK_DRAIN = 'D', BACK_STOP = 'S', BACK_RETIRES = 'R', BACK_HAS_NO_FRONT = 'F' };

/*
 * Runs until the front is gone and every delivery has ended. CHANNEL leads to the front, LIFELINE
 * to the master; the end of LIFELINE means BACK_STOP. Returns the exit status: 0 if it was asked to
 * end.
 */
int back_run(const struct server *server, struct board_row *row, int channel, int lifeline);

#endif
