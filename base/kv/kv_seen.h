/*
 * What the data file was like when we had last written to it, in a small file beside it: so a
 * database is looked through (kv_check.h) only when something else may have touched it, or a
 * process died of it or in the middle of it.
 */
#ifndef BASE_KV_KV_SEEN_H
#define BASE_KV_KV_SEEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The file's descriptor, or -1: then nothing is known, and the database is always looked through.
 */
int kv_seen_open(int dir);

/*
 * May DATA, whose last transaction is TXN, be other than we left it? With LOCKED nobody else is
 * writing; without it, one that is being written to is not suspect.
 */
bool kv_seen_suspect(int seen, int data, uint64_t txn, bool locked);

/*
 * Has another program changed DATA since we had last written to it, as one does that restores it in
 * place, the note with it? Also when it set an owner or made a link. Not after a loss of power,
 * which leaves an older time. Unlocked; false when it cannot be told.
 */
bool kv_seen_touched(int seen, int data, uint64_t txn);

/*
 * The transaction behind TXN begins; it ended, with TXN the last one that was committed. Whoever
 * writes is locked.
 */
void kv_seen_begin(int seen, uint64_t txn);
void kv_seen_end(int seen, int data, uint64_t txn);

#endif
