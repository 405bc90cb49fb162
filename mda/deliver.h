/* The one place that carries a plan out: store first, send after. */
#ifndef MDA_DELIVER_H
#define MDA_DELIVER_H

#include "mda/delivery/outcome.h"
#include "mda/delivery/delivery.h"
#include "mda/conf/template.h"
#include "store/store.h"

/*
 * Hashes the message and opens the mailbox for deliver_verdict(), while another process judges the
 * message. Nothing is locked. Errors and notes are reported when the mailbox is needed.
 * deliver_release() closes it, because LMDB must not have a database open twice in one process; the
 * last delivery of a process leaves that to the kernel.
 */
void deliver_prepare(struct delivery *d);
void deliver_release(struct delivery *d);

/*
 * Carries out the plan that judge() made of the verdict: stores, then sends, then writes reports on
 * faulty scripts. OUT gets what was done, also if this fails. -1 with the error for the MTA:
 * FAULT_REFUSED if the plan is to refuse the message. After a temporary fault the retry does not
 * repeat what was done.
 */
int deliver_verdict(struct delivery *d, struct outcome *out, struct err *err);

/*
 * Is there room for a message of BYTES in this mailbox of RECIPIENT? -1 with what a delivery would
 * fail with. Nothing is made.
 */
int deliver_check_room(const struct conf *conf, const struct template_values *names,
	struct str recipient, unsigned long long bytes, struct arena *mem, struct err *err);

#endif
