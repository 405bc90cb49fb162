#include "mda/send.h"

#include "mda/answers.h"
#include "mda/compose.h"
#include "mda/handover.h"
#include "mda/redirects.h"
#include "mda/submit.h"
#include "store/seen.h"
#include "store/tally.h"

#include <time.h>

/* An earlier attempt has its time to submit, and some to get there. */
enum { SUBMIT_SECONDS = 120, WAIT_SECONDS = SUBMIT_SECONDS + 30, HOUR = 3600, DAY = 24 * HOUR };

static const struct str redirect_word = STR_LIT("redirect ");

/* ---- what is to be sent ---- */

static struct str name_of_redirect(const struct action *a, struct arena *mem)
{
	return arena_fmt(mem, STR_FMT STR_FMT, STR_ARGS(redirect_word), STR_ARGS(a->argument));
}

/* An earlier attempt decided it, and stored the message; then somebody changed the script. */
static void add_redirect(struct delivery *d, struct str what)
{
	struct str address = str_slice(what, redirect_word.n, what.n);
	struct verdict *v = &d->verdict;
	if (!str_istarts(what, redirect_word))
		return;
	for (size_t i = 0; i < v->action_count; i++)
		if (v->actions[i].kind == ACTION_REDIRECT &&
			str_eq(v->actions[i].argument, address))
			return;
	verdict_add(v, ACTION_REDIRECT, address, reason_text("an earlier attempt was to do it"));
}

int send_begin(struct sending *s, struct err *err)
{
	struct delivery *d = s->delivery;
	struct str_list intended;
	if (store_intended(s->store, s->id, d->mem, &intended, err) < 0)
		return -1;
	for (size_t i = 0; i < intended.count; i++)
		add_redirect(d, intended.items[i]);
	for (size_t i = 0; i < d->verdict.action_count; i++)
		if (d->verdict.actions[i].kind == ACTION_REDIRECT)
			store_intend(s->store, name_of_redirect(&d->verdict.actions[i], d->mem));
	for (size_t i = 0; i < d->outgoings->count; i++)
		store_intend(s->store, d->outgoings->items[i].what);
	return 0;
}

/* ---- handing it over ---- */

/*
 * Was WHAT handed over by an earlier attempt? If not, H is open, to do it now. What is still not known was not taken, or,
 * with ONCE, was.
 */
static int begin(const struct sending *s, struct str what, bool once, struct handover *h,
	bool *again, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	if (store_was_sent(s->store, s->id, what, again, err) < 0)
		return -1;
	if (*again) {
		handover_forget(s->state_dir, s->id, what, mem);
		return 0;
	}
	if (handover_begin(h, s->state_dir, s->id, what, WAIT_SECONDS, mem, err) < 0)
		return -1;
	*again = h->state == HANDED_TAKEN || (once && h->state == HANDED_UNKNOWN);
	if (!*again)
		return 0;
	int r = store_set_sent(s->store, s->id, what, err);
	handover_end(h, r == 0);
	return r;
}

static int submit(const struct sending *s, struct str what, struct handover *h, struct str sender,
	const struct str_list *recipients, const struct pieces *pieces, struct err *err)
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

/* ---- storing behind the first ---- */

/*
 * With an id of its own, by which a retry recognises it, whatever a reader did with it meanwhile: it is not finished before
 * the delivery is.
 */
static int put(struct sending *s, struct str name, const struct store_item *item,
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

/* The delivery is over: that a record and its marker stay until they are old is only said. */
void send_finish(struct sending *s)
{
	struct err err;
	for (size_t i = 0; i < s->other_count; i++)
		if (store_finish(s->store, &s->others[i], &err) < 0)
			verdict_note(&s->delivery->verdict, "%s", err.text);
}

/* ---- redirects ---- */

/* More a day than anybody means: the mail waits, nothing is lost. */
static int check_day(const struct sending *s, struct err *err)
{
	size_t most = s->delivery->conf->redirects_per_day;
	bool over = false;
	if (most == 0)
		return 0;
	if (tally_add(s->state_dir, STR_LIT("redirect"), DAY, (uint32_t)most, (int64_t)time(NULL),
		    &over, err) < 0)
		return -1;
	return over ? err_temp(err, "%zu messages were redirected within a day (redirects_per_day)",
			      most)
		    : 0;
}

static int send_redirect(const struct sending *s, const struct action *a, struct str what,
	struct handover *h, struct err *err)
{
	struct delivery *d = s->delivery;
	struct str recipient = a->argument;
	const struct str_list recipients = {&recipient, 1};
	if (check_day(s, err) < 0) {
		handover_end(h, false);
		return -1;
	}
	struct pieces pieces = compose_redirected(d, redirects_top(d, a), a);
	return submit(s, what, h, redirects_sender(d), &recipients, &pieces, err);
}

/* What cannot be done leaves the message where it is without rules (RFC 5228 section 2.10.6). */
static int keep(struct sending *s, const struct action *refused, struct outcome *out,
	const char *why, struct err *err)
{
	struct delivery *d = s->delivery;
	struct verdict *v = &d->verdict;
	verdict_note(
		v, "the redirect to " STR_FMT " is refused: %s", STR_ARGS(refused->argument), why);
	if (verdict_find(v, ACTION_STORE))
		return 0;
	const struct action like = *refused;
	struct action *kept = verdict_add(v, ACTION_STORE, outcome_folder(v, d->keep_folder),
		reason_text("a redirect was refused"));
	kept->form = like.form;
	kept->keywords = like.keywords;
	struct pieces pieces = compose_stored(d, kept);
	const struct store_item item = {.folder = kept->argument,
		.pieces = pieces.items,
		.piece_count = pieces.count,
		.keywords = kept->keywords.items,
		.keyword_count = kept->keywords.count};
	struct store_receipt receipt;
	if (put(s, STR_LIT("kept"), &item, &receipt, err) < 0)
		return -1;
	struct done *done = outcome_add(out, kept, d->mem);
	done->folder = kept->argument;
	done->receipt = receipt;
	done->again = receipt.recognised;
	return 0;
}

static int redirect(struct sending *s, const struct action *a, struct outcome *out, struct err *err)
{
	struct str what = name_of_redirect(a, s->delivery->mem);
	struct handover h;
	struct err why;
	bool again;
	if (begin(s, what, false, &h, &again, err) < 0)
		return -1;
	if (!again && send_redirect(s, a, what, &h, &why) < 0) {
		if (why.fault == FAULT_REFUSED)
			return keep(s, a, out, why.text, err);
		*err = why;
		return -1;
	}
	outcome_add(out, a, s->delivery->mem)->again = again;
	return 0;
}

/* ---- our own ---- */

/* A copy of what was sent (RFC 8580). */
static int file_copy(struct sending *s, const struct outgoing *o, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	struct action flags = {.kind = ACTION_STORE};
	verdict_add_flags(&s->delivery->verdict, &flags, &o->fcc_flags);
	/* Nobody has to read what he sent himself. */
	struct store_item item = {.folder = outcome_folder(&s->delivery->verdict, o->fcc),
		.pieces = &o->text,
		.piece_count = 1,
		.flags = flags.flags | FLAG_SEEN,
		.keywords = flags.keywords.items,
		.keyword_count = flags.keywords.count};
	struct store_receipt receipt;
	struct str name = arena_fmt(mem, "fcc" STR_FMT, STR_ARGS(o->what));
	return put(s, name, &item, &receipt, err);
}

static bool is_over_limit(const struct sending *s, const struct outgoing *o)
{
	struct delivery *d = s->delivery;
	bool over = false;
	struct err err;
	if (tally_add(s->state_dir, STR_LIT("answer"), HOUR, (uint32_t)d->conf->answers_per_hour,
		    (int64_t)time(NULL), &over, &err) < 0)
		verdict_note(&d->verdict, "%s: %s", o->kind, err.text);
	else if (over)
		verdict_note(&d->verdict, "no %s: there were %zu within an hour (answers_per_hour)",
			o->kind, d->conf->answers_per_hour);
	return over;
}

/*
 * Another delivery may be answering the same person at this moment: only one of them does. 1 it is, 0 not, -1 it cannot be
 * told now: the retry answers.
 */
static int is_answered(const struct sending *s, const struct outgoing *o, struct err *err)
{
	struct delivery *d = s->delivery;
	const struct seen_item item = {seen_tracked_key(o->handle, o->key), o->seconds};
	bool seen = false;
	if (o->key.n == 0 || o->seconds == 0)
		return 0;
	if (seen_claim(s->state_dir, &item, s->id, (int64_t)time(NULL), &seen, err) < 0)
		return -1;
	if (seen)
		verdict_note(
			&d->verdict, "no %s: another delivery answers at this moment", o->kind);
	return seen;
}

static int send_own(
	struct sending *s, const struct outgoing *o, struct outcome *out, struct err *err)
{
	struct delivery *d = s->delivery;
	struct str text = o->text;
	const struct pieces pieces = {&text, 1};
	struct handover h;
	bool again;
	if (begin(s, o->what, true, &h, &again, err) < 0)
		return -1;
	int answered = again ? 0 : is_over_limit(s, o) ? 1 : is_answered(s, o, err);
	if (answered != 0) {
		handover_end(&h, false);
		return answered < 0 ? -1 : 0;
	}
	if (!again && submit(s, o->what, &h, o->sender, &o->recipients, &pieces, err) < 0)
		return -1;
	out->answered = arena_fmt(d->mem, STR_FMT "%s%s:" STR_FMT, STR_ARGS(out->answered),
		out->answered.n ? "," : "", o->kind, STR_ARGS(o->recipients.items[0]));
	return o->has_fcc ? file_copy(s, o, err) : 0;
}

/* ---- all of it ---- */

/*
 * The message is stored; only an answer is missing. For a day the MTA tries again; then it would tell the sender that his
 * mail was not delivered, which is not so.
 */
static bool is_old(const struct delivery *d)
{
	uint64_t received = d->verdict.facts.received;
	return received && received + DAY < (uint64_t)time(NULL);
}

bool send_has_work(const struct sending *s)
{
	const struct delivery *d = s->delivery;
	return d->outgoings->count || verdict_find(&d->verdict, ACTION_REDIRECT);
}

int send_all(struct sending *s, struct outcome *out, struct err *err)
{
	struct delivery *d = s->delivery;
	struct verdict *v = &d->verdict;
	struct err later;
	int r = 0;
	for (size_t i = 0; i < v->action_count; i++)
		if (v->actions[i].kind == ACTION_REDIRECT &&
			redirect(s, &v->actions[i], out, r < 0 ? &later : err) < 0)
			r = -1;
	for (size_t i = 0; i < d->outgoings->count; i++) {
		struct err *told = r < 0 ? &later : err;
		if (send_own(s, &d->outgoings->items[i], out, told) == 0)
			continue;
		if (told->fault == FAULT_REFUSED || is_old(d))
			verdict_note(
				v, "%s is given up: %s", d->outgoings->items[i].kind, told->text);
		else
			r = -1;
	}
	return r;
}
