#include "mda/outgoing/redirects.h"

#include "base/str_list.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"
#include "mda/delivery/compose.h"
#include "mda/delivery/stamp.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/answers_identity.h"
#include "mda/outgoing/letter.h"
#include "mda/outgoing/srs.h"
#include "mda/outgoing/submit.h"

#include <time.h>

/* An MTA gives up after 50 (Postfix: hopcount_limit) and bounces the message. */
enum { RECEIVED_MOST = 30 };

/* ---- circles ---- */

static size_t count_received(const struct message *msg)
{
	size_t at = 0, n = 0;
	while (message_next(msg, STR_LIT("Received"), &at))
		n++;
	return n;
}

/* Why it must not be redirected; NULL: it may. */
static const char *why_not(const struct delivery *d, struct str recipient)
{
	struct str target = aliases_mailbox(d->aliases, recipient, d->mem);
	struct str here = aliases_mailbox(d->aliases, d->env->mailbox, d->mem);
	if (!submit_can(recipient))
		return "no server can be given that address";
	if (str_eq(target, here))
		return "that is this mailbox";
	if (str_list_has(&d->passed, here))
		return "it was redirected from here before";
	if (str_list_has(&d->passed, target))
		return "the message has been there";
	if (d->passed.count + 1 >= STAMP_MOST_HOPS)
		return "it was redirected too often";
	if (count_received(d->msg) >= RECEIVED_MOST)
		return "it has come a long way";
	return NULL;
}

void redirects_settle(const struct delivery *d, struct plan *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->step_count; i++) {
		struct step step = p->steps[i];
		const char *why = step.kind == ACTION_REDIRECT ? why_not(d, step.argument) : NULL;
		if (!why) {
			p->steps[kept++] = step;
			continue;
		}
		notes_add(
			&p->notes, "no redirect to " STR_FMT ": %s", STR_ARGS(step.argument), why);
		if (plan_find(p, ACTION_STORE))
			continue;
		step.kind = ACTION_STORE;
		step.argument = d->keep_folder;
		p->steps[i] = p->steps[kept++] = step;
	}
	p->step_count = kept;
}

/* ---- the stamp ---- */

static bool has_keys(const struct delivery *d, struct notes *notes)
{
	struct err err;
	if (d->conf->stamp_key.n == 0)
		return false;
	if (d->keys->count || stamp_key_read(d->conf->stamp_key.p, true, d->keys, &err) == 0)
		return true;
	notes_add(notes, "redirected without a stamp: %s", err.text);
	return false;
}

static struct str_list path_to_here(const struct delivery *d)
{
	struct str_list path = {0};
	for (size_t i = 0; i < d->passed.count; i++)
		str_list_add(&path, d->passed.items[i], d->mem);
	str_list_add(&path, aliases_mailbox(d->aliases, d->env->mailbox, d->mem), d->mem);
	return path;
}

static struct str stamp_for(
	const struct delivery *d, const struct step *redirect, struct notes *notes)
{
	const struct form *form = &d->plan->forms[redirect->form];
	const struct stamp stamp = {.original = d->env->original_recipient,
		.recipient = redirect->argument,
		.judged = form->judged,
		.path = path_to_here(d),
		.time = (long long)time(NULL)};
	struct stamp_message m = {.body = form->sealed_body};
	if (!has_keys(d, notes))
		return STR_EMPTY;
	for (size_t i = 0; i < STAMP_FIELDS; i++) {
		m.has[i] = form->sealed[i].p != NULL;
		m.fields[i] = form->sealed[i];
	}
	return stamp_write(&stamp, &m, &d->keys->items[0], d->mem);
}

/* ---- on top ---- */

/* The newest block of Resent fields comes first (RFC 5322 section 3.6.6). */
static struct str resent(const struct delivery *d, struct str recipient)
{
	struct letter l = {.mem = d->mem};
	const struct str parts[] = {message_bytes(d->msg), recipient, d->env->mailbox};
	struct hash hash = hash_of(parts, sizeof parts / sizeof *parts);
	char hex[HASH_HEX];
	hash_hex(&hash, hex);
	letter_addresses(&l, "Resent-From", d->env->mailbox);
	letter_addresses(&l, "Resent-To", recipient);
	buf_text(&l.text, "Resent-");
	letter_date(&l, (int64_t)time(NULL));
	size_t at = str_rfind(d->env->mailbox, '@');
	struct str domain = str_slice(d->env->mailbox, at + 1, d->env->mailbox.n);
	letter_ids(&l, "Resent-Message-ID",
		arena_fmt(d->mem, "<%.32s.mda@" STR_FMT ">", hex,
			STR_ARGS(domain.n ? domain : STR_LIT("localhost"))));
	struct str text = arena_str(d->mem, buf_str(&l.text));
	letter_free(&l);
	return text;
}

struct str redirects_top(const struct delivery *d, const struct step *redirect, struct notes *notes)
{
	struct str stamp = stamp_for(d, redirect, notes);
	if (!d->conf->redirect_resent)
		return stamp;
	struct str fields = resent(d, redirect->argument);
	return arena_fmt(d->mem, STR_FMT STR_FMT, STR_ARGS(stamp), STR_ARGS(fields));
}

/* ---- the envelope ---- */

static struct str srs_sender(const struct delivery *d, struct notes *notes)
{
	size_t at = str_rfind(d->env->mailbox, '@');
	struct str domain = d->conf->srs_domain.n
				    ? d->conf->srs_domain
				    : str_slice(d->env->mailbox, at + 1, d->env->mailbox.n);
	struct str sender;
	if (!has_keys(d, notes)) {
		notes_add(notes, "redirected without SRS: there is no stamp_key");
		return d->env->sender;
	}
	if (!srs_forward(d->env->sender, domain, &d->keys->items[0], (int64_t)time(NULL), d->mem,
		    &sender)) {
		notes_add(notes, "redirected without SRS: the sender is no address for it");
		return d->env->sender;
	}
	return sender;
}

static struct str chosen_sender(const struct delivery *d, struct notes *notes)
{
	switch (d->conf->redirect_sender.by) {
	case SENDER_RECIPIENT:
	case SENDER_ORIGINAL_RECIPIENT:
	case SENDER_ADDRESS:
		return answers_sender(d, &d->conf->redirect_sender);
	case SENDER_SRS:
		return srs_sender(d, notes);
	case SENDER_ORIGINAL:
		break;
	}
	return d->env->sender;
}

struct str redirects_sender(const struct delivery *d, struct notes *notes)
{
	struct str sender = d->env->sender.n ? chosen_sender(d, notes) : d->env->sender;
	if (submit_can_from(sender))
		return sender;
	/*
	 * With another sender it could never be sent. This way a bounce is lost, not the message.
	 */
	notes_add(notes, "redirected with a null sender: the sender is not an address");
	return STR_EMPTY;
}
