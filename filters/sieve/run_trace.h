/* What a run reports while it goes on: its events, for those who trace it, and its errors. */
#ifndef FILTERS_SIEVE_RUN_TRACE_H
#define FILTERS_SIEVE_RUN_TRACE_H

#include "filters/sieve/host.h"
#include "filters/sieve/run_data.h"

/* An event of that kind at NODE, or at the script if NODE is NULL. */
struct sv_event run_event(
	const struct sv_run *run, const struct sv_node *node, enum sv_event_kind kind);
/* Reports it, if the run is traced. */
void run_tell(struct sv_run *run, const struct sv_event *e);

#endif
