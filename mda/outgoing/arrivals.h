/*
 * Tells the socket of after_delivery what was stored where, so that programs that index mail or
 * notify people can follow. mda.conf(5) describes the lines.
 */
#ifndef MDA_OUTGOING_ARRIVALS_H
#define MDA_OUTGOING_ARRIVALS_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/outcome.h"

/* When everything is stored. A failure is a note of OUT. Waits a quarter of a second at most. */
void arrivals_tell(const struct delivery *d, struct outcome *out);

#endif
