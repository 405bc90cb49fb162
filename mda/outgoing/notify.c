/* notify with the method mailto (RFC 5435, RFC 5436). */
#include "base/automatic.h"
#include "filters/sieve/notify.h"

#include "base/mime.h"
#include "filters/sieve/mailto.h"
#include "mda/conf/conf.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/submit.h"

#include <time.h>

/* ---- mailto ---- */

struct asking {
	struct delivery *d;
	const struct message *msg;
	const struct sv_notification *notification;
	struct mailto mailto;
};

/* Section 2.7: never in the way of an envelope that is null. */
static struct str author_of(const struct asking *q)
{
	struct str from = q->notification->from;
	struct address_list list = address_parse_list(from, q->d->mem);
	if (from.n && list.count == 1 &&
		answers_is_own(q->d, address_key(&list.items[0], q->d->mem)))
		return from;
	if (from.n)
		verdict_note(&q->d->verdict, "notify: :from " STR_FMT " is not this mailbox's",
			STR_ARGS(from));
	struct str sender = answers_sender(q->d, &q->d->conf->notify_sender);
	return sender.n ? sender : q->d->env->mailbox;
}

static struct str subject_of(const struct asking *q)
{
	const struct header *h = message_find(q->msg, STR_LIT("Subject"));
	if (q->notification->message.n)
		return mime_decode(q->notification->message, q->d->mem);
	if (q->mailto.subject.n)
		return mime_decode(q->mailto.subject, q->d->mem);
	return h ? mime_decode(message_header_text(h, q->d->mem), q->d->mem) : STR_LIT("New mail");
}

/* Who wrote about what, when the script has no text. */
static struct str body_of(const struct asking *q)
{
	struct arena *mem = q->d->mem;
	const struct header *from = message_find(q->msg, STR_LIT("From"));
	const struct header *subject = message_find(q->msg, STR_LIT("Subject"));
	if (q->mailto.body.n)
		return q->mailto.body;
	struct str who = from ? mime_decode(message_header_text(from, mem), mem) : STR_LIT("?");
	struct str what =
		subject ? mime_decode(message_header_text(subject, mem), mem) : STR_LIT("");
	return arena_fmt(
		mem, "From: " STR_FMT "\nSubject: " STR_FMT "\n", STR_ARGS(who), STR_ARGS(what));
}

static void add_importance(struct letter *l, char importance)
{
	if (importance == '1')
		buf_text(&l->text, "Importance: high\nX-Priority: 1\n");
	else if (importance == '3')
		buf_text(&l->text, "Importance: low\nX-Priority: 5\n");
}

static struct str compose(const struct asking *q, struct str id)
{
	struct letter l = {.mem = q->d->mem};
	const struct header *old = message_find(q->msg, STR_LIT("Message-ID"));
	letter_addresses(&l, "From", author_of(q));
	letter_addresses(&l, "To", q->mailto.to_field);
	letter_addresses(&l, "Cc", q->mailto.cc_field);
	letter_field(&l, "Subject", subject_of(q));
	letter_date(&l, (int64_t)time(NULL));
	letter_ids(&l, "Message-ID", id);
	if (old)
		letter_ids(&l, "References", message_header_text(old, l.mem));
	letter_field(&l, "Auto-Submitted",
		arena_fmt(l.mem, "auto-notified; owner-email=\"" STR_FMT "\"",
			STR_ARGS(q->d->env->mailbox)));
	add_importance(&l, q->notification->importance);
	for (size_t i = 0; i < q->mailto.field_count; i++)
		letter_field(
			&l, arena_cstr(l.mem, q->mailto.fields[i].name), q->mailto.fields[i].value);
	letter_body(&l, body_of(q));
	struct str text = arena_str(l.mem, buf_str(&l.text));
	letter_free(&l);
	return text;
}

static const char *prepare_mailto(const struct answers_world *w, const struct message *msg,
	const struct answer *a, struct outmail *out)
{
	struct delivery *d = w->delivery;
	struct asking q = {.d = d, .msg = msg, .notification = a->data};
	const char *why = mailto_parse(a->text, &q.mailto, d->mem);
	if (why)
		return why;
	if (automatic_submitted(msg, d->mem))
		return "a program sent it (Auto-Submitted, RFC 5436 section 2.7)";
	for (size_t i = 0; i < q.mailto.to.count; i++) {
		if (answers_is_own(d, q.mailto.to.items[i]))
			return "it would come back to this mailbox";
		if (!submit_can(q.mailto.to.items[i]))
			return "no program can be given that address";
	}
	out->what = arena_fmt(d->mem, "notify " STR_FMT, STR_ARGS(a->text));
	if (d->env->sender.n)
		out->sender = answers_sender(d, &d->conf->notify_sender);
	out->recipients = q.mailto.to;
	out->text = compose(&q, answers_message_id(d, w->id, out->what.p));
	return NULL;
}

/* ---- the methods ---- */

static const struct {
	const char *scheme;
	answer_prepare *prepare;
} methods[] = {
	{"mailto", prepare_mailto},
};

const char *notify_prepare(const struct answers_world *w, const struct message *msg,
	const struct answer *a, struct outmail *out)
{
	const struct sv_notification *n = a->data;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (str_ieq(str_of(n->method->scheme), str_of(methods[i].scheme)))
			return methods[i].prepare(w, msg, a, out);
	return "there is no such method";
}
