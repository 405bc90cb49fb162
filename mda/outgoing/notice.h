/*
 * Messages to users that no rule asked for: that a script of theirs is wrong or fails, and that
 * mail of new senders waits.
 */
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

struct screened_list;
/*
 * A message about what waits in the screener's folder. The texts about each message come from
 * strangers.
 */
struct str notice_compose_waiting(
	const struct delivery *d, const struct screened_list *waiting, const struct store_id *id);

#endif
