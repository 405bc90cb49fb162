#include "mda/outgoing/send.h"

#include "base/str_list.h"
#include "mda/conf/conf.h"
#include "mda/delivery/compose.h"
#include "mda/outgoing/handover.h"
#include "mda/outgoing/notice.h"
#include "mda/outgoing/programs.h"
#include "mda/outgoing/redirects.h"
#include "mda/outgoing/submit.h"
#include "store/screened.h"
#include "store/seen.h"
#include "store/tally.h"

#include <time.h>

/* The time that an earlier attempt has to submit, and some to get that far. */
enum { SUBMIT_SECONDS = 120, WAIT_SECONDS = SUBMIT_SECONDS + 30, HOUR = 3600, DAY = 24 * HOUR };

static const struct str redirect_word = STR_LIT("redirect "), pipe_word = STR_LIT("pipe ");

/* ---- what is to be sent ---- */

struct str send_redirect_name(struct str address, struct arena *mem)
{
	return arena_fmt(mem, STR_FMT STR_FMT, STR_ARGS(redirect_word), STR_ARGS(address));
}

/* The name of a pipe: a line for the program and one for each argument. */
static struct str name_of_pipe(const struct step *step, struct arena *mem)
{
	struct buf name = {0};
	buf_add(&name, pipe_word);
	buf_add(&name, step->argument);
	for (size_t i = 0; i < step->arguments.count; i++) {
		buf_byte(&name, '\n');
		buf_add(&name, step->arguments.items[i]);
	}
	struct str kept = arena_str(mem, buf_str(&name));
	buf_free(&name);
	return kept;
}

/* The name of a step that sends the message on; empty for other steps. */
static struct str name_of(const struct step *step, struct arena *mem)
{
	return step->kind == ACTION_REDIRECT ? send_redirect_name(step->argument, mem)
	       : step->kind == ACTION_PIPE   ? name_of_pipe(step, mem)
					     : STR_EMPTY;
}

static bool is_planned(const struct send_job *s, struct str what)
{
	for (size_t i = 0; i < s->step_count; i++)
		if (str_eq(name_of(&s->steps[i], s->delivery->mem), what))
			return true;
	return false;
}

static struct step *add_step(struct send_job *s, enum action_kind kind, struct str argument)
{
	struct step *step = ARENA_PUSH(s->delivery->mem, s->steps, s->step_count);
	*step = (struct step){.kind = kind,
		.argument = argument,
		.reason = verdict_reason_text("an earlier attempt was to do it")};
	return step;
}

/* WHAT is as name_of_pipe() writes it. */
static void add_pipe(struct send_job *s, struct str what)
{
	struct str rest = str_slice(what, pipe_word.n, what.n);
	size_t end = str_find(rest, '\n');
	struct step *step = add_step(s, ACTION_PIPE, str_slice(rest, 0, end));
	while (end < rest.n) {
		rest = str_slice(rest, end + 1, rest.n);
		end = str_find(rest, '\n');
		str_list_add(&step->arguments, str_slice(rest, 0, end), s->delivery->mem);
	}
}

/* An earlier attempt decided on this and stored the message; then the script was changed. */
static void add_intended(struct send_job *s, struct str what)
{
	if (is_planned(s, what))
		return;
	if (str_istarts(what, redirect_word))
		(void)add_step(s, ACTION_REDIRECT, str_slice(what, redirect_word.n, what.n));
	else if (str_istarts(what, pipe_word) && programs_allowed(s->delivery->conf))
		add_pipe(s, what);
}

static void add_planned(struct send_job *s)
{
	const struct plan *p = s->delivery->plan;
	for (size_t i = 0; i < p->step_count; i++)
		if (p->steps[i].kind == ACTION_REDIRECT || p->steps[i].kind == ACTION_PIPE)
			*(struct step *)ARENA_PUSH(s->delivery->mem, s->steps, s->step_count) =
				p->steps[i];
}

int send_begin(struct send_job *s, struct err *err)
{
	const struct delivery *d = s->delivery;
	struct str_list intended;
	if (store_intended(s->store, s->id, d->mem, &intended, err) < 0)
		return -1;
	add_planned(s);
	for (size_t i = 0; i < intended.count; i++)
		add_intended(s, intended.items[i]);
	for (size_t i = 0; i < s->step_count; i++)
		store_intend(s->store, name_of(&s->steps[i], d->mem));
	for (size_t i = 0; i < d->plan->outmails.count; i++)
		store_intend(s->store, d->plan->outmails.items[i].what);
	return 0;
}

/* ---- handing it over ---- */

/*
 * Did an earlier attempt hand WHAT over? If not, H is open, so that it can be done now. If it is
 * unknown, it counts as handed over only with ONCE.
 */
static int begin(const struct send_job *s, struct str what, bool once, struct handover *h,
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

static int submit(const struct send_job *s, struct str what, struct handover *h, struct str sender,
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

/* ---- storing after the first ---- */

/*
 * Stores a message beside the delivery's own. It has an id of its own, by which a retry recognises
 * it, whatever a reader has done with it, until the delivery is finished.
 */
static int put(struct send_job *s, struct str name, const struct store_item *item,
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

int send_finish(const struct send_job *s, struct err *err)
{
	struct store_id *ids = arena_alloc(s->delivery->mem, (1 + s->other_count) * sizeof *ids);
	ids[0] = *s->id;
	for (size_t i = 0; i < s->other_count; i++)
		ids[1 + i] = s->others[i];
	return store_finish(s->store, ids, 1 + s->other_count, err);
}

/* The same for what is not the message itself. */
static int put_beside(
	struct send_job *s, struct str name, const struct store_item *item, struct err *err)
{
	struct store_receipt receipt;
	if (put(s, name, item, &receipt, err) < 0)
		return -1;
	*(struct done *)ARENA_PUSH(s->delivery->mem, s->out->beside, s->out->beside_count) =
		(struct done){.folder = item->folder, .receipt = receipt};
	return 0;
}

/* ---- redirects ---- */

/* More a day than anybody needs: the mail waits, but is not lost. */
static int check_day(const struct send_job *s, struct err *err)
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

static int send_redirect(const struct send_job *s, const struct step *step, struct str what,
	struct handover *h, struct err *err)
{
	const struct delivery *d = s->delivery;
	struct notes *notes = &s->out->notes;
	struct str recipient = step->argument;
	const struct str_list recipients = {&recipient, 1};
	if (check_day(s, err) < 0) {
		handover_end(h, false);
		return -1;
	}
	struct pieces pieces = compose_redirected(d, redirects_top(d, step, notes), step);
	return submit(s, what, h, redirects_sender(d, notes), &recipients, &pieces, err);
}

/* What cannot be sent on is kept where mail goes without rules (RFC 5228 section 2.10.6). */
static int keep(struct send_job *s, const struct step *refused, struct err *err)
{
	const struct delivery *d = s->delivery;
	if (s->is_kept || plan_find(d->plan, ACTION_STORE) || outcome_is_stored(s->out))
		return 0;
	s->is_kept = true;
	const struct step kept = {.kind = ACTION_STORE,
		.argument = plan_folder(d->keep_folder, &s->out->notes),
		.keywords = refused->keywords,
		.form = refused->form,
		.reason = verdict_reason_text(refused->kind == ACTION_PIPE
						      ? "a program did not take it"
						      : "a redirect was refused")};
	struct pieces pieces = compose_stored(d, &kept);
	const struct store_item item = {.folder = kept.argument,
		.pieces = pieces.items,
		.piece_count = pieces.count,
		.keywords = kept.keywords.items,
		.keyword_count = kept.keywords.count};
	struct store_receipt receipt;
	if (put(s, STR_LIT("kept"), &item, &receipt, err) < 0)
		return -1;
	struct done *done = outcome_add(s->out, &kept);
	done->folder = kept.argument;
	done->receipt = receipt;
	done->again = receipt.recognised;
	return 0;
}

static int redirect(struct send_job *s, const struct step *step, struct err *err)
{
	struct str what = send_redirect_name(step->argument, s->delivery->mem);
	struct handover h;
	struct err why;
	bool again;
	if (begin(s, what, false, &h, &again, err) < 0)
		return -1;
	if (!again && send_redirect(s, step, what, &h, &why) < 0) {
		*err = why;
		if (why.fault != FAULT_REFUSED)
			return -1;
		notes_add(&s->out->notes, "the redirect to " STR_FMT " is refused: %s",
			STR_ARGS(step->argument), why.text);
		return keep(s, step, err);
	}
	outcome_add(s->out, step)->again = again;
	return 0;
}

/* ---- pipes ---- */

/* Is it a script of the user's, or one that such a script includes? */
static bool is_users_own(const struct delivery *d, struct str script)
{
	return delivery_is_users_script(d, script) ||
	       str_istarts(script, STR_LIT("personal script "));
}

/*
 * Notes it, and tells the owner of the script: the last report is on that script's file, so the
 * line is added to it.
 */
static void tell_ill(const struct send_job *s, const struct step *step, const char *why)
{
	const struct delivery *d = s->delivery;
	struct outcome *out = s->out;
	struct str where = verdict_reason_where(&step->reason, d->mem);
	struct str line =
		arena_fmt(d->mem, STR_FMT ": %s; the message is kept\n", STR_ARGS(where), why);
	notes_add(&out->notes, "script " STR_FMT, STR_ARGS(str_trim(line)));
	if (step->may_fail || out->report_count == 0 || !is_users_own(d, step->reason.file))
		return;
	const struct report told = out->reports[out->report_count - 1];
	outcome_report(out, told.path, ARENA_JOIN(d->mem, told.text, line));
}

static struct str name_of_failure(struct str what, struct arena *mem)
{
	return arena_fmt(mem, "not " STR_FMT, STR_ARGS(what));
}

/*
 * The program did not take the message, or was stopped in the middle and may have taken it. It is
 * not run again, and the message is kept. The note stays until the journal says the same.
 */
static int keep_piped(struct send_job *s, const struct step *step, struct str what,
	struct handover *h, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	struct err why;
	if (h->state == HANDED_UNKNOWN)
		err_refused(&why, "the program \"" STR_FMT "\" was ended with what ran it",
			STR_ARGS(step->argument));
	else
		handover_reason(h, &why);
	tell_ill(s, step, why.text);
	int r = keep(s, step, err);
	if (r == 0)
		r = store_set_sent(s->store, s->id, name_of_failure(what, mem), err);
	if (r == 0)
		handover_end(h, true);
	else
		handover_leave(h);
	return r;
}

static int run_pipe(
	const struct send_job *s, const struct step *step, struct handover *h, struct err *err)
{
	const struct delivery *d = s->delivery;
	struct pieces input = compose_redirected(d, STR_EMPTY, step);
	const struct handover_work what = {
		programs_give, programs_pipe(d, step, &input, d->mem), programs_seconds(d->conf)};
	return handover_do(h, &what, d->mem, err);
}

/* What did an earlier attempt do with it? 1: it was done, 0: it was not, -1: error. */
static int was_piped(struct send_job *s, const struct step *step, struct str what, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	bool done, failed;
	if (store_was_sent(s->store, s->id, what, &done, err) < 0 ||
		store_was_sent(s->store, s->id, name_of_failure(what, mem), &failed, err) < 0)
		return -1;
	if (!done && !failed)
		return 0;
	handover_forget(s->state_dir, s->id, what, mem);
	if (failed)
		return keep(s, step, err) < 0 ? -1 : 1;
	outcome_add(s->out, step)->again = true;
	return 1;
}

/* H is open. */
static int pipe_now(struct send_job *s, const struct step *step, struct str what,
	struct handover *h, struct err *err)
{
	bool again = h->state == HANDED_TAKEN;
	if (h->state == HANDED_NOT && !h->refused && run_pipe(s, step, h, err) < 0 &&
		h->state == HANDED_NOT && !h->refused) {
		handover_end(h, false);
		return -1;
	}
	if (h->state != HANDED_TAKEN)
		return keep_piped(s, step, what, h, err);
	int r = store_set_sent(s->store, s->id, what, err);
	handover_end(h, r == 0);
	if (r == 0)
		outcome_add(s->out, step)->again = again;
	return r;
}

static int give(struct send_job *s, const struct step *step, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	struct str what = name_of_pipe(step, mem);
	struct handover h;
	int done = was_piped(s, step, what, err);
	if (done != 0)
		return done < 0 ? -1 : 0;
	if (handover_begin(&h, s->state_dir, s->id, what, WAIT_SECONDS, mem, err) < 0)
		return -1;
	return pipe_now(s, step, what, &h, err);
}

/* ---- our own ---- */

/* Stores a copy of what was sent (RFC 8580). */
static int file_copy(struct send_job *s, const struct outmail *o, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	struct action flags = {.kind = ACTION_STORE};
	verdict_add_flags(&flags, &o->fcc_flags, &s->out->notes);
	/* The user need not read what they sent themselves. */
	struct store_item item = {.folder = plan_folder(o->fcc, &s->out->notes),
		.pieces = &o->text,
		.piece_count = 1,
		.flags = flags.flags | FLAG_SEEN,
		.keywords = flags.keywords.items,
		.keyword_count = flags.keywords.count};
	struct str name = arena_fmt(mem, "fcc" STR_FMT, STR_ARGS(o->what));
	return put_beside(s, name, &item, err);
}

static bool is_over_limit(const struct send_job *s, const struct outmail *o)
{
	const struct delivery *d = s->delivery;
	bool over = false;
	struct err err;
	if (tally_add(s->state_dir, STR_LIT("answer"), HOUR, (uint32_t)d->conf->answers_per_hour,
		    (int64_t)time(NULL), &over, &err) < 0)
		notes_add(&s->out->notes, "%s: %s", o->kind, err.text);
	else if (over)
		notes_add(&s->out->notes, "no %s: there were %zu within an hour (answers_per_hour)",
			o->kind, d->conf->answers_per_hour);
	return over;
}

/*
 * Only one of several deliveries at the same moment may answer a person. 1: they have an answer
 * already, 0: they have not, -1: it cannot be found out now, so the retry answers.
 */
static int is_answered(const struct send_job *s, const struct outmail *o, struct err *err)
{
	const struct seen_item item = {
		.key = seen_tracked_key(o->handle, o->key), .seconds = o->seconds};
	bool seen = false;
	if (o->key.n == 0 || o->seconds == 0)
		return 0;
	if (seen_claim(s->state_dir, &item, s->id, (int64_t)time(NULL), &seen, err) < 0)
		return -1;
	if (seen)
		notes_add(
			&s->out->notes, "no %s: another delivery answers at this moment", o->kind);
	return seen;
}

static int send_own(struct send_job *s, const struct outmail *o, struct err *err)
{
	struct outcome *out = s->out;
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
	out->answered = arena_fmt(out->mem, STR_FMT "%s%s:" STR_FMT, STR_ARGS(out->answered),
		out->answered.n ? "," : "", o->kind, STR_ARGS(o->recipients.items[0]));
	return o->has_fcc ? file_copy(s, o, err) : 0;
}

/* ---- errors of the rules ---- */

/*
 * Puts the notice into the INBOX, at most once a day. If that fails, no mail waits for it. The
 * reports of this delivery are complete here, because its programs have been run.
 */
static void store_notice(struct send_job *s)
{
	const struct seen_item item = {
		.key = seen_tracked_key(STR_LIT("errors of rules"), STR_LIT("told")),
		.seconds = DAY};
	bool seen = false;
	struct err err;
	int r = seen_claim(s->state_dir, &item, s->id, (int64_t)time(NULL), &seen, &err);
	if (r == 0 && seen)
		return;
	if (r == 0) {
		struct str text = notice_compose(s->delivery, s->out, s->id);
		const struct store_item stored = {.pieces = &text, .piece_count = 1};
		r = put_beside(s, STR_LIT("errors"), &stored, &err);
	}
	if (r < 0)
		notes_add(&s->out->notes, "the errors of the rules are not told by a message: %s",
			err.text);
}

/* ---- what waits in the screener's folder ---- */

/* Puts the notice into the INBOX. It was claimed, so that it is due no more today. */
static void store_waiting(struct send_job *s)
{
	struct arena *mem = s->delivery->mem;
	struct screened_list waiting = {NULL, 0};
	struct store_receipt receipt;
	struct err err;
	int r = screened_waiting(s->state_dir, STR_EMPTY, mem, &waiting, &err);
	if (r == 0 && waiting.count) {
		struct str text = notice_compose_waiting(s->delivery, &waiting, s->id);
		const struct store_item stored = {.pieces = &text, .piece_count = 1};
		r = put(s, STR_LIT("waiting"), &stored, &receipt, &err);
	}
	if (r < 0)
		notes_add(&s->out->notes, "screener: no notice: %s", err.text);
}

/* ---- all of it ---- */

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

static int hand_on(struct send_job *s, const struct step *step, struct err *err)
{
	return step->kind == ACTION_REDIRECT ? redirect(s, step, err) : give(s, step, err);
}

int send_all(struct send_job *s, struct err *err)
{
	const struct delivery *d = s->delivery;
	const struct outmails *mails = &d->plan->outmails;
	struct err later;
	int r = 0;
	for (size_t i = 0; i < s->step_count; i++)
		if (hand_on(s, &s->steps[i], r < 0 ? &later : err) < 0)
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
		store_notice(s);
	if (s->tells_waiting)
		store_waiting(s);
	return r;
}
