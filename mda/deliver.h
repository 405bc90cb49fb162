/* The one place that carries a plan out: store first, send after. */
#ifndef MDA_DELIVER_H
#define MDA_DELIVER_H

#include "mda/delivery/outcome.h"
#include "mda/delivery/delivery.h"
#include "store/store.h"

/*
 * The same bytes with the same envelope for the same mailbox: a second attempt at the same
 * delivery.
 */
struct store_id deliver_id(const struct delivery *d, const char *maildir);

/*
 * Hashes the message and opens the mailbox for deliver_verdict(), while another process judges;
 * nothing is locked. What fails, and what there is to note, is told when the mailbox is needed.
 * deliver_release() closes it, as LMDB must not have one database open twice.
 */
void deliver_prepare(struct delivery *d);
void deliver_release(struct delivery *d);

/*
 * Carries out the plan that judge() has made of the verdict: stores, then sends, then tells users
 * what is wrong with their script; OUT gets what became of it, also when it fails. -1 with what the
 * MTA shall hear: FAULT_REFUSED when the plan is a refusal. After a
 * temporary fault the retry repeats nothing that was done.
 */
int deliver_verdict(struct delivery *d, struct outcome *out, struct err *err);

#endif
