/* What the rule engine asks of a delivery: see filters/sieve/host.h. */
#ifndef MDA_RULES_HOST_H
#define MDA_RULES_HOST_H

#include "filters/sieve/host.h"
#include "mda/conf.h"
#include "mda/trace.h"

/*
 * The answers for the recipient whose settings CONF are; in MEM. MAILDIR says which folders there are; NULL: whoever asks is
 * told that they exist. TRACE, unless NULL, gets the events of runs.
 */
const struct sv_host *rules_host(
	const struct conf *conf, const char *maildir, struct trace *trace, struct arena *mem);

#endif
