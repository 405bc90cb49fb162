/* What the rule engine asks of a delivery: see filters/sieve/host.h. */
#ifndef MDA_RULES_HOST_H
#define MDA_RULES_HOST_H

#include "filters/sieve/host.h"
#include "mda/conf.h"

/* The answers for the recipient whose settings CONF are; in MEM. */
const struct sv_host *rules_host(const struct conf *conf, struct arena *mem);

#endif
