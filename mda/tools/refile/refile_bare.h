/*
 * A stored message as it came: without the fields that its delivery put on top, which say who sent
 * it, to whom, and what the spam filter said.
 *
 * Servers put their fields on top, so what is above the first Received field comes from our own
 * side; what a sender wrote is below it. So Return-Path, X-Original-To, Delivered-To and X-Mda-Spam
 * count only there. A message without a Received field was not delivered, and nothing in it counts.
 */
#ifndef MDA_TOOLS_REFILE_REFILE_BARE_H
#define MDA_TOOLS_REFILE_REFILE_BARE_H

#include "base/arena.h"
#include "base/verdict.h"

struct refile_bare {
	struct str bytes;
	/* NULL: unknown; an empty sender is the null sender. */
	const char *sender, *original, *recipient;
	struct spam_result scan;
	struct str_list been; /* what all Delivered-To fields say, the sender's own included */
};

/* All is in MEM, or slices of STORED. */
struct refile_bare refile_bare(struct str stored, struct arena *mem);

#endif
