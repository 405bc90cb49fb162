/* A worker: its back, which the master starts, and its front, which the back starts. */
#ifndef MDA_LMTP_WORKER_H
#define MDA_LMTP_WORKER_H

#include "mda/lmtp/server.h"

#include <sys/types.h>

struct worker {
	pid_t pid;         /* 0: none */
	int lifeline;      /* to its back; -1: the back has closed it */
	bool is_old;       /* it serves only the clients that it has */
	long long started; /* io_microseconds() */
};

/*
 * Starts a worker. CLEAN runs in it first and closes what belongs to the master alone. -1 on error.
 */
int worker_start(struct worker *w, const struct server *server, struct board_row *row,
	void (*clean)(void *context), void *context, struct err *err);
/* Sends BACK_DRAIN or BACK_STOP to it. */
void worker_tell(struct worker *w, char what);
/* To be called when it has ended. */
void worker_forget(struct worker *w);

#endif
