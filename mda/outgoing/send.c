#include "mda/outgoing/send.h"

#include "mda/outgoing/notice.h"
#include "mda/outgoing/send_list.h"
#include "mda/outgoing/send_on.h"
#include "mda/outgoing/send_own.h"

#include <time.h>

enum { DAY = 24 * 3600 };

int send_begin(struct send_job *s, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	const struct outmails *mails = &s->delivery->plan->outmails;
	if (send_list_make(s, err) < 0)
		return -1;
	for (size_t i = 0; i < s->step_count; i++)
		store_intend(s->store, send_list_name(&s->steps[i], mem));
	for (size_t i = 0; i < mails->count; i++)
		store_intend(s->store, mails->items[i].what);
	return 0;
}

/*
 * The message is stored, and only an answer is missing. After a day the MTA must not go on trying,
 * because in the end it would tell the sender that the mail was not delivered, which is wrong.
 */
static bool is_old(const struct delivery *d)
{
	uint64_t received = d->plan->facts.received;
	return received && received + DAY < (uint64_t)time(NULL);
}

bool send_has_work(const struct send_job *s)
{
	const struct delivery *d = s->delivery;
	return d->plan->outmails.count || s->step_count || notice_is_due(d, s->out) ||
	       s->tells_waiting;
}

int send_all(struct send_job *s, struct err *err)
{
	const struct delivery *d = s->delivery;
	const struct outmails *mails = &d->plan->outmails;
	struct err later;
	int r = 0;
	for (size_t i = 0; i < s->step_count; i++)
		if (send_on(s, &s->steps[i], r < 0 ? &later : err) < 0)
			r = -1;
	for (size_t i = 0; i < mails->count; i++) {
		struct err *told = r < 0 ? &later : err;
		if (send_own(s, &mails->items[i], told) == 0)
			continue;
		if (told->fault == FAULT_REFUSED || is_old(d))
			notes_add(&s->out->notes, "%s is given up: %s", mails->items[i].kind,
				told->text);
		else
			r = -1;
	}
	if (notice_is_due(d, s->out))
		send_own_notice(s);
	if (s->tells_waiting)
		send_own_waiting(s);
	return r;
}

int send_finish(const struct send_job *s, struct err *err)
{
	struct store_id *ids = arena_alloc(s->delivery->mem, (1 + s->other_count) * sizeof *ids);
	ids[0] = *s->id;
	for (size_t i = 0; i < s->other_count; i++)
		ids[1 + i] = s->others[i];
	return store_finish(s->store, ids, 1 + s->other_count, err);
}
