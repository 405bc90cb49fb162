/* What the screened*.c files share: the tables, and what is done in one transaction. */
#ifndef STORE_SCREENED_INSIDE_H
#define STORE_SCREENED_INSIDE_H

#include "base/kv/kv.h"
#include "store/screened.h"

enum { SCREENED_META, SCREENED_SENDERS, SCREENED_WAITING, SCREENED_SENT, SCREENED_TABLES };

/* Runs WORK for reading; does nothing, successfully, when there is no database. */
int screened_read(const char *state_dir, kv_work *work, void *context, struct err *err);
/* Runs WORK for writing; a missing database is made. */
int screened_write(const char *state_dir, kv_work *work, void *context, struct err *err);

/* As kv_peek(): a key is found without opening the database. */
int screened_peek(const char *state_dir, unsigned table, struct str key, struct arena *mem,
	struct str *value);

/*
 * If TABLE has more than MOST rows, its oldest tenth goes too, so that this is seldom done. Each
 * record begins with its time.
 */
int screened_bound(struct kv *kv, unsigned table, size_t most, struct err *err);

/* Was the message ID sent to the domain of Q, and not too long ago? 1 with the answer, 0, -1. */
int screened_find_id(struct kv *kv, const struct screened_question *q, struct str id, int64_t now,
	struct screened_answer *answer, struct err *err);

/* Remembers what SENDER is; SCREENED_NEW forgets it. -1 on error. */
int screened_put_sender(struct kv *kv, const struct screened_sender *sender, struct err *err);

#endif
