#include "mda/tools/apply/apply_send.h"

#include "base/str_list.h"
#include "mda/conf/conf.h"
#include "mda/judgement.h"
#include "mda/outgoing/send.h"
#include "mda/outgoing/send_list.h"
#include "mda/tools/progress.h"
#include "mda/tools/refile/refile_judge.h"
#include "mda/tools/refile/refile_wire.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/seen.h"

#include <string.h>
#include <time.h>

/* How long a mark stays that a message was sent: longer than anybody will ask. */
#define FOR_GOOD (100ULL * 366 * 24 * 3600)

static const struct str handle = STR_LIT("mda-apply redirect");

/* ---- what was sent ---- */

static struct store_id id_of(struct str bytes)
{
	const struct str parts[] = {STR_LIT("mda-apply"), bytes};
	struct store_id id = store_id_of(parts, sizeof parts / sizeof *parts);
	id.unique = true;
	return id;
}

static struct seen_key mark_of(const struct store_id *id, struct str address, struct arena *mem)
{
	struct str bytes = {(const char *)id->bytes, sizeof id->bytes};
	return seen_tracked_key(handle, ARENA_JOIN(mem, bytes, address));
}

static int is_marked(const char *state_dir, const struct store_id *id, struct str address,
	struct arena *mem, struct err *err)
{
	const struct store_id nobody = {.unique = false};
	struct seen_key key = mark_of(id, address, mem);
	bool seen;
	if (seen_find(state_dir, &key, &nobody, (int64_t)time(NULL), &seen, err) < 0)
		return -1;
	return seen;
}

static int mark(const char *state_dir, const struct store_id *id, struct str address,
	struct arena *mem, struct err *err)
{
	const struct seen_item item = {.key = mark_of(id, address, mem), .seconds = FOR_GOOD};
	return seen_remember(state_dir, &item, 1, id, (int64_t)time(NULL), err);
}

int apply_send_was(struct store *store, const char *state_dir, const struct store_id *id,
	struct str address, struct err *err)
{
	struct arena *mem = arena_new();
	bool sent = false;
	int r = is_marked(state_dir, id, address, mem, err);
	if (r == 0)
		r = store_was_sent(store, id, send_list_redirect(address, mem), &sent, err);
	arena_free(mem);
	return r ? r : sent;
}

/* ---- what is due ---- */

static const struct refile_message *message_of(
	const struct apply_sender *s, const struct apply_send *send)
{
	return &s->mail->messages[send->number];
}

static void add_unsent(
	const struct apply_sender *s, const struct apply_send *send, size_t count, const char *why)
{
	struct apply_sends *all = s->sends;
	const struct refile_message *m = message_of(s, send);
	all->failed += count;
	*(struct apply_unsent *)ARENA_PUSH(s->mem, all->unsent, all->unsent_count) =
		(struct apply_unsent){
			.folder = folder_name(s->mail->folders[m->folder].directory, s->mem),
			.message = refile_mail_name(s->mail, m, s->mem),
			.why = arena_str(s->mem, str_of(why))};
}

static int find_due(const struct apply_sender *s, struct apply_send *send, struct err *err)
{
	for (size_t i = 0; i < send->addresses.count; i++) {
		struct str address = send->addresses.items[i];
		int sent = is_marked(s->state_dir, &send->id, address, s->mem, err);
		if (sent < 0)
			return -1;
		s->sends->again += sent > 0;
		if (sent == 0)
			str_list_add(&send->due, address, s->mem);
	}
	s->sends->due += send->due.count;
	send->done = send->due.count == 0;
	return 0;
}

int apply_send_count(const struct apply_sender *s, struct err *err)
{
	struct buf bytes = {0};
	int r = 0;
	for (size_t i = 0; i < s->sends->count && r == 0; i++) {
		struct apply_send *send = &s->sends->items[i];
		bool whole = true;
		struct err why;
		int got = refile_mail_read(s->mail, message_of(s, send), &whole, &bytes, &why);
		if (got < 0)
			add_unsent(s, send, send->addresses.count, why.text);
		if (got <= 0) /* a message that is gone is a reader's */
			continue;
		send->id = id_of(buf_str(&bytes));
		r = find_due(s, send, err);
	}
	buf_free(&bytes);
	return r;
}

/* ---- sending ---- */

struct mailer {
	struct apply_sender *s;
	struct apply_send *at; /* the message that is judged */
	size_t next;
	bool stopped; /* the MTA takes nothing now */
	struct progress progress;
};

/* One message: what the rules would send, without what they would store. */
struct parcel {
	struct session *session;
	struct envelope env;
	struct judgement judgement;
	struct delivery delivery;
	struct plan plan;
	struct outcome out;
	struct arena *mem;
};

/*
 * The message is in the mailbox, so there is nothing to keep, and nothing but what the user has
 * agreed to is sent.
 */
static int make_plan(struct parcel *m, const struct str_list *due, struct err *err)
{
	const struct plan *all = &m->judgement.plan;
	plan_init(&m->plan, m->mem);
	m->plan.forms = all->forms;
	m->plan.form_count = all->form_count;
	m->plan.facts = all->facts;
	plan_add(&m->plan, ACTION_STORE, STR_EMPTY, verdict_reason_text("it was delivered before"));
	for (size_t i = 0; i < all->step_count; i++)
		if (all->steps[i].kind == ACTION_REDIRECT &&
			str_list_has(due, all->steps[i].argument))
			*(struct step *)ARENA_PUSH(m->mem, m->plan.steps, m->plan.step_count) =
				all->steps[i];
	if (m->plan.step_count - 1 > m->delivery.conf->redirects_max)
		return err_temp(err, "more redirects than redirects_max");
	if (m->plan.step_count - 1 < due->count)
		return err_temp(err, "the rules do not redirect it any more");
	return 0;
}

/* JUDGED comes from the child. */
static int make_delivery(struct parcel *m, const struct refile_judged *judged,
	const struct str_list *due, struct err *err)
{
	struct session *s = m->session;
	if (judged->outcomes[REFILE_NEW].failed)
		return err_temp(err, STR_FMT, STR_ARGS(judged->outcomes[REFILE_NEW].failure));
	if (judgement_read(judged->judgement, judged->message, m->mem, &m->judgement, err) < 0)
		return -1;
	m->env = session_envelope(s, NULL);
	m->env.sender = judged->sender;
	/* What the stored message says of its original recipient is not worth a stamp of ours. */
	m->env.original_recipient = m->env.mailbox;
	struct message *msg = message_head(judged->message, NULL);
	m->delivery = session_delivery(s, &m->env, msg);
	m->delivery.mem = m->mem;
	m->delivery.verdict = &m->judgement.verdict;
	m->delivery.passed = m->judgement.passed;
	m->delivery.plan = &m->plan;
	return make_plan(m, due, err);
}

static void free_message(struct parcel *m)
{
	message_free((struct message *)(uintptr_t)m->delivery.msg);
}

static struct str notes_of(const struct parcel *m)
{
	struct str text = STR_EMPTY;
	for (size_t i = 0; i < m->out.notes.count; i++)
		text = arena_fmt(m->mem, STR_FMT "%s" STR_FMT, STR_ARGS(text), i ? "; " : "",
			STR_ARGS(m->out.notes.items[i]));
	return text;
}

static int mark_sent(const struct mailer *w, const struct parcel *m, struct err *err)
{
	for (size_t i = 0; i < m->out.count; i++)
		if (mark(w->s->state_dir, &w->at->id, m->out.items[i].step.argument, m->mem, err) <
			0)
			return -1;
	return 0;
}

/*
 * What the MTA refuses is reported, and what it does not take now, too, but then WHY has the
 * reason.
 */
static int count_sent(struct mailer *w, const struct parcel *m, const struct err *why)
{
	struct apply_sends *all = w->s->sends;
	for (size_t i = 0; i < m->out.count; i++) {
		all->again += m->out.items[i].again;
		all->sent += !m->out.items[i].again;
	}
	w->at->done = m->out.count == w->at->due.count;
	if (w->at->done)
		return 0;
	struct str notes = notes_of(m);
	const char *text = why ? why->text : arena_cstr(m->mem, notes);
	add_unsent(w->s, w->at, w->at->due.count - m->out.count, text);
	w->stopped = why != NULL;
	return 0;
}

static int send_in(struct mailer *w, struct parcel *m, struct store *store, struct err *err)
{
	struct err why;
	struct send_job job = {.delivery = &m->delivery,
		.store = store,
		.id = &w->at->id,
		.state_dir = w->s->state_dir,
		.out = &m->out};
	outcome_begin(&m->out, &m->plan, m->mem);
	if (send_begin(&job, err) < 0)
		return -1;
	int r = send_all(&job, &why);
	if (mark_sent(w, m, err) < 0 || send_finish(&job, err) < 0)
		return -1;
	return count_sent(w, m, r < 0 ? &why : NULL);
}

static int intend(const struct mailer *w, struct err *err)
{
	const struct apply_sender *s = w->s;
	const struct refile_message *m = message_of(s, w->at);
	struct str base = base_name_of(str_of(m->file));
	for (size_t i = 0; i < w->at->due.count; i++)
		if (s->intend(s->context, s->mail->folders[m->folder].directory, base,
			    w->at->due.items[i], &w->at->id, err) < 0)
			return -1;
	return 0;
}

/* The mailbox is open only here: an open database survives no fork of a child that judges. */
static int send_one(struct mailer *w, struct parcel *m, struct err *err)
{
	struct store *store = intend(w, err) < 0 ? NULL : store_open(w->s->store, err);
	int r = store ? send_in(w, m, store, err) : -1;
	store_close(store);
	return r;
}

static int judged(void *context, struct str frame, struct err *err)
{
	struct mailer *w = context;
	struct refile_judged j;
	struct err why;
	struct parcel m = {.session = &w->s->session->sides[REFILE_NEW], .mem = arena_new()};
	int r = 0;
	if (refile_wire_read(frame, m.mem, &j, &why) < 0 ||
		make_delivery(&m, &j, &w->at->due, &why) < 0)
		add_unsent(w->s, w->at, w->at->due.count, why.text);
	else
		r = send_one(w, &m, err);
	free_message(&m);
	arena_free(m.mem);
	progress_at(&w->progress, w->next);
	return r;
}

static int died(void *context, const char *why, struct err *err)
{
	struct mailer *w = context;
	(void)err;
	add_unsent(w->s, w->at, w->at->due.count, why);
	return 0;
}

/* The bytes are those that were counted. */
static int read_same(const struct mailer *w, struct buf *to, struct err *err)
{
	bool whole = true;
	int got = refile_mail_read(w->s->mail, message_of(w->s, w->at), &whole, to, err);
	struct store_id id = id_of(buf_str(to));
	if (got > 0 && memcmp(id.bytes, w->at->id.bytes, sizeof id.bytes) != 0)
		return err_temp(err, "it was changed meanwhile");
	return got;
}

static int next(void *context, bool *whole, struct buf *to, struct err *err)
{
	struct mailer *w = context;
	*whole = true;
	while (w->next < w->s->sends->count) {
		w->at = &w->s->sends->items[w->next++];
		if (w->at->due.count == 0)
			continue;
		if (w->stopped) {
			w->s->sends->failed += w->at->due.count;
			continue;
		}
		int got = read_same(w, to, err);
		if (got) /* a message that is gone is a reader's */
			return got;
	}
	return 0;
}

static int whole_one(void *context, struct buf *to, struct err *err)
{
	const struct mailer *w = context;
	return read_same(w, to, err) > 0 ? 0 : -1;
}

int apply_send_all(struct apply_sender *s, struct err *err)
{
	struct mailer w = {.s = s};
	const struct refile_source source = {
		.next = next, .whole = whole_one, .judged = judged, .died = died, .context = &w};
	s->session->composes = true;
	progress_start(&w.progress, "sending", s->sends->count, s->quiet);
	int r = refile_judge(s->session, &source, err);
	progress_end(&w.progress);
	return r;
}
