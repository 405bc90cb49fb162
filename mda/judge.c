#include "mda/judge.h"

#include "base/confined.h"
#include "base/limits.h"
#include "mda/asks.h"
#include "mda/asks_serve.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf_personal.h"
#include "mda/conf/mailboxes.h"
#include "mda/conf/tables/table.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/answers_identity.h"
#include "mda/outgoing/programs.h"
#include "mda/pipeline.h"
#include "mda/readable.h"
#include "mda/settle.h"
#include "mda/trace.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* What all children that judge one message share. */
struct trial {
	struct judge_job *job;
	struct asks_server server;
	struct judgement *judgement; /* the delivery's verdict and plan are in it */
	unsigned holds;              /* of the confinement: the protections that every child had */
	bool has_begun;              /* meanwhile() has run */
};

/* ---- in the child ---- */

/* Tests that play an attacker who has taken the child over define it; no program does. */
extern void judge_test_hook(struct delivery *d, struct judgement *out) __attribute__((weak));

static void fail(struct judgement *out, const struct err *err)
{
	out->failed = true;
	out->failure.fault = err->fault;
	out->failure.dsn = err->dsn;
	out->failure.text = str_of(err->text);
	/* Nothing is carried out. */
	plan_init(&out->plan, out->verdict.mem);
}

/* Here no other mailbox can be seen. */
static bool is_own_mailbox(void *context, struct str address)
{
	const struct delivery *d = context;
	return str_eq(address, d->env->mailbox);
}

/* The parent's copy is open by a descriptor, which is closed in this process. */
static const struct aliases *open_aliases(struct delivery *d, struct err *err)
{
	struct aliases *aliases =
		aliases_open(d->conf->aliases, d->conf->recipient_delimiter, d->mem, err);
	if (!aliases)
		return NULL;
	aliases_ask(aliases, is_own_mailbox, d);
	aliases_add_those_of(aliases, d->aliases);
	if (confined_inside() && aliases_table(aliases))
		table_find_by(aliases_table(aliases), asks_alias, NULL);
	return aliases;
}

int judge_stages(struct judge_job *j, struct judgement *out, struct err *err)
{
	struct delivery *d = j->delivery;
	struct message *msg = (struct message *)d->msg;
	struct stamp_keys keys = {.ask = asks_sealed, .context = d->mem};
	verdict_init(&out->verdict, d->mem, 0);
	plan_init(&out->plan, d->mem);
	struct table_map *settings = j->file ? conf_settings_table(j->file) : NULL;
	if (confined_inside() && settings)
		table_find_by(settings, asks_settings, NULL);
	d->aliases = open_aliases(d, err);
	if (!d->aliases || message_index(msg, err) < 0)
		return -1;
	if (!j->inv->sender)
		out->sender = j->env->sender = invocation_message_sender(msg, d->mem);
	if (delivery_find_origin(d, j->file, &keys, j->env, err) < 0)
		return -1;
	if (d->origin.stamp)
		out->original_recipient = d->origin.stamp->original;
	out->spent = arena_alloc(d->mem, pipeline_stage_count * sizeof *out->spent);
	out->spent_count = pipeline_stage_count;
	return pipeline_run(d, &out->verdict, out->spent, err);
}

static int run_stages(struct judge_job *j, struct judgement *out, struct err *err)
{
	const struct delivery *d = j->delivery;
	if (judge_stages(j, out, err) < 0)
		return -1;
	if (d->mark)
		d->mark->stage = (uint32_t)pipeline_stage_count + 1;
	settle(d, &out->plan);
	return 0;
}

/* d->trace is this process's copy of the parent's; its steps go back with the judgement. */
static void work(void *context, struct buf *to)
{
	struct judge_job *j = ((struct trial *)context)->job;
	struct delivery *d = j->delivery;
	struct judgement out = {.failed = false};
	struct err err;
	if (run_stages(j, &out, &err) < 0)
		fail(&out, &err);
	out.passed = d->passed;
	if (d->trace)
		out.trace = buf_str(&d->trace->text);
	if (judge_test_hook)
		judge_test_hook(d, &out);
	judgement_write(to, &out, message_bytes(d->msg));
}

/* ---- what comes back ---- */

/* The original recipient counts only if a seal of ours covers it. */
static int take_original(
	struct judge_job *j, const struct asks_server *a, struct str original, struct err *err)
{
	for (size_t i = 0; i < a->sealed.count; i++) {
		struct str sealed;
		if (!stamp_original(a->sealed.items[i], j->delivery->mem, &sealed) ||
			!str_eq(sealed, original))
			continue;
		j->env->original_recipient = original;
		return 0;
	}
	return err_temp(err, "an original recipient that none of our stamps names");
}

/* The path without ".errors"; empty if it does not end so. */
static struct str without_ending(struct str path)
{
	static const struct str ending = STR_LIT(".errors");
	size_t n = path.n > ending.n ? path.n - ending.n : 0;
	return n && str_eq(str_slice(path, n, path.n), ending) ? str_slice(path, 0, n) : STR_EMPTY;
}

static bool is_beside_script(const struct delivery *d, struct str path)
{
	struct str script = without_ending(path);
	return script.n && delivery_is_users_script(d, script);
}

/* A file may only be written beside a script of this user, or beside their settings. */
static bool is_beside_own(const struct delivery *d, struct str path)
{
	const char *settings = conf_personal_path(d->conf, &d->user->names, d->mem);
	return is_beside_script(d, path) ||
	       (settings && str_eq(without_ending(path), str_of(settings)));
}

/*
 * Could the user's own script send this? The sender must be the mailbox, the null sender, or an
 * address that the admin names. An answer goes to the sender, a notification to a few people, a
 * report to one.
 */
static const char *why_not_sent(
	const struct judge_job *j, const struct judgement *got, const struct outmail *o)
{
	struct str sender = j->inv->sender ? j->env->sender : got->sender;
	if (!answers_may_write(j->delivery, o->kind, o->sender))
		return "something that this mailbox may not send";
	if (o->recipients.count > LIMIT_NOTIFY_RECIPIENTS)
		return "something that is sent to too many recipients";
	if (strcmp(o->kind, "receipt") == 0 && !j->env->wants_receipt)
		return "a receipt that nobody asked for";
	if (strcmp(o->kind, "notify") == 0)
		return NULL;
	if (strcmp(o->kind, "report") == 0)
		return o->recipients.count == 1 ? NULL : "a report to more than one";
	if (o->recipients.count != 1 || !str_eq(o->recipients.items[0], sender))
		return "an answer to somebody other than the sender";
	return NULL;
}

static int check_bounds(const struct judge_job *j, const struct judgement *got, struct err *err)
{
	const struct delivery *d = j->delivery;
	const struct plan *p = &got->plan;
	size_t redirects = 0, pipes = 0;
	for (size_t i = 0; i < p->step_count; i++) {
		redirects += p->steps[i].kind == ACTION_REDIRECT;
		pipes += p->steps[i].kind == ACTION_PIPE;
	}
	if (pipes && !programs_allowed(d->conf))
		return err_temp(err, "a pipe, where programs are not allowed");
	if (pipes > LIMIT_RUN_PIPES)
		return err_temp(err, "more pipes than a message may have");
	if (redirects > d->conf->redirects_max)
		return err_temp(err, "more redirects than redirects_max");
	for (size_t i = 0; i < p->report_count; i++)
		if (!is_beside_own(d, p->reports[i].path))
			return err_temp(err, "a report that is not next to a script or settings");
	for (size_t i = 0; i < p->outmails.count; i++) {
		const char *why = why_not_sent(j, got, &p->outmails.items[i]);
		if (why)
			return err_temp(err, "%s", why);
	}
	return 0;
}

/* If this fails, the judgement is unchanged. */
static int take(struct trial *t, struct str frame, struct err *err)
{
	struct judge_job *j = t->job;
	struct delivery *d = j->delivery;
	struct judgement got;
	if (judgement_read(frame, message_bytes(d->msg), d->mem, &got, err) < 0 ||
		check_bounds(j, &got, err) < 0)
		return -1;
	if (got.original_recipient.n &&
		take_original(j, &t->server, got.original_recipient, err) < 0)
		return -1;
	if (!j->inv->sender)
		j->env->sender = got.sender;
	d->passed = got.passed;
	if (d->trace) {
		buf_clear(&d->trace->text);
		buf_add(&d->trace->text, got.trace);
	}
	*t->judgement = got;
	return 0;
}

/* ---- when it dies ---- */

static const char *stage_of(const struct mark *mark)
{
	if (mark->stage == 0)
		return "header";
	return mark->stage <= pipeline_stage_count ? pipeline_stages[mark->stage - 1].name
						   : "outcome";
}

static bool was(const char *stage, const struct mark *mark)
{
	return strcmp(stage_of(mark), stage) == 0;
}

/* If the stage "outcome" was running, it may have died of what the rules decided. */
static bool were_rules_run(const struct mark *mark)
{
	return was("rules", mark) || was("outcome", mark);
}

/*
 * Tells the owner of the script that was running. The mark comes from the child, so its path counts
 * only if it is the path of a known script.
 */
static void blame(struct trial *t, const struct mark *mark, const struct err *why)
{
	const struct delivery *d = t->job->delivery;
	struct plan *p = &t->judgement->plan;
	char script[sizeof mark->script];
	memcpy(script, mark->script, sizeof script);
	script[sizeof script - 1] = '\0';
	bool is_refused = d->without_attachments && !d->only_header;
	notes_add(&p->notes, "%s, in the stage %s; %s", why->text, stage_of(mark),
		is_refused ? "they count as refused" : "the message is kept");
	struct str beside = arena_fmt(d->mem, "%s.errors", script);
	if (!was("rules", mark) || !is_beside_script(d, beside))
		return;
	notes_add(&p->notes, "script %s: %s", script, why->text);
	*(struct report *)ARENA_PUSH(d->mem, p->reports, p->report_count) = (struct report){
		beside, arena_fmt(d->mem, "%s: %s; the message is kept\n", script, why->text)};
}

/* What is left: to keep the message as it came, where mail is kept. */
static void keep(const struct delivery *d, struct plan *p)
{
	struct str *whole = arena_alloc(d->mem, sizeof *whole);
	*whole = message_bytes(d->msg);
	const struct pieces all = {whole, whole->n > 0};
	*(struct form *)ARENA_PUSH(d->mem, p->forms, p->form_count) =
		(struct form){.stored = all, .sent = all};
	plan_add(p, ACTION_STORE, plan_folder(d->keep_folder, &p->notes),
		verdict_reason_text("it could not be judged"));
}

/* ---- both ---- */

static int serve(void *context, unsigned kind, struct str request, struct arena *mem,
	struct str *reply, struct err *err)
{
	struct trial *t = context;
	return asks_serve(&t->server, kind, request, mem, reply, err);
}

static void meanwhile(void *context)
{
	struct trial *t = context;
	if (t->job->meanwhile && !t->has_begun)
		t->job->meanwhile(t->job->context);
	t->has_begun = true;
}

/*
 * All attempts together, including the answers to their questions, must leave some of time_limit
 * for storing the message.
 */
static unsigned wall_milliseconds(const struct delivery *d)
{
	size_t sixth = d->conf->time_limit * 1000 / 6;
	size_t most = (size_t)LIMIT_CHILD_WALL * 1000;
	size_t wall = d->conf->time_limit && sixth < most ? sixth : most;
	return (unsigned)(d->only_header ? wall / 4 : wall);
}

/* CONFINED_FAILED, too, if the result that the child returned is invalid. */
static enum confined_end try(struct trial *t, struct err *err)
{
	struct delivery *d = t->job->delivery;
	const struct readable readable = readable_for(d->conf, &d->user->names, d->mem);
	const struct confined_job job = {.what = "judging the message",
		.context = t,
		.work = work,
		.serve = serve,
		.meanwhile = meanwhile,
		.readable = &readable.paths,
		.cpu_seconds = LIMIT_CHILD_CPU,
		.wall_milliseconds = wall_milliseconds(d),
		.memory =
			(size_t)LIMIT_CHILD_MEMORY + readable.mapped + 4 * message_bytes(d->msg).n,
		.largest = (size_t)LIMIT_CHILD_RESULT,
		.holds = &t->holds};
	struct str frame;
	struct err why;
	memset(t->server.asked, 0, sizeof t->server.asked);
	enum confined_end end = confined_run(&job, d->mem, &frame, err);
	if (end != CONFINED_DONE || take(t, frame, &why) == 0)
		return end;
	err_temp(err, "judging the message returned an invalid result (%s)", why.text);
	return CONFINED_FAILED;
}

/*
 * Tries again: if it was looking at the attachments, without that, so that a message whose
 * attachments nobody can look at is not kept like any other; without the rules if they were
 * running; then with the header firewall alone; if that fails too, keeps the message as it came.
 */
static enum confined_end try_again(struct trial *t, struct err *err)
{
	struct delivery *d = t->job->delivery;
	struct mark at = *d->mark;
	struct err why = *err;
	enum confined_end end = CONFINED_FAILED;
	d->without_attachments = was("attachments", &at);
	if (d->without_attachments)
		end = try(t, err);
	d->without_rules = true;
	if (end == CONFINED_FAILED && were_rules_run(d->mark))
		end = try(t, err);
	d->only_header = end == CONFINED_FAILED;
	if (d->only_header)
		end = try(t, err);
	if (end == CONFINED_FAILED)
		keep(d, &t->judgement->plan);
	if (end != CONFINED_NOT_STARTED)
		blame(t, &at, &why);
	return end;
}

/* Notes a missing protection once a month for each mailbox, as long as it is missing. */
static void note_lack(const struct delivery *d, struct plan *p, unsigned holds)
{
	enum { MONTH = 30 * 24 * 60 * 60 };
	const char *lack = confined_lack(holds);
	const struct tracked told = {STR_LIT("mda held"), str_of(lack ? lack : ""), MONTH};
	if (!lack || asks_remembered(d, told.handle, told.id, &p->notes) > 0)
		return;
	notes_add(&p->notes, "the process that judges is less confined than it could be: %s", lack);
	*(struct tracked *)ARENA_PUSH(d->mem, p->tracked, p->tracked_count) = told;
}

static int failure_of(const struct judgement *got, struct err *err)
{
	return err_coded(err, (enum fault)got->failure.fault, got->failure.dsn, STR_FMT,
		STR_ARGS(got->failure.text));
}

static struct mark *new_mark(struct err *err)
{
	void *p = mmap(NULL, sizeof(struct mark), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p != MAP_FAILED)
		return p;
	err_temp(err, "no memory: %s", strerror(errno));
	return NULL;
}

/* Nothing is decided yet, and nothing planned. */
static struct judgement *new_judgement(struct delivery *d)
{
	struct judgement *got = arena_alloc(d->mem, sizeof *got);
	verdict_init(&got->verdict, d->mem, 0);
	plan_init(&got->plan, d->mem);
	d->verdict = &got->verdict;
	d->plan = &got->plan;
	return got;
}

static int judge_in_child(struct trial *t, struct spent **spent, struct err *err)
{
	struct delivery *d = t->job->delivery;
	struct judgement *got = t->judgement;
	d->mark = new_mark(err);
	if (!d->mark || mailboxes_paths(d->conf, &d->user->names, d->mem, &t->server.maildir,
				&t->server.state_dir, err) < 0)
		return -1;
	enum confined_end end = try(t, err);
	if (end == CONFINED_FAILED)
		end = try_again(t, err);
	munmap(d->mark, sizeof *d->mark);
	d->mark = NULL;
	if (end == CONFINED_NOT_STARTED)
		return -1;
	*spent = arena_alloc(d->mem, pipeline_stage_count * sizeof **spent);
	for (size_t i = 0; i < got->spent_count && i < pipeline_stage_count; i++)
		(*spent)[i] = got->spent[i];
	note_lack(d, &got->plan, t->holds);
	return got->failed ? failure_of(got, err) : 0;
}

int judge(struct judge_job *j, struct spent **spent, struct err *err)
{
	struct delivery *d = j->delivery;
	struct trial t = {.job = j,
		.server = {.delivery = d, .file = j->file},
		.judgement = new_judgement(d),
		.holds = CONFINED_LIMITS | CONFINED_LANDLOCK | CONFINED_SYSCALLS};
	int r = judge_in_child(&t, spent, err);
	for (size_t i = 0; i < d->remarks.count; i++)
		notes_add(&t.judgement->plan.notes, STR_FMT, STR_ARGS(d->remarks.items[i]));
	return r;
}
