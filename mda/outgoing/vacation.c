/* vacation (RFC 5230, RFC 6131, RFC 3834): who gets an answer, and which. */
#include "base/automatic.h"
#include "base/str_list.h"
#include "filters/sieve/vacation.h"

#include "base/address.h"
#include "base/limits.h"
#include "base/mime.h"
#include "base/utf8.h"
#include "mda/conf/conf.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/answers_identity.h"
#include "mda/outgoing/rewritten.h"
#include "mda/outgoing/submit.h"

#include <string.h>
#include <time.h>

struct candidate {
	const struct delivery *d;
	struct notes *notes;
	const struct sv_vacation *vacation;
	const struct message *msg; /* as the rules changed it */
	struct str person; /* the envelope sender, without what servers on the way added to it */
	struct str sender; /* address_key() of person */
	struct str local;  /* its local part */
	struct str to; /* the recipient's address that the message was written to; empty: none */
};

/* ---- to whom it was written ---- */

static bool is_named(const struct candidate *c, struct str address)
{
	for (size_t i = 0; i < c->vacation->addresses.count; i++) {
		struct address_list list =
			address_parse_list(c->vacation->addresses.items[i], c->d->mem);
		if (list.count && str_eq(address_key(&list.items[0], c->d->mem), address))
			return true;
	}
	return false;
}

/* The admin may also count the original recipient as the user's address, if no alias says so. */
static bool is_original(const struct candidate *c, struct str key)
{
	return c->d->conf->vacation_original_recipient && answers_is_original(c->d, key);
}

static bool is_his(const struct candidate *c, struct str key)
{
	return answers_is_own(c->d, key) || is_named(c, key) || is_original(c, key);
}

/* RFC 5230 section 4.5. */
static struct str find_to(const struct candidate *c)
{
	static const char *const names[] = {
		"To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t at = 0;
		const struct header *h;
		while ((h = message_next(c->msg, str_of(names[i]), &at))) {
			struct address_list list = address_parse_list(h->value, c->d->mem);
			for (size_t k = 0; k < list.count; k++)
				if (is_his(c, address_key(&list.items[k], c->d->mem)))
					return list.items[k].spec;
		}
	}
	return STR_EMPTY;
}

/* ---- whether ---- */

static bool has_null_sender(const struct candidate *c)
{
	return c->d->env->sender.n == 0;
}

static bool is_nobody(const struct candidate *c)
{
	struct address a = address_parse_envelope(c->d->env->sender, c->d->mem);
	return a.invalid || a.local.n == 0 || a.domain.n == 0 || !submit_can(c->d->env->sender);
}

/* Senders that nobody reads (RFC 3834 section 2, RFC 5230 section 4.6): by their names. */
static bool is_robot(const struct candidate *c)
{
	static const char *const whole[] = {"mailer-daemon", "daemon", "listserv", "majordomo",
		"postmaster", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply",
		"do_not_reply", "bounce", "bounces", "root", "www-data", "nobody"};
	static const char *const starts[] = {"owner-", "bounce-", "bounces-", "bounce+", "bounces+",
		"noreply-", "noreply+", "no-reply-", "no-reply+"};
	static const char *const ends[] = {"-request", "-owner", "-bounce", "-bounces", "-relay",
		"-noreply", "-no-reply", "-admin", "+bounces", "-outgoing"};
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (str_ieq(c->local, str_of(whole[i])))
			return true;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (str_istarts(c->local, str_of(starts[i])))
			return true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (str_iends(c->local, str_of(ends[i])))
			return true;
	return false;
}

static bool is_own(const struct candidate *c)
{
	return is_his(c, c->sender);
}

static bool is_automatic(const struct candidate *c)
{
	return automatic_why(c->msg, c->d->mem) != NULL;
}

static bool is_suppressed(const struct candidate *c)
{
	return automatic_has_word(
		c->msg, "X-Auto-Response-Suppress", "OOF AutoReply All", c->d->mem);
}

static bool is_blocked(const struct candidate *c)
{
	return c->d->verdict->lists.listing == LISTED_BLOCK;
}

static bool is_spam(const struct candidate *c)
{
	return c->d->verdict->spam.state == SPAM_YES;
}

static bool is_not_to_him(const struct candidate *c)
{
	return c->to.n == 0 && c->d->conf->vacation_check_recipient;
}

/* A row without a text has that of automatic_why(). */
static const struct {
	bool (*holds)(const struct candidate *c);
	const char *why;
} reasons[] = {
	{has_null_sender, "the sender is null (RFC 3834 section 2)"},
	{is_nobody, "the sender is no address"},
	{is_robot,
		"the sender is no person, by its name (RFC 3834 section 2, RFC 5230 section 4.6)"},
	{is_own, "the sender is the recipient (RFC 5230 section 4.6)"},
	{is_automatic, NULL},
	{is_suppressed, "its sender wants no answer (X-Auto-Response-Suppress)"},
	{is_blocked, "the sender is blocked"},
	{is_spam, "it is spam"},
	{is_not_to_him, "no address of the recipient's is in To, Cc or Bcc (RFC 5230 section 4.5): "
			":addresses, aliases "
			"and vacation_original_recipient say which others are"},
};

static const char *why_not(const struct candidate *c)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].holds(c))
			return reasons[i].why ? reasons[i].why : automatic_why(c->msg, c->d->mem);
	return NULL;
}

/* ---- the answer ---- */

/*
 * The script's :from if it is the recipient's own address; else the address that the message was
 * written to.
 */
static struct str from_of(const struct candidate *c)
{
	struct str from = c->vacation->from;
	struct address_list list = address_parse_list(from, c->d->mem);
	bool good = from.n && list.count == 1 && !list.malformed &&
		    is_his(c, address_key(&list.items[0], c->d->mem));
	if (from.n && !good)
		notes_add(c->notes,
			"vacation: :from " STR_FMT " is not this mailbox's; " STR_FMT " answers",
			STR_ARGS(from), STR_ARGS(c->to));
	return good ? from : c->to;
}

/* RFC 5230 section 4.6. */
static struct str whole_subject(const struct candidate *c)
{
	const struct header *h = message_find(c->msg, STR_LIT("Subject"));
	struct arena *mem = c->d->mem;
	if (c->vacation->subject.n)
		return mime_decode(c->vacation->subject, mem);
	struct str subject = h ? mime_decode(message_header_text(h, mem), mem) : STR_EMPTY;
	struct str form = c->d->conf->vacation_subject_of, mark = STR_LIT("%s");
	size_t at = str_ifind(form, mark);
	if (subject.n == 0)
		return c->d->conf->vacation_subject;
	if (at == form.n)
		return form;
	return ARENA_JOIN(
		mem, str_slice(form, 0, at), subject, str_slice(form, at + mark.n, form.n));
}

/* The sender's subject may be of any length. */
static struct str subject_of(const struct candidate *c)
{
	struct str whole = whole_subject(c);
	if (utf8_first(whole, LIMIT_ANSWER_SUBJECT).n == whole.n)
		return whole;
	struct str start = utf8_first(whole, LIMIT_ANSWER_SUBJECT - 1);
	return ARENA_JOIN(c->d->mem, start, STR_LIT("\xe2\x80\xa6")); /* an ellipsis */
}

static void add_references(struct letter *l, const struct message *msg)
{
	const struct header *id = message_find(msg, STR_LIT("Message-ID"));
	const struct header *references = message_find(msg, STR_LIT("References"));
	if (!references)
		references = message_find(msg, STR_LIT("In-Reply-To"));
	struct str own = id ? message_header_text(id, l->mem) : STR_EMPTY;
	struct str old = references ? message_header_text(references, l->mem) : STR_EMPTY;
	letter_ids(l, "In-Reply-To", own);
	letter_ids(l, "References",
		arena_fmt(l->mem, STR_FMT " " STR_FMT, STR_ARGS(old), STR_ARGS(own)));
}

static struct str compose(
	const struct candidate *c, struct str from, struct str reason, struct str id)
{
	struct letter l = {.mem = c->d->mem};
	letter_addresses(&l, "From", from);
	letter_addresses(&l, "To", c->person);
	letter_field(&l, "Subject", subject_of(c));
	letter_date(&l, (int64_t)time(NULL));
	letter_ids(&l, "Message-ID", id);
	add_references(&l, c->msg);
	buf_text(&l.text, "Auto-Submitted: auto-replied (vacation)\n");
	buf_text(&l.text, "X-Auto-Response-Suppress: All\n");
	if (c->vacation->mime)
		letter_entity(&l, reason);
	else
		letter_body(&l, reason);
	struct str text = arena_str(l.mem, buf_str(&l.text));
	letter_free(&l);
	return text;
}

/*
 * The envelope sender: some sites refuse answers without one, so it may be the recipient's address.
 */
static struct str sender_of(const struct candidate *c, struct str from)
{
	struct address_list list = address_parse_list(from, c->d->mem);
	if (c->d->conf->vacation_sender == VACATION_FROM_NOBODY)
		return STR_EMPTY;
	/*
	 * An address that only the script names (:addresses) may be in the From field but not here.
	 */
	bool good = list.count == 1 && submit_can_from(list.items[0].spec) &&
		    answers_may_write(c->d, "vacation", list.items[0].spec);
	return good ? list.items[0].spec : c->d->env->mailbox;
}

const char *vacation_prepare(const struct answers_world *w, const struct message *msg,
	const struct answer *a, struct outmail *out)
{
	const struct delivery *d = w->delivery;
	struct address sender =
		address_parse_envelope(rewritten_inside(d->env->sender, d->mem), d->mem);
	if (sender.invalid || sender.domain.n == 0)
		sender = address_parse_envelope(d->env->sender, d->mem);
	struct candidate c = {.d = d,
		.notes = w->notes,
		.msg = msg,
		.vacation = a->data,
		.person = sender.spec,
		.sender = address_key(&sender, d->mem),
		.local = sender.local};
	c.to = find_to(&c);
	const char *why = why_not(&c);
	if (why)
		return why;
	if (c.to.n == 0)
		c.to = d->env->mailbox;
	out->handle = arena_fmt(d->mem, "mda:vacation " STR_FMT, STR_ARGS(c.vacation->handle));
	out->key = c.sender;
	out->seconds = c.vacation->seconds;
	if (out->seconds && w->remembered(d, out->handle, out->key, w->notes) > 0)
		return "the sender was answered before (RFC 5230 section 4.2)";
	out->what = STR_LIT("vacation");
	str_list_add(&out->recipients, d->env->sender, d->mem);
	struct str from = from_of(&c);
	out->sender = sender_of(&c, from);
	out->text = compose(&c, from, a->text, answers_message_id(d, w->id, "vacation"));
	return NULL;
}
