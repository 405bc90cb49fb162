/*
 * mda-apply: files mail that is there by the rules, and puts it back. It moves messages within a
 * mailbox, and does nothing else.
 */
#include "base/log.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/conf/folders.h"
#include "mda/tools/apply/apply_plan.h"
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
	bool dry_run, discard, json, help, version;
	struct arena *mem;
};

enum { JOBS_MOST = 64, EXAMPLES = 3 };

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

static int open_store(struct work *w, struct err *err)
{
	const struct conf *conf = w->session->sides[REFILE_NEW].conf;
	const struct mailbox *m = &w->session->mailbox;
	const struct store_conf c = {.maildir = m->maildir,
		.state_dir = m->state,
		.server = conf->imap_server,
		.subscribe = conf->subscribe,
		.quota = {.source = conf->quota.source,
			.limits = {.bytes = (int64_t)conf->quota.bytes,
				.messages = (int64_t)conf->quota_messages}},
		.must_exist = true,
		.note = say_note};
	w->apply.store = store_open(&c, err);
	if (!w->apply.store)
		return -1;
	w->lock = store_lock_tool(w->apply.store, err);
	return w->lock < 0 ? -1 : 0;
}

/* In the state directory, unless the caller has named one. */
static const char *undo_path(const struct work *w)
{
	const struct mailbox *m = &w->session->mailbox;
	struct arena *mem = w->q->mem;
	struct tm day;
	time_t now = time(NULL);
	char text[32] = "now";
	if (w->q->undo_file)
		return w->q->undo_file;
	if (localtime_r(&now, &day))
		(void)strftime(text, sizeof text, "%Y%m%d-%H%M%S", &day); /* it fits */
	return arena_fmt(mem, "%s/apply-%s-%ld.undo",
		m->state ? m->state : store_state_dir(m->maildir, mem), text, (long)getpid())
		.p;
}

static int move_all(struct work *w, const char *path, struct err *err)
{
	struct apply *a = &w->apply;
	if (a->moves.count == 0)
		return 0;
	w->undo = apply_undo_open(path, a, err);
	if (!w->undo)
		return -1;
	if (w->q->undo)
		apply_undo_backwards(w->undo);
	a->intend = apply_undo_record;
	a->context = w->undo;
	w->result.undo = w->q->undo ? NULL : path;
	return apply_run(a, err);
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
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

/* What was moved before an error is told as well. */
static int print_done(struct work *w, struct err *err)
{
	struct buf out = {0};
	w->result.mailbox = w->session->sides[REFILE_NEW].mailbox;
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
	int printed = print_done(w, r < 0 ? &later : err);
	return r < 0 ? -1 : printed;
}

/* ---- the two ways ---- */

static int file_mail(struct work *w, struct err *err)
{
	if (w->q->dry_run)
		return judge(w, err) < 0 ? -1 : print_tried(w, err);
	/* The database is opened after the processes that judge have ended: it survives no fork. */
	if (judge(w, err) < 0 || open_store(w, err) < 0)
		return -1;
	return finish(w, move_all(w, undo_path(w), err), err);
}

static void on_changed(void *context, struct str folder, struct str base, const char *what)
{
	struct work *w = context;
	struct apply_told *t = ARENA_PUSH(w->q->mem, w->result.told, w->result.told_count);
	*t = (struct apply_told){folder_name(folder, w->q->mem), base, str_of(what)};
}

static int put_back(struct work *w, struct err *err)
{
	if (open_store(w, err) < 0 ||
		apply_undo_plan(&w->apply, w->q->undo, w->session->mailbox.maildir, on_changed, w,
			&w->result.judged, err) < 0)
		return -1;
	if (w->q->dry_run)
		w->apply.moves.count = 0;
	return finish(w, move_all(w, w->q->undo, err), err);
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
	if (q->undo && (q->undo_file || q->wishes.script || q->folders.count || q->discard))
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
	if (r == 0)
		r = (q->undo ? put_back : file_mail)(w, err);
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
	.end = "Messages are moved within the mailbox; nothing is copied, sent or deleted.\n"
	       "Exit status: 0 done; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct request q = {.mem = arena_new()};
	int status = program_main(&program, &q, argc, argv);
	arena_free(q.mem);
	return status;
}
