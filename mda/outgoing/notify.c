/* notify with the method mailto (RFC 5435, RFC 5436). */
#include "base/automatic.h"
#include "filters/sieve/notify.h"

#include "base/mime.h"
#include "filters/sieve/mailto.h"
#include "mda/conf/conf.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/answers_identity.h"
#include "mda/outgoing/submit.h"

#include <time.h>

/* ---- mailto ---- */

struct notification {
	const struct delivery *d;
	struct notes *notes;
	const struct message *msg;
	const struct sv_notification *notification;
	struct mailto mailto;
};

/* The author of the From field; it is not null even if the envelope sender is (section 2.7). */
static struct str author_of(const struct notification *n)
{
	struct str from = n->notification->from;
	struct address_list list = address_parse_list(from, n->d->mem);
	if (from.n && list.count == 1 &&
		answers_is_own(n->d, address_key(&list.items[0], n->d->mem)))
		return from;
	if (from.n)
		notes_add(n->notes, "notify: :from " STR_FMT " is not this mailbox's",
			STR_ARGS(from));
	struct str sender = answers_sender(n->d, &n->d->conf->notify_sender);
	return sender.n ? sender : n->d->env->mailbox;
}

static struct str subject_of(const struct notification *n)
{
	const struct header *h = message_find(n->msg, STR_LIT("Subject"));
	if (n->notification->message.n)
		return mime_decode(n->notification->message, n->d->mem);
	if (n->mailto.subject.n)
		return mime_decode(n->mailto.subject, n->d->mem);
	return h ? mime_decode(message_header_text(h, n->d->mem), n->d->mem) : STR_LIT("New mail");
}

/* If the script has no text: who wrote, and about what. */
static struct str body_of(const struct notification *n)
{
	struct arena *mem = n->d->mem;
	const struct header *from = message_find(n->msg, STR_LIT("From"));
	const struct header *subject = message_find(n->msg, STR_LIT("Subject"));
	if (n->mailto.body.n)
		return n->mailto.body;
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

static struct str compose(const struct notification *n, struct str id)
{
	struct letter l = {.mem = n->d->mem};
	const struct header *old = message_find(n->msg, STR_LIT("Message-ID"));
	letter_addresses(&l, "From", author_of(n));
	letter_addresses(&l, "To", n->mailto.to_field);
	letter_addresses(&l, "Cc", n->mailto.cc_field);
	letter_field(&l, "Subject", subject_of(n));
	letter_date(&l, (int64_t)time(NULL));
	letter_ids(&l, "Message-ID", id);
	if (old)
		letter_ids(&l, "References", message_header_text(old, l.mem));
	letter_field(&l, "Auto-Submitted",
		arena_fmt(l.mem, "auto-notified; owner-email=\"" STR_FMT "\"",
			STR_ARGS(n->d->env->mailbox)));
	add_importance(&l, n->notification->importance);
	for (size_t i = 0; i < n->mailto.field_count; i++)
		letter_field(
			&l, arena_cstr(l.mem, n->mailto.fields[i].name), n->mailto.fields[i].value);
	letter_body(&l, body_of(n));
	struct str text = arena_str(l.mem, buf_str(&l.text));
	letter_free(&l);
	return text;
}

static const char *prepare_mailto(const struct answers_world *w, const struct message *msg,
	const struct answer *a, struct outmail *out)
{
	const struct delivery *d = w->delivery;
	struct notification n = {.d = d, .notes = w->notes, .msg = msg, .notification = a->data};
	const char *why = mailto_parse(a->text, &n.mailto, d->mem);
	if (why)
		return why;
	if (automatic_submitted(msg, d->mem))
		return "a program sent it (Auto-Submitted, RFC 5436 section 2.7)";
	for (size_t i = 0; i < n.mailto.to.count; i++) {
		if (answers_is_own(d, n.mailto.to.items[i]))
			return "it would come back to this mailbox";
		if (!submit_can(n.mailto.to.items[i]))
			return "no program can be given that address";
	}
	out->what = arena_fmt(d->mem, "notify " STR_FMT, STR_ARGS(a->text));
	if (d->env->sender.n)
		out->sender = answers_sender(d, &d->conf->notify_sender);
	out->recipients = n.mailto.to;
	out->text = compose(&n, answers_message_id(d, w->id, out->what.p));
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
