#include "mda/deliver.h"

#include "base/io.h"
#include "base/path.h"
#include "base/str_list.h"
#include "filters/label/tag.h"
#include "mda/conf/mailboxes.h"
#include "mda/delivery/compose.h"
#include "mda/delivery/identity.h"
#include "mda/ending.h"
#include "mda/outgoing/arrivals.h"
#include "mda/outgoing/send.h"
#include "mda/outgoing/warnings.h"
#include "mda/waiting.h"
#include "store/seen.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* ---- storing ---- */

/*
 * Puts all messages that are to be stored into OUT. If an earlier attempt turns out to have
 * stored one elsewhere, note_receipts() takes it out again.
 */
static void begin_stores(const struct plan *p, struct outcome *out)
{
	for (size_t i = 0; i < p->step_count; i++) {
		const struct step *step = &p->steps[i];
		if (step->kind == ACTION_STORE)
			outcome_add(out, step)->folder = step->argument;
	}
}

static struct store_item item_of(
	const struct delivery *d, const struct step *step, struct str folder)
{
	struct pieces pieces = compose_stored(d, step);
	return (struct store_item){.folder = folder,
		.pieces = pieces.items,
		.piece_count = pieces.count,
		.flags = step->flags,
		.keywords = step->keywords.items,
		.keyword_count = step->keywords.count};
}

/* For when nothing is to be stored now, but an earlier attempt began to store it. */
static struct store_item spare_item(const struct delivery *d)
{
	const struct step plain = {.kind = ACTION_STORE};
	struct store_item item = item_of(d, &plain, STR_EMPTY);
	item.spare = true;
	return item;
}

static void note_receipts(const struct store_receipt *receipts, struct outcome *out)
{
	size_t kept = 0;
	for (size_t i = 0; i < out->count; i++) {
		if (receipts[i].elsewhere)
			continue;
		out->items[kept] = out->items[i];
		out->items[kept].receipt = receipts[i];
		out->items[kept++].again = receipts[i].recognised;
	}
	out->count = kept;
}

/* The step that stores into FOLDER: the plan's, if it has one. */
static struct step store_into(const struct plan *p, struct str folder)
{
	for (size_t i = 0; i < p->step_count; i++)
		if (p->steps[i].kind == ACTION_STORE && str_eq(p->steps[i].argument, folder))
			return p->steps[i];
	return (struct step){.kind = ACTION_STORE,
		.argument = folder,
		.reason = verdict_reason_text("an earlier attempt stored it")};
}

/* The place where an earlier attempt with another verdict stored the message. */
static void note_others(const struct delivery *d, const struct store *store, struct outcome *out)
{
	size_t count;
	const struct store_other *others = store_others(store, &count);
	for (size_t i = 0; i < count; i++) {
		const struct step step = store_into(d->plan, others[i].folder);
		struct done *done = outcome_add(out, &step);
		done->folder = others[i].folder;
		done->receipt = others[i].receipt;
		done->again = true;
	}
}

static int store_all(const struct delivery *d, struct store *store, const struct store_id *id,
	struct outcome *out, struct err *err)
{
	size_t count = out->count ? out->count : 1;
	struct store_item *items = arena_alloc(d->mem, count * sizeof *items);
	struct store_receipt *receipts = arena_alloc(d->mem, count * sizeof *receipts);
	for (size_t i = 0; i < out->count; i++)
		items[i] = item_of(d, &out->items[i].step, out->items[i].folder);
	if (out->count == 0)
		items[0] = spare_item(d);
	if (store_put(store, id, items, count, d->mem, receipts, err) < 0)
		return -1;
	note_receipts(receipts, out);
	note_others(d, store, out);
	return 0;
}

/* ---- the quota, and what is remembered ---- */

/* A quota may also limit only the number of messages. */
static struct quota_conf quota_of(const struct conf *conf)
{
	struct quota_conf quota = {.source = conf->quota.source,
		.limits = {.bytes = (int64_t)conf->quota.bytes,
			.messages = (int64_t)conf->quota_messages},
		.refuse = conf->quota_full == QUOTA_FULL_REFUSE};
	if (conf->quota_messages)
		quota.source = QUOTA_SET;
	return quota;
}

/* The usage is watched only if something may have to be done about it. */
static quota_watch *watch_of(const struct conf *conf)
{
	return warnings_wanted(conf) ? warnings_watch : NULL;
}

/*
 * Remembers what later deliveries use to recognise this one. If that fails, there is a note, but
 * the message is delivered.
 */
static void remember(const struct delivery *d, const struct store_id *id, const char *state_dir,
	struct outcome *out)
{
	const struct plan *p = d->plan;
	struct seen_item *items = arena_alloc(d->mem, (p->tracked_count + 1) * sizeof *items);
	struct err err;
	for (size_t i = 0; i < p->tracked_count; i++) {
		const struct tracked *t = &p->tracked[i];
		/* If a sender is forgotten, the next message is labelled as the first one. */
		items[i] = (struct seen_item){.key = seen_tracked_key(t->handle, t->id),
			.seconds = t->seconds,
			.is_hint = str_eq(t->handle, tag_seen_handle)};
	}
	if (p->tracked_count &&
		seen_remember(state_dir, items, p->tracked_count, id, time(NULL), &err) < 0)
		notes_add(&out->notes, "duplicate: %s", err.text);
}

/* ---- the mailbox ---- */

struct opened_mailbox {
	struct store *store; /* NULL if it cannot be opened, for the reason in ERR */
	struct store_conf conf;
	struct err err;
	struct notes early;  /* notes of the store from before the plan was carried out */
	struct notes *notes; /* of the outcome, when there is one; NULL until then */
	struct warnings warnings;
};

/* Notes of the store become notes of the delivery. */
static void on_note(void *context, const char *text)
{
	struct opened_mailbox *m = context;
	notes_add(m->notes ? m->notes : &m->early, "%s", text);
}

void deliver_prepare(struct delivery *d)
{
	struct opened_mailbox *m = arena_alloc(d->mem, sizeof *m);
	m->early.mem = d->mem;
	m->warnings = (struct warnings){.conf = d->conf,
		.names = &d->user->names,
		.recipient = d->env->recipient,
		.notes = &m->early,
		.mem = d->mem};
	m->conf = (struct store_conf){.server = d->conf->imap_server,
		.subscribe = d->conf->subscribe,
		.quota = quota_of(d->conf),
		.watch = watch_of(d->conf),
		.watch_context = &m->warnings,
		.must_exist = !d->conf->create_maildir,
		.note = on_note,
		.note_context = m};
	d->opened = m;
	if (!d->begun_id)
		d->begun_id = identity_hash(d->msg, d->mem);
	if (mailboxes_paths(d->conf, &d->user->names, d->mem, &m->conf.maildir, &m->conf.state_dir,
		    &m->err) == 0)
		m->store = store_open(&m->conf, &m->err);
}

void deliver_release(struct delivery *d)
{
	if (d->opened)
		(d->is_last ? store_leave : store_close)(d->opened->store);
	d->opened = NULL;
}

/* NULL with the reason. */
static struct opened_mailbox *use_mailbox(struct delivery *d, struct outcome *out, struct err *err)
{
	if (!d->opened)
		deliver_prepare(d);
	struct opened_mailbox *m = d->opened;
	m->notes = m->warnings.notes = &out->notes;
	for (size_t i = 0; i < m->early.count; i++)
		notes_add(m->notes, STR_FMT, STR_ARGS(m->early.items[i]));
	m->early.count = 0;
	if (m->store)
		return m;
	*err = m->err;
	return NULL;
}

int deliver_check_room(const struct conf *conf, const struct template_values *names,
	struct str recipient, unsigned long long bytes, struct arena *mem, struct err *err)
{
	const struct quota_amount more = {
		.bytes = bytes < INT64_MAX / 2 ? (int64_t)bytes : INT64_MAX / 2, .messages = 1};
	struct notes notes = {.mem = mem}; /* nobody reads them: nothing is delivered */
	struct warnings warnings = {
		.conf = conf, .names = names, .recipient = recipient, .notes = &notes, .mem = mem};
	struct store_conf c = {.server = conf->imap_server,
		.quota = quota_of(conf),
		.watch = watch_of(conf),
		.watch_context = &warnings,
		.must_exist = true};
	if (mailboxes_paths(conf, names, mem, &c.maildir, &c.state_dir, err) < 0)
		return -1;
	int r = quota_room(&c, more, err);
	warnings_run_refused(&warnings);
	return r;
}

/* ---- the whole ---- */

/* Also if sending has failed: the retry finds that it was done. */
static void warn(struct opened_mailbox *m, const struct send_job *job)
{
	if (!warnings_wanted(job->delivery->conf))
		return;
	warnings_run(&m->warnings, m->store, job->id);
	for (size_t i = 0; i < job->other_count; i++)
		warnings_run(&m->warnings, m->store, &job->others[i]);
}

static int carry_out_in(const struct delivery *d, struct opened_mailbox *m,
	const struct store_earlier *earlier, struct outcome *out, struct err *err)
{
	struct store *store = m->store;
	struct store_id id = identity_of(d, m->conf.maildir);
	struct send_job job = {.delivery = d,
		.store = store,
		.id = &id,
		.out = out,
		.state_dir = m->conf.state_dir ? m->conf.state_dir
					       : store_state_dir(m->conf.maildir, d->mem)};
	int r = send_begin(&job, err);
	if (r == 0 && (out->count || earlier->stored))
		r = store_all(d, store, &id, out, err);
	if (r < 0) {
		warnings_run_refused(&m->warnings);
		return r;
	}
	job.tells_waiting = waiting_note(d, m->conf.maildir, job.state_dir, out);
	/*
	 * If this process is killed or fails from here on, the MTA tries again, but what was stored
	 * is not stored again.
	 */
	if (out->count && send_has_work(&job))
		r = store_protect(store, &id, err);
	if (r == 0)
		r = send_all(&job, err);
	warn(m, &job);
	if (r < 0)
		return r;
	remember(d, &id, job.state_dir, out);
	ending_hold();
	r = send_finish(&job, err);
	ending_release(r == 0);
	return r;
}

static int carry_out(struct delivery *d, const struct store_earlier *earlier, struct outcome *out,
	struct err *err)
{
	struct opened_mailbox *m = use_mailbox(d, out, err);
	int r = m ? carry_out_in(d, m, earlier, out, err) : -1;
	deliver_release(d);
	arrivals_tell(d, out);
	return r;
}

/*
 * For a verdict that stores nothing: did an earlier attempt at this delivery have another verdict
 * and begin to carry it out? If the mailbox cannot be opened, nothing was delivered to it.
 */
static int find_earlier(struct delivery *d, struct store_earlier *earlier, struct err *err)
{
	*earlier = (struct store_earlier){false, false};
	if (!d->opened)
		deliver_prepare(d);
	const struct opened_mailbox *m = d->opened;
	if (!m->store)
		return 0;
	struct store_id id = identity_of(d, m->conf.maildir);
	return store_earlier(m->store, &id, earlier, err);
}

/*
 * The first verdict that was carried out counts, and no earlier attempt reported a failure to the
 * sender.
 */
static const struct plan *without_refusal(const struct delivery *d)
{
	struct plan *p = arena_alloc(d->mem, sizeof *p);
	*p = *d->plan;
	p->steps = NULL;
	p->step_count = p->outmails.count = 0;
	plan_add(p, ACTION_DISCARD, STR_EMPTY,
		verdict_reason_text("an earlier attempt delivered it, so it is not refused"));
	return p;
}

/*
 * Writes the files beside the user's own, such as error reports. A failure is only a note, because
 * the mail is delivered.
 */
static void write_reports(struct outcome *out)
{
	while (out->reports_written < out->report_count) {
		const struct report *r = &out->reports[out->reports_written++];
		struct err err;
		if (r->text.n == 0 && path_unlink(r->path.p) < 0 && errno != ENOENT)
			notes_add(&out->notes, "cannot remove %s: %s", r->path.p, strerror(errno));
		if (r->text.n && io_replace_file(r->path.p, r->text, 0600, &err) < 0)
			notes_add(&out->notes, "%s", err.text);
	}
}

/*
 * The text of a script may have several lines, but the MTA reads one. Only line ends and tabs
 * become blanks here; err_refused() replaces other control bytes by question marks.
 */
static struct str one_line(struct str text, struct arena *mem)
{
	struct str copy = arena_str(mem, str_trim(text));
	for (size_t i = 0; i < copy.n; i++)
		if (ascii_isblank(copy.p[i]))
			((char *)copy.p)[i] = ' ';
	return copy;
}

static int refuse(struct delivery *d, const struct step *refusal, struct outcome *out,
	const struct store_earlier *earlier, struct err *err)
{
	if (refusal->by_message) {
		int r = d->plan->outmails.count ? carry_out(d, earlier, out, err) : 0;
		outcome_add(out, refusal);
		return r;
	}
	outcome_add(out, refusal);
	struct str text = one_line(refusal->argument, d->mem);
	return err_refused(err, STR_FMT, STR_ARGS(text));
}

/*
 * Does an earlier attempt rule the refusal out? If the refusal is a message of our own, what was
 * sent may be that message.
 */
static bool is_void(const struct step *refusal, const struct store_earlier *earlier)
{
	return earlier->stored || (earlier->sent && !refusal->by_message);
}

static int act(struct delivery *d, struct outcome *out, const struct store_earlier *earlier,
	struct err *err)
{
	const struct plan *p = d->plan;
	const struct step *discard = plan_find(p, ACTION_DISCARD);
	bool does = out->count || plan_find(p, ACTION_REDIRECT) || plan_find(p, ACTION_PIPE) ||
		    p->outmails.count || earlier->stored || earlier->sent;
	if (!does && !discard)
		return err_temp(err, "no stage decided what to do");
	int r = does || p->tracked_count ? carry_out(d, earlier, out, err) : 0;
	write_reports(out);
	if (r < 0)
		return -1;
	if (discard && out->count == 0)
		outcome_add(out, discard);
	return 0;
}

int deliver_verdict(struct delivery *d, struct outcome *out, struct err *err)
{
	const struct step *refusal = plan_find(d->plan, ACTION_REJECT);
	struct store_earlier earlier = {false, false};
	outcome_begin(out, d->plan, d->mem);
	write_reports(out);
	if (!refusal)
		begin_stores(d->plan, out);
	if (out->count == 0 && find_earlier(d, &earlier, err) < 0)
		return -1;
	if (refusal && !is_void(refusal, &earlier))
		return refuse(d, refusal, out, &earlier, err);
	if (refusal)
		d->plan = without_refusal(d);
	return act(d, out, &earlier, err);
}
