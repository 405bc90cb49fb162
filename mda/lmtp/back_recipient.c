/* The recipients of messages. */
#include "mda/lmtp/back_inside.h"

#include "base/address.h"
#include "base/io.h"

/* How many deliveries may wait for one mailbox. */
enum { WAITING_MOST = 100 };

/* The mailbox, for the queue: addresses that differ only in the detail are the same one. */
static struct str mailbox_of(const struct back *b, struct str recipient, struct arena *mem)
{
	struct address a = address_parse_envelope(recipient, mem);
	struct str user, detail;
	if (a.invalid)
		return arena_lower(mem, recipient);
	address_split_detail(a.local, b->conf->recipient_delimiter, &user, &detail);
	return arena_lower(mem, ARENA_JOIN(mem, user, STR_LIT("@"), a.domain));
}

struct job *back_new_job(const struct back *b, const struct channel_message *m)
{
	struct arena *mem = arena_new();
	struct job *job = arena_alloc(mem, sizeof *job);
	*job = (struct job){.mem = mem,
		.id = m->id,
		.index = m->index,
		.recipient = arena_cstr(mem, m->text[0]),
		.since = io_microseconds()};
	job->mailbox = mailbox_of(b, str_of(job->recipient), mem);
	return job;
}

/* The front names the recipients of a mail right after it. */
static struct mail *find_mail(const struct back *b, uint64_t id)
{
	struct mail *mail = b->mails;
	while (mail && mail->id != id)
		mail = mail->next;
	return mail;
}

void back_take_recipient(struct back *b, const struct channel_message *m)
{
	struct mail *mail = find_mail(b, m->id);
	struct reply r;
	if (!mail || mail->unnamed == 0)
		return;
	struct job *job = back_new_job(b, m);
	mail->unnamed--;
	job->mail = mail;
	job->original = m->text[1].n ? arena_cstr(job->mem, m->text[1]) : NULL;
	job->wants_receipt = m->number > 0;
	if (jobs_waiting_for(&b->jobs, job->mailbox) < WAITING_MOST) {
		jobs_add(&b->jobs, job);
		return;
	}
	b->row->refusals[BOARD_MAILBOX]++;
	reply_set(&r, 451, "4.3.2", "too many messages wait for this mailbox");
	back_end_job(b, job, &r);
}
