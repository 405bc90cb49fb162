/* Hands one thing over, or stores one message beside the delivery's own: once, whatever happens. */
#ifndef MDA_OUTGOING_SEND_ONCE_H
#define MDA_OUTGOING_SEND_ONCE_H

#include "base/pieces.h"
#include "base/str_list.h"
#include "mda/outgoing/handover.h"
#include "mda/outgoing/send.h"

/* Seconds to wait for an earlier attempt: what a submission may take, and some to get that far. */
enum { SEND_ONCE_WAIT = 150 };

/*
 * Did an earlier attempt hand WHAT over? If not, H is open, so that it can be done now. If it is
 * unknown, it counts as handed over only with ONCE.
 */
int send_once_begin(const struct send_job *s, struct str what, bool once, struct handover *h,
	bool *again, struct err *err);

/* Submits PIECES with H open, records it, and ends H. */
int send_once_submit(const struct send_job *s, struct str what, struct handover *h,
	struct str sender, const struct str_list *recipients, const struct pieces *pieces,
	struct err *err);

/*
 * Stores a message beside the delivery's own. It has an id of its own, made of NAME, by which a
 * retry recognises it, whatever a reader has done with it, until the delivery is finished.
 */
int send_once_put(struct send_job *s, struct str name, const struct store_item *item,
	struct store_receipt *receipt, struct err *err);
/* The same for what is not the message itself: the outcome lists it apart. */
int send_once_put_beside(
	struct send_job *s, struct str name, const struct store_item *item, struct err *err);

#endif
