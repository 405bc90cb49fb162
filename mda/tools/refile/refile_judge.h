/*
 * Judges messages that were delivered before, many in one confined child (base/confined.h), as a
 * delivery would judge them now, and carries nothing out. What the past knew is not known any more:
 * no spam filter is asked, because the message says what it said; nothing is remembered of earlier
 * deliveries, so that no message is a duplicate of itself; no program is run.
 */
#ifndef MDA_TOOLS_REFILE_REFILE_JUDGE_H
#define MDA_TOOLS_REFILE_REFILE_JUDGE_H

#include "base/buf.h"
#include "mda/tools/refile/refile_session.h"

/* Where the messages come from, and where what is decided about them goes. */
struct refile_source {
	/*
	 * Puts the next message into *TO: its header, or with *WHOLE all of it. 1; 0 when there are
	 * no more; -1 when it cannot be read, which DIED is told.
	 */
	int (*next)(void *context, bool *whole, struct buf *to, struct err *err);
	/* All of the message that next() has given. 0, or -1. */
	int (*whole)(void *context, struct buf *to, struct err *err);
	/* FRAME, for refile_wire_read(), is about that message. It comes from the child. */
	int (*judged)(void *context, struct str frame, struct err *err);
	/* That message was not judged. */
	int (*died)(void *context, const char *why, struct err *err);
	void *context;
};

/*
 * Judges all messages of the source. If a child dies, the message that it had is reported, and
 * another child goes on with the next. -1 if no child can be started, or if judged() or died()
 * failed.
 */
int refile_judge(
	struct refile_session *session, const struct refile_source *source, struct err *err);

#endif
