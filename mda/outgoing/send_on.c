#include "mda/outgoing/send_on.h"

#include "mda/conf/conf.h"
#include "mda/delivery/compose.h"
#include "mda/outgoing/programs.h"
#include "mda/outgoing/redirects.h"
#include "mda/outgoing/send_list.h"
#include "mda/outgoing/send_once.h"
#include "store/tally.h"

#include <time.h>

enum { DAY = 24 * 3600 };

/* ---- what is not taken ---- */

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
	if (send_once_put(s, STR_LIT("kept"), &item, &receipt, err) < 0)
		return -1;
	struct done *done = outcome_add(s->out, &kept);
	done->folder = kept.argument;
	done->receipt = receipt;
	done->again = receipt.recognised;
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
	return send_once_submit(s, what, h, redirects_sender(d, notes), &recipients, &pieces, err);
}

static int redirect(struct send_job *s, const struct step *step, struct err *err)
{
	struct str what = send_list_name(step, s->delivery->mem);
	struct handover h;
	struct err why;
	bool again;
	if (send_once_begin(s, what, false, &h, &again, err) < 0)
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
	struct str what = send_list_name(step, mem);
	struct handover h;
	int done = was_piped(s, step, what, err);
	if (done != 0)
		return done < 0 ? -1 : 0;
	if (handover_begin(&h, s->state_dir, s->id, what, SEND_ONCE_WAIT, mem, err) < 0)
		return -1;
	return pipe_now(s, step, what, &h, err);
}

/* ---- both ---- */

int send_on(struct send_job *s, const struct step *step, struct err *err)
{
	return step->kind == ACTION_REDIRECT ? redirect(s, step, err) : give(s, step, err);
}
