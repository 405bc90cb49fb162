/* What a run may cost: steps, CPU time and memory. run.h has what those call who spend them. */
#ifndef FILTERS_SIEVE_RUN_LIMITS_H
#define FILTERS_SIEVE_RUN_LIMITS_H

#include "filters/sieve/run_data.h"

/* The limits are the host's; what was spent before the run does not count. */
void run_limits_start(struct sv_run *run);

#endif
