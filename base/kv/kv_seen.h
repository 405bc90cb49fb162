/*
 * Notes, in a small file beside the data file, what the data file was like when we last wrote to
 * it. So a database is checked (kv_check.h) only if another program may have changed it, or if a
 * process died in the middle of writing or while reading it.
 */
#ifndef BASE_KV_KV_SEEN_H
#define BASE_KV_KV_SEEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Opens the note's file: a descriptor, or -1. Then nothing is known, and the database is always
 * checked.
 */
int kv_seen_open(int dir);

/*
 * A writer holds this lock from before its transaction until its note is written. Otherwise the
 * next writer could change the file while the note says that nobody does, and every reader would
 * take it for a restored file. Waits for the lock; -1 with errno on error. Does nothing without a
 * descriptor.
 */
int kv_seen_lock(int seen);
void kv_seen_unlock(int seen);

/*
 * May DATA, whose last transaction is TXN, differ from what we left? With LOCKED, nobody else is
 * writing. Without it, a database that is being written to is not suspect.
 */
bool kv_seen_suspect(int seen, int data, uint64_t txn, bool locked);

/*
 * Has another program changed DATA since we last wrote to it? A program that restores it in place
 * does, together with the note. Setting an owner and making a link count too. A loss of power does
 * not, because it leaves an older time. Needs no lock; false when it is unknown, and while somebody
 * writes.
 */
bool kv_seen_touched(int seen, int data, uint64_t txn);

/*
 * The transaction after TXN begins; and it has ended, with TXN the last one that was committed. The
 * writer holds the lock.
 */
void kv_seen_begin(int seen, uint64_t txn);
void kv_seen_end(int seen, int data, uint64_t txn);

#endif
