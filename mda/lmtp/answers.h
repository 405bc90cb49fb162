/*
 * What the back answers the front. The back never waits for the front, which may wait for the back:
 * an answer that cannot be sent now is kept. A front that was taken over may read none, so what is
 * kept has a limit.
 */
#ifndef MDA_LMTP_ANSWERS_H
#define MDA_LMTP_ANSWERS_H

#include "mda/lmtp/channel.h"

struct answers {
	int channel; /* -1: the front is gone */
	struct kept_answer *first, **end;
	size_t count, most;
};

/* MOST is how many may be kept. */
void answers_init(struct answers *a, int channel, size_t most);
void answers_send(struct answers *a, enum channel_kind kind, uint64_t id, uint32_t index,
	const struct reply *r);
/* Sends as many of the kept ones as can be sent now. Without a front they are dropped. */
void answers_flush(struct answers *a);
/* Were more kept than a front leaves unread that works? Then the front is to be left. */
bool answers_are_too_many(const struct answers *a);

#endif
