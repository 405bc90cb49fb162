/* Is there room for a delivery? */
#include "store/put.h"
#include "store/state.h"

#include <unistd.h>

struct quota_amount put_to_come(const struct put_job *d, int sign)
{
	struct quota_amount sum = {0, 0};
	for (size_t i = 0; i < d->count; i++) {
		const struct put *p = &d->puts[i];
		if (p->visible || !quota_counts(p->directory))
			continue;
		sum.bytes += sign * (int64_t)put_size(p->item);
		sum.messages += sign;
	}
	return sum;
}

/*
 * All folders or none: a delivery that has already stored a part is let through. An earlier attempt
 * may have died after it was counted and before it was shown.
 */
int put_check_quota(struct put_job *d, unsigned flags, struct err *err)
{
	if (put_is_retry(d))
		flags |= QUOTA_RECOUNT;
	if (put_none_visible(d))
		flags |= QUOTA_ADMIT;
	int r = quota_check(d->earlier.store, put_to_come(d, 1), flags, err);
	d->counts = r > 0;
	return r < 0 ? -1 : 0;
}

/* Checked early, so that for a full mailbox nothing is written that must be removed again. */
int put_check_quota_early(struct put_job *d, struct err *err)
{
	if (!put_none_visible(d) || !quota_seems_full(d->earlier.store, put_to_come(d, 1)))
		return 0;
	int lock = state_lock(d->earlier.store->state, err);
	if (lock < 0)
		return -1;
	int r = put_check_quota(d, 0, err);
	close(lock); /* releases it; nothing was written */
	return r;
}
