#include "mda/outgoing/send_once.h"

#include "mda/conf/conf.h"
#include "mda/outgoing/submit.h"

/* The time that an earlier attempt has to submit. */
enum { SUBMIT_SECONDS = SEND_ONCE_WAIT - 30 };

/* ---- handing over ---- */

int send_once_begin(const struct send_job *s, struct str what, bool once, struct handover *h,
	bool *again, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	if (store_was_sent(s->store, s->id, what, again, err) < 0)
		return -1;
	if (*again) {
		handover_forget(s->state_dir, s->id, what, mem);
		return 0;
	}
	if (handover_begin(h, s->state_dir, s->id, what, SEND_ONCE_WAIT, mem, err) < 0)
		return -1;
	*again = h->state == HANDED_TAKEN || (once && h->state == HANDED_UNKNOWN);
	if (!*again)
		return 0;
	int r = store_set_sent(s->store, s->id, what, err);
	handover_end(h, r == 0);
	return r;
}

int send_once_submit(const struct send_job *s, struct str what, struct handover *h,
	struct str sender, const struct str_list *recipients, const struct pieces *pieces,
	struct err *err)
{
	const struct conf *conf = s->delivery->conf;
	const struct submission submission = {.sendmail = conf->sendmail_path.p,
		.smtp = conf->submission.n ? conf->submission.p : NULL,
		.sender = sender,
		.recipients = recipients->items,
		.recipient_count = recipients->count,
		.pieces = pieces->items,
		.piece_count = pieces->count,
		.spool_dir = conf->spool_dir.p,
		.seconds = SUBMIT_SECONDS};
	int r = handover_submit(h, &submission, s->delivery->mem, err);
	if (r == 0)
		r = store_set_sent(s->store, s->id, what, err);
	handover_end(h, r == 0);
	return r;
}

/* ---- storing ---- */

int send_once_put(struct send_job *s, struct str name, const struct store_item *item,
	struct store_receipt *receipt, struct err *err)
{
	const struct str parts[] = {{(const char *)s->id->bytes, sizeof s->id->bytes}, name};
	struct store_id id = store_id_of(parts, sizeof parts / sizeof *parts);
	id.unique = true;
	*(struct store_id *)ARENA_PUSH(s->delivery->mem, s->others, s->other_count) = id;
	if (store_put(s->store, &id, item, 1, s->delivery->mem, receipt, err) < 0)
		return -1;
	return store_protect(s->store, &id, err);
}

int send_once_put_beside(
	struct send_job *s, struct str name, const struct store_item *item, struct err *err)
{
	struct store_receipt receipt;
	if (send_once_put(s, name, item, &receipt, err) < 0)
		return -1;
	*(struct done *)ARENA_PUSH(s->delivery->mem, s->out->beside, s->out->beside_count) =
		(struct done){.folder = item->folder, .receipt = receipt};
	return 0;
}
