/*
 * Numbers that all processes of the server share: each worker counts in a row of its own, the
 * master adds them up. Nobody relies on them for more than a limit or a chart, as a process that is
 * taken over could write any number.
 */
#ifndef MDA_LMTP_BOARD_H
#define MDA_LMTP_BOARD_H

#include "base/buf.h"
#include "base/err.h"
#include "mda/lmtp/peer.h"

#include <stdint.h>

enum {
	BOARD_WORKERS = 256,  /* old ones that still serve a client included */
	BOARD_CLIENTS = 1024, /* in which addresses share a number */
	BOARD_BUCKETS = 14,   /* of the histogram */
	BOARD_SPAM = 4,       /* enum spam_state */
	BOARD_LABELS = 3,     /* enum label */
};

/* What became of a delivery. */
enum board_outcome {
	BOARD_DELIVERED,
	BOARD_DEFERRED,
	BOARD_REFUSED,
	BOARD_NO_USER,
	BOARD_OUTCOMES
};
/* Why something was not taken. */
enum board_refusal {
	BOARD_UNKNOWN_RECIPIENT,
	BOARD_FULL_MAILBOX,
	BOARD_RECIPIENT_LATER, /* RCPT could not be answered now */
	BOARD_CONNECTIONS,     /* too many of them */
	BOARD_CLIENT,          /* too many of one client */
	BOARD_MAILBOX,         /* too many deliveries to one mailbox wait */
	BOARD_REFUSALS,
};
enum board_stage { BOARD_READ, BOARD_JUDGE, BOARD_DELIVER, BOARD_STAGES };

/* A worker's row. Only its own processes write it. */
struct board_row {
	_Atomic uint64_t connections_total, messages_total;
	_Atomic uint64_t connections, waiting, running; /* now */
	_Atomic uint64_t outcomes[BOARD_OUTCOMES], refusals[BOARD_REFUSALS];
	_Atomic uint64_t spam[BOARD_SPAM], labels[BOARD_LABELS];
	_Atomic uint64_t within[BOARD_BUCKETS + 1]; /* deliveries by time; the last: any */
	_Atomic uint64_t microseconds, stages[BOARD_STAGES];
	_Atomic uint32_t clients[BOARD_CLIENTS]; /* connections now, by peer_bucket() */
};

struct board {
	_Atomic uint64_t workers, replaced, died, reloads; /* the master's own */
	struct board_row rows[BOARD_WORKERS];
};

/* In memory that forked processes share. NULL on error. */
struct board *board_new(struct err *err);
/* Before a worker begins: nothing is connected. The counts go on. */
void board_reset_now(struct board_row *row);

/* The connections of all workers, and those of one client. */
uint64_t board_connections(const struct board *b);
uint64_t board_client(const struct board *b, const struct peer *p);

/* A delivery that took so long. */
void board_took(struct board_row *row, long long microseconds);

/* All of it in the text format of Prometheus. */
void board_print(const struct board *b, struct buf *to);

#endif
