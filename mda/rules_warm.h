/*
 * The admin's scripts, compiled once in a server for all the deliveries that it forks. A delivery
 * still reads each script, and compiles it itself if the text has changed.
 */
#ifndef MDA_RULES_WARM_H
#define MDA_RULES_WARM_H

#include "filters/rules_kept.h"
#include "mda/conf/conf.h"

struct rules_warm {
	const struct conf *conf; /* what was compiled is for deliveries with these settings */
	struct rules_kept kept;
};

/*
 * Compiles the scripts of CONF that have the same path for everybody, no errors, and no `include`.
 * The result is in MEM and lives as long as CONF.
 */
struct rules_warm *rules_warm_up(const struct conf *conf, struct arena *mem);

#endif
