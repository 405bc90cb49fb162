/* A message to users about their own rules: that a script of theirs is wrong or fails. */
#ifndef MDA_OUTGOING_NOTICE_H
#define MDA_OUTGOING_NOTICE_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/outcome.h"

/*
 * Does this delivery have something to report, and does the configuration want it (report_errors)?
 */
bool notice_is_due(const struct delivery *d, const struct outcome *out);

/* The message, with LF, in d->mem. ID is the delivery's. */
struct str notice_compose(
	const struct delivery *d, const struct outcome *out, const struct store_id *id);

#endif
