/*
 * Numbers that all processes of the server share: each worker counts in a row of its own, and the
 * master adds the rows up. They are used only for limits and statistics, because a process that was
 * taken over could write any number.
 */
#ifndef MDA_LMTP_BOARD_H
#define MDA_LMTP_BOARD_H

#include "base/buf.h"
#include "base/err.h"
#include "mda/server/peer.h"

#include <stdint.h>

enum {
	BOARD_WORKERS = 256,  /* including old ones that still serve a client */
	BOARD_CLIENTS = 1024, /* the number of counts that addresses share */
	BOARD_BUCKETS = 14,   /* buckets of the histogram */
	BOARD_SPAM = 4,       /* enum spam_state */
	BOARD_LABELS = 3,     /* enum label */
};

/* The results of a delivery. */
enum board_outcome {
	BOARD_DELIVERED,
	BOARD_DEFERRED,
	BOARD_REFUSED,
	BOARD_NO_USER,
	BOARD_OUTCOMES
};
/* Why something was refused. */
enum board_refusal {
	BOARD_UNKNOWN_RECIPIENT,
	BOARD_FULL_MAILBOX,
	BOARD_RECIPIENT_LATER, /* RCPT could not be answered */
	BOARD_CONNECTIONS,     /* too many connections */
	BOARD_CLIENT,          /* too many of one client */
	BOARD_MAILBOX,         /* too many deliveries wait for one mailbox */
	BOARD_REFUSALS,
};
enum board_stage { BOARD_READ, BOARD_JUDGE, BOARD_DELIVER, BOARD_STAGES };

/* The row of a worker. Only its own processes write to it. */
struct board_row {
	_Atomic uint64_t connections_total, messages_total;
	_Atomic uint64_t connections, waiting, running; /* now */
	_Atomic uint64_t outcomes[BOARD_OUTCOMES], refusals[BOARD_REFUSALS];
	_Atomic uint64_t spam[BOARD_SPAM], labels[BOARD_LABELS];
	_Atomic uint64_t
		within[BOARD_BUCKETS + 1]; /* deliveries by time; the last bucket has all */
	_Atomic uint64_t microseconds, stages[BOARD_STAGES];
	/*
	 * Current connections, by board_bucket(). Below zero: a front has outlived its back, and
	 * the row was reset before the front counted its last ones.
	 */
	_Atomic int32_t clients[BOARD_CLIENTS];
};

enum { BOARD_SEED = 16 };
struct board {
	char seed[BOARD_SEED];                             /* of board_bucket(), secret */
	_Atomic uint64_t workers, replaced, died, reloads; /* written by the master only */
	struct board_row rows[BOARD_WORKERS];
};

/* In memory that forked processes share. NULL on error. */
struct board *board_new(struct err *err);
/* For a new worker: no connection is open. The totals stay. */
void board_reset_now(struct board_row *row);

/* The index of the client in `clients`. */
unsigned board_bucket(const struct board *b, const struct peer *p);
/* The connections of all workers, and those of one client. */
uint64_t board_connections(const struct board *b);
uint64_t board_client(const struct board *b, const struct peer *p);

/* Counts a delivery that took this long. */
void board_took(struct board_row *row, long long microseconds);

/* Appends all of it in the text format of Prometheus. */
void board_print(const struct board *b, struct buf *to);

#endif
