/* What the rules looked at and what matched, as findings of the verdict (mda-explain). */
#ifndef MDA_RULES_WITNESS_H
#define MDA_RULES_WITNESS_H

#include "filters/sieve/host.h"
#include "mda/rules_world.h"

/* Adds what an event says, as far as it is wanted. */
void rules_witness(const struct rules_world *w, const struct sv_event *event);

#endif
