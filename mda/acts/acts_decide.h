/*
 * What becomes of the sender of a message that the screener held. Who it is is found anew in the
 * message as it is stored, in a confined process.
 */
#ifndef MDA_ACTS_ACTS_DECIDE_H
#define MDA_ACTS_ACTS_DECIDE_H

#include "mda/acts/acts.h"
#include "store/screened.h"

/*
 * M waits no longer; BYTES is the message, and FOLDER the name of the one that it was moved to. A
 * sender who is not certain is not remembered.
 */
int acts_decide_approve(const struct acts *a, const struct screened_message *m, struct str bytes,
	struct str folder, struct err *err);
int acts_decide_block(
	const struct acts *a, const struct screened_message *m, struct str bytes, struct err *err);
int acts_decide_nothing(const struct acts *a, const struct screened_message *m, struct err *err);

/*
 * The sender of the message is new again: neither approved nor blocked by one of these, unless that
 * was decided after the message was MOVED back.
 */
int acts_decide_take_back(const struct acts *a, struct str bytes, int64_t moved, struct err *err);

#endif
