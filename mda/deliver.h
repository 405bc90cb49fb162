/* The one place that carries a plan out: store first, send after. */
#ifndef MDA_DELIVER_H
#define MDA_DELIVER_H

#include "mda/delivery/outcome.h"
#include "mda/delivery/delivery.h"
#include "mda/conf/template.h"
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
/* What deliver_prepare() hashes, for a message that is delivered several times; in MEM. */
struct hash_begun *deliver_hash(const struct message *msg, struct arena *mem);
void deliver_release(struct delivery *d);

/*
 * Carries out the plan that judge() has made of the verdict: stores, then sends, then tells users
 * what is wrong with their script; OUT gets what became of it, also when it fails. -1 with what the
 * MTA shall hear: FAULT_REFUSED when the plan is a refusal. After a
 * temporary fault the retry repeats nothing that was done.
 */
int deliver_verdict(struct delivery *d, struct outcome *out, struct err *err);

/*
 * Is there room for a message of BYTES in this mailbox? -1 with what a delivery would fail with.
 * Nothing is made.
 */
int deliver_check_room(const struct conf *conf, const struct template_values *names,
	unsigned long long bytes, struct arena *mem, struct err *err);

#endif
