/* In the confined child: what the rules make of one message. */
#ifndef MDA_TOOLS_REFILE_REFILE_CHILD_H
#define MDA_TOOLS_REFILE_REFILE_CHILD_H

#include "base/buf.h"
#include "filters/rules_kept.h"
#include "mda/tools/refile/refile_session.h"

struct refile_child {
	struct refile_session *session;
	struct rules_kept kept[REFILE_SIDES]; /* the compiled scripts of each side */
	size_t told;                          /* how many of the new side's were handed back */
};

/*
 * Judges STORED, the header of a message, or with WHOLE all of it, and appends the frame. False if
 * the header is not enough; then nothing was appended.
 */
bool refile_child_judge(struct refile_child *c, struct str stored, bool whole, struct arena *mem,
	struct buf *frame);

#endif
