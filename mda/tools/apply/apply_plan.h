/* Which messages mda-apply moves, and where to, by what the rules decided. */
#ifndef MDA_TOOLS_APPLY_APPLY_PLAN_H
#define MDA_TOOLS_APPLY_APPLY_PLAN_H

#include "mda/tools/apply/apply_send.h"
#include "mda/tools/apply/apply_show.h"

struct apply_plan {
	struct apply_moves *moves;
	struct apply_sends *sends; /* NULL: nothing is sent */
	struct apply_left *left;
	const struct refile_mail *mail;
	struct str
		trash; /* the directory to which what the rules discard is moved; {0}: it stays */
	bool discards;
	struct arena *mem;
};

/*
 * Adds the message M: it is moved to the first folder that the rules file it into, unless its own
 * is among them, and sent to the addresses to which they redirect it. Nothing is copied or refused.
 */
void apply_plan_add(struct apply_plan *p, size_t m, const struct refile_judged *judged);

#endif
