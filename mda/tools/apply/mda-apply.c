/*
 * mda-apply: files mail that is there by the rules, and puts it back. It moves messages within a
 * mailbox, and with --send it sends on what the rules redirect.
 */
#include "base/log.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/conf/folders.h"
#include "mda/exits.h"
#include "mda/tools/apply/apply_plan.h"
#include "mda/tools/apply/apply_send.h"
#include "mda/tools/apply/apply_undo.h"
#include "mda/tools/program.h"
#include "mda/tools/refile/refile_run.h"
#include "mda/tools/try/try.h"
#include "store/folder.h"
#include "store/store_rewrite.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct request {
	struct refile_wishes wishes;
	struct str_list folders;
	size_t jobs;
	const char *undo, *undo_file;
	bool sends;
	size_t send_most; /* redirects */
	bool dry_run, discard, json, help, version;
	struct arena *mem;
};

enum { JOBS_MOST = 64, EXAMPLES = 3, SEND_MOST = 1000000000 };

static int take_folder(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	(void)err;
	str_list_add(&q->folders, str_of(value), q->mem);
	return 0;
}

static int take_jobs(void *request, const char *value, struct err *err)
{
	unsigned long long n;
	if (!str_number(str_of(value), JOBS_MOST, &n) || n == 0)
		return err_temp(err, "%s is not a number from 1 to %d", value, JOBS_MOST);
	((struct request *)request)->jobs = (size_t)n;
	return 0;
}

static int take_send(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	unsigned long long n;
	if (!str_number(str_of(value), SEND_MOST, &n) || n == 0)
		return err_temp(err, "%s is not a number from 1 to %d", value, SEND_MOST);
	q->send_most = (size_t)n;
	q->sends = q->wishes.sends = true;
	return 0;
}

#define AT(field) offsetof(struct request, field)
static const struct option_row options[] = {
	{"recipient", "address", "whose mail it is", 'r', AT(wishes.recipient), NULL},
	{"user", "user", "whose mail, if no recipient says it (default: you)", 'd', AT(wishes.user),
		NULL},
	{"folder", "folder", "file the mail of this folder (INBOX); may be repeated", 'F', 0,
		take_folder},
	{"script", "file", "file it by this script instead of the user's", 's', AT(wishes.script),
		NULL},
	{"dry-run", NULL, "move nothing; print what would change, as mda-try does", 'n',
		AT(dry_run), NULL},
	{"discard", NULL, "move to the Trash what the rules discard", 0, AT(discard), NULL},
	{"send", "n", "send on what the rules redirect, if that is not more than n times", 0, 0,
		take_send},
	{"undo", "file", "put back what the run that wrote this file has moved", 0, AT(undo), NULL},
	{"undo-file", "file", "where to write that file", 0, AT(undo_file), NULL},
	{"jobs", "n", "how many processes judge (default: one a processor)", 'j', 0, take_jobs},
	{"conf", "file", "configuration file", 'c', AT(wishes.conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/* ---- what the rules say ---- */

struct work {
	const struct request *q;
	struct refile_session *session;
	struct refile_mail mail;
	struct try_result tried;
	struct apply_plan plan;
	struct apply apply;
	struct apply_result result;
	struct apply_sends sends;
	struct store_conf store;
	const char *state_dir;
	struct apply_undo *undo;
	int lock;
};

static void on_judged(void *context, size_t m, const struct refile_judged *judged)
{
	struct work *w = context;
	refile_table_add(&w->tried.table, &w->mail, m, judged, false);
	apply_plan_add(&w->plan, m, judged);
}

static void on_failed(void *context, size_t m, struct str why)
{
	struct work *w = context;
	refile_table_fail(&w->tried.table, &w->mail, m, why);
}

static struct str trash_of(const struct conf *conf, struct arena *mem)
{
	struct str_list named = folders_of_use(conf, STR_LIT("Trash"), mem);
	return named.count ? named.items[0] : folder_with_prefix(STR_LIT("Trash"), mem);
}

static int judge(struct work *w, struct err *err)
{
	const struct conf *conf = w->session->sides[REFILE_NEW].conf;
	const char *maildir = w->session->mailbox.maildir;
	struct str_list folders = w->q->folders, none = {0};
	if (folders.count == 0)
		str_list_add(&folders, STR_LIT("INBOX"), w->q->mem);
	w->tried = (struct try_result){.mailbox = w->session->sides[REFILE_NEW].mailbox,
		.source = str_of(maildir),
		.table = {.mem = w->q->mem, .examples_most = EXAMPLES}};
	w->plan = (struct apply_plan){.moves = &w->apply.moves,
		.sends = w->q->sends ? &w->sends : NULL,
		.left = &w->result.left,
		.mail = &w->mail,
		.discards = w->q->discard,
		.mem = w->q->mem};
	const struct refile_run run = {.session = w->session,
		.mail = &w->mail,
		.jobs = w->q->jobs,
		.quiet = w->q->json,
		.judged = on_judged,
		.failed = on_failed,
		.context = w};
	if (folder_directory(trash_of(conf, w->q->mem), w->q->mem, &w->plan.trash, err) < 0 ||
		refile_mail_list(&w->mail, maildir, &folders, &none, err) < 0 ||
		refile_run(&run, err) < 0)
		return -1;
	w->tried.messages = w->result.judged = w->mail.message_count;
	refile_table_sort(&w->tried.table);
	return 0;
}

/* ---- the mailbox ---- */

static void say_note(void *context, const char *text)
{
	(void)context;
	program_complain("%s", text);
}

static void describe_store(struct work *w)
{
	const struct conf *conf = w->session->sides[REFILE_NEW].conf;
	const struct mailbox *m = &w->session->mailbox;
	w->state_dir = m->state ? m->state : store_state_dir(m->maildir, w->q->mem);
	w->store = (struct store_conf){.maildir = m->maildir,
		.state_dir = m->state,
		.server = conf->imap_server,
		.subscribe = conf->subscribe,
		.quota = {.source = conf->quota.source,
			.limits = {.bytes = (int64_t)conf->quota.bytes,
				.messages = (int64_t)conf->quota_messages}},
		.must_exist = true,
		.note = say_note};
}

static int open_store(struct work *w, struct err *err)
{
	w->apply.store = store_open(&w->store, err);
	if (w->apply.store && w->lock < 0)
		w->lock = store_lock_tool(w->apply.store, err);
	return w->lock < 0 || !w->apply.store ? -1 : 0;
}

static void close_store(struct work *w)
{
	store_close(w->apply.store);
	w->apply.store = NULL;
}

/* In the state directory, unless the caller has named one. */
static const char *undo_path(const struct work *w)
{
	struct arena *mem = w->q->mem;
	struct tm day;
	time_t now = time(NULL);
	char text[32] = "now";
	if (w->q->undo_file)
		return w->q->undo_file;
	if (localtime_r(&now, &day))
		(void)strftime(text, sizeof text, "%Y%m%d-%H%M%S", &day); /* it fits */
	return arena_fmt(mem, "%s/apply-%s-%ld.undo", w->state_dir, text, (long)getpid()).p;
}

static int open_undo(struct work *w, const char *path, struct err *err)
{
	if (w->undo)
		return 0;
	w->undo = apply_undo_open(path, &w->apply, err);
	if (!w->undo)
		return -1;
	if (w->q->undo)
		apply_undo_backwards(w->undo);
	w->result.undo = w->q->undo ? NULL : path;
	return 0;
}

static int move_all(struct work *w, const char *path, struct err *err)
{
	struct apply *a = &w->apply;
	if (a->moves.count == 0)
		return 0;
	if (open_undo(w, path, err) < 0)
		return -1;
	a->intend = apply_undo_record;
	a->context = w->undo;
	return apply_run(a, err);
}

/* ---- sending ---- */

static struct apply_sender sender_of(struct work *w)
{
	return (struct apply_sender){.session = w->session,
		.mail = &w->mail,
		.store = &w->store,
		.state_dir = w->state_dir,
		.sends = &w->sends,
		.intend = apply_undo_sends,
		.context = w->undo,
		.quiet = w->q->json,
		.mem = w->q->mem};
}

/* A mistake in a rule must not send all the mail of a folder. */
static int count_due(struct work *w, struct err *err)
{
	const struct apply_sender sender = sender_of(w);
	if (!w->q->sends)
		return 0;
	w->result.sends = &w->sends;
	if (apply_send_count(&sender, err) < 0)
		return -1;
	if (w->q->dry_run || w->sends.due <= w->q->send_most)
		return 0;
	return err_temp(err, "%zu redirects would be sent, more than --send=%zu: nothing was done",
		w->sends.due, w->q->send_most);
}

/* The store is locked against other tools, but closed: see apply_send_all(). */
static int send_due(struct work *w, const char *path, struct err *err)
{
	if (w->sends.due == 0)
		return 0;
	if (open_store(w, err) < 0 || open_undo(w, path, err) < 0)
		return -1;
	close_store(w);
	struct apply_sender sender = sender_of(w);
	return apply_send_all(&sender, err);
}

/* A message that was not sent on stays where it is. */
static void hold_unsent(struct work *w)
{
	struct apply_moves *moves = &w->apply.moves;
	size_t kept = 0;
	bool *held = arena_alloc(w->q->mem, moves->count + 1);
	for (size_t i = 0; i < w->sends.count; i++)
		if (w->sends.items[i].move && !w->sends.items[i].done)
			held[w->sends.items[i].move - 1] = true;
	for (size_t i = 0; i < moves->count; i++)
		if (!held[i])
			moves->items[kept++] = moves->items[i];
	moves->count = kept;
}

static int check_sent(const struct work *w, struct err *err)
{
	if (w->sends.failed == 0)
		return 0;
	return err_temp(err, "%zu redirects were not sent", w->sends.failed);
}

static void close_all(struct work *w)
{
	apply_undo_close(w->undo);
	if (w->lock >= 0)
		close(w->lock); /* nothing was written through it */
	store_close(w->apply.store);
	refile_mail_close(&w->mail);
}

/* ---- results ---- */

static int print_tried(const struct work *w, struct err *err)
{
	struct buf out = {0};
	(w->q->json ? try_json : try_text)(&w->tried, &out);
	if (w->q->sends && !w->q->json)
		buf_fmt(&out, "%zu redirects would be sent: --send=%zu\n", w->sends.due,
			w->sends.due ? w->sends.due : 1);
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

/* What was moved before an error is told as well. */
static int print_done(struct work *w, struct err *err)
{
	struct buf out = {0};
	w->result.mailbox = w->session->sides[REFILE_NEW].mailbox;
	w->result.conf = w->q->wishes.conf;
	w->result.undoes = w->q->undo;
	w->result.moves = &w->apply.moves;
	w->result.table = w->q->undo ? NULL : &w->tried.table;
	w->result.mem = w->q->mem;
	(w->q->json ? apply_show_json : apply_show_text)(&w->result, &out);
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

static int finish(struct work *w, int r, struct err *err)
{
	struct err later;
	if (print_done(w, r < 0 ? &later : err) < 0 || r < 0)
		return -1;
	return w->apply.moves.interrupted ? EXIT_TRY_AGAIN : 0;
}

/* ---- the two ways ---- */

static int file_mail(struct work *w, struct err *err)
{
	const char *path = undo_path(w);
	if (judge(w, err) < 0 || count_due(w, err) < 0)
		return -1;
	if (w->q->dry_run)
		return print_tried(w, err);
	int r = send_due(w, path, err);
	hold_unsent(w);
	/* The database is opened after the processes that judge have ended: it survives no fork. */
	if (r == 0 && (r = open_store(w, err)) == 0)
		r = move_all(w, path, err);
	r = finish(w, r, err);
	return r ? r : check_sent(w, err);
}

static void on_changed(void *context, struct str folder, struct str base, const char *what)
{
	struct work *w = context;
	struct apply_told *t = ARENA_PUSH(w->q->mem, w->result.told, w->result.told_count);
	*t = (struct apply_told){folder_name(folder, w->q->mem), base, str_of(what)};
}

static int count_sent(struct work *w, const struct apply_recorded *r, struct err *err)
{
	for (size_t i = 0; i < r->redirect_count; i++) {
		int sent = apply_send_was(w->apply.store, w->state_dir, &r->redirects[i].id,
			r->redirects[i].address, err);
		if (sent < 0)
			return -1;
		w->result.unsendable += sent > 0;
	}
	return 0;
}

static int put_back(struct work *w, struct err *err)
{
	struct apply_recorded recorded;
	if (open_store(w, err) < 0 ||
		apply_undo_plan(&w->apply, w->q->undo, w->session->mailbox.maildir, on_changed, w,
			&recorded, err) < 0 ||
		count_sent(w, &recorded, err) < 0)
		return -1;
	w->result.judged = recorded.moves;
	if (w->q->dry_run)
		w->apply.moves.count = 0;
	int r = move_all(w, w->q->undo, err);
	w->result.emptied =
		apply_undo_emptied(w->session->mailbox.maildir, &recorded.folders, w->q->mem);
	return finish(w, r, err);
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct request *q = request;
	struct work *w = arena_alloc(q->mem, sizeof *w);
	(void)command;
	(void)words;
	if (count)
		return err_temp(err, "no word is expected; use -r recipient");
	if (q->undo &&
		(q->undo_file || q->wishes.script || q->folders.count || q->discard || q->sends))
		return err_temp(err, "--undo puts back what was moved, and takes no rules");
	*w = (struct work){.q = q,
		.session = arena_alloc(q->mem, sizeof *w->session),
		.mail = {.root = -1, .mem = q->mem},
		.apply = {.quiet = q->json, .mem = q->mem},
		.lock = -1};
	w->session->mem = q->mem;
	int r = log_open("none", err);
	if (r == 0)
		r = refile_session_open(w->session, &q->wishes, err);
	if (r == 0) {
		describe_store(w);
		r = (q->undo ? put_back : file_mail)(w, err);
	}
	close_all(w);
	return r;
}

static const struct command command = {"apply", "", "", 0};

static const struct program program = {
	.name = "mda-apply",
	.synopsis = "mda-apply -r RECIPIENT [options]\n"
		    "       mda-apply -r RECIPIENT --undo FILE",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "Messages are moved within the mailbox; nothing is copied or deleted, and nothing "
	       "is sent without --send.\n"
	       "Exit status: 0 done; 75 failed, or interrupted: the same command goes on.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct request q = {.mem = arena_new()};
	int status = program_main(&program, &q, argc, argv);
	arena_free(q.mem);
	return status;
}
