/* struct refile_judged as bytes, from the process that judges to the one that collects. */
#ifndef MDA_TOOLS_REFILE_REFILE_WIRE_H
#define MDA_TOOLS_REFILE_REFILE_WIRE_H

#include "base/buf.h"
#include "mda/tools/refile/refile.h"

void refile_wire_write(struct buf *to, const struct refile_judged *judged);
/*
 * Checks FRAME as if an attacker had written it: each number and text has its limits, and a folder
 * is one that can exist. Texts are slices of FRAME. -1 with what is wrong.
 */
int refile_wire_read(
	struct str frame, struct arena *mem, struct refile_judged *judged, struct err *err);

#endif
