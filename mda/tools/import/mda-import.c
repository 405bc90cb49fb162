/*
 * mda-import: puts the messages of an mbox file or a Maildir into a mailbox, with their flags,
 * keywords and times, as if they had been delivered in the order of their arrival.
 */
#include "base/log.h"
#include "base/path.h"
#include "mda/conf/mailboxes.h"
#include "mda/conf/user_become.h"
#include "mda/exits.h"
#include "mda/session.h"
#include "mda/tools/import/import_show.h"
#include "mda/tools/program.h"
#include "store/store_rewrite.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

struct request {
	const char *conf, *user, *folder;
	enum import_dialect dialect;
	bool maildir_only, subfolders, keep, dry_run, json, help, version;
	struct arena *mem;
};

/* ---- the command line ---- */

static int take_format(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	q->maildir_only = strcmp(value, "maildir") == 0;
	q->dialect = IMPORT_AUTO;
	if (q->maildir_only)
		return 0;
	for (int i = 0; i < IMPORT_DIALECTS; i++)
		if (strcmp(value, import_mbox_names[i]) == 0) {
			q->dialect = (enum import_dialect)i;
			return 0;
		}
	return err_temp(err,
		"--format takes auto, mboxo, mboxrd, mboxcl, mboxcl2 or maildir, not %s", value);
}

static int take_duplicates(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	q->keep = strcmp(value, "keep") == 0;
	if (!q->keep && strcmp(value, "skip") != 0)
		return err_temp(err, "--duplicates takes skip or keep, not %s", value);
	return 0;
}

#define AT(field) offsetof(struct request, field)
static const struct option_row options[] = {
	{"user", "user", "whose mailbox: a login or an address (default: you)", 'd', AT(user),
		NULL},
	{"folder", "folder", "where the messages go (INBOX); it is made if it is missing", 'F',
		AT(folder), NULL},
	{"folders", NULL, "import the subfolders of a Maildir, too", 0, AT(subfolders), NULL},
	{"format", "form", "auto, mboxo, mboxrd, mboxcl, mboxcl2 or maildir", 0, 0, take_format},
	{"duplicates", "what", "skip or keep messages that are several times in the source", 0, 0,
		take_duplicates},
	{"dry-run", NULL, "store nothing; print what would be imported", 'n', AT(dry_run), NULL},
	{"conf", "file", "configuration file", 'c', AT(conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/* ---- the mailbox ---- */

struct work {
	const struct request *q;
	struct session session;
	struct mailbox mailbox;
	struct import run;
	int lock;
};

static const char *myself(struct arena *mem)
{
	const struct passwd *me = getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : "";
}

static void say_note(void *context, const char *text)
{
	import_note(&((struct work *)context)->run, str_of(text));
}

static int open_store(struct work *w, struct err *err)
{
	const struct conf *conf = w->session.conf;
	const struct store_conf c = {.maildir = w->mailbox.maildir,
		.state_dir = w->mailbox.state,
		.server = conf->imap_server,
		.subscribe = conf->subscribe,
		.quota = {.source = conf->quota.source,
			.limits = {.bytes = (int64_t)conf->quota.bytes,
				.messages = (int64_t)conf->quota_messages}},
		.must_exist = !conf->create_maildir,
		.note = say_note,
		.note_context = w};
	w->run.store = store_open(&c, err);
	if (!w->run.store)
		return -1;
	w->lock = store_lock_tool(w->run.store, err);
	return w->lock < 0 ? -1 : 0;
}

/*
 * What is imported into itself would grow while it is read. A mailbox that is made now may be that
 * of a name with a mistake.
 */
static int check_source(struct work *w, struct err *err)
{
	struct stat st;
	bool is_there = path_stat(w->mailbox.maildir, &st) == 0;
	if (is_there && import_source_is(&w->run.source, &st))
		return err_temp(err, "%s is the mailbox itself", w->run.source.path);
	if (!is_there)
		import_note(&w->run, arena_fmt(w->q->mem, STR_FMT " had no mailbox: %s is new",
					     STR_ARGS(w->session.mailbox), w->mailbox.maildir));
	return 0;
}

/* The source is opened with the rights of the mailbox's owner. */
static int open_all(struct work *w, const char *path, struct err *err)
{
	const struct request *q = w->q;
	w->session = (struct session){.mem = q->mem,
		.inv = {.conf = q->conf, .user = q->user ? q->user : myself(q->mem)}};
	if (session_named(&w->session, &w->mailbox, err) < 0 ||
		user_become(&w->mailbox.user, err) < 0 ||
		user_check_home(w->session.conf, &w->mailbox.user, q->dry_run, err) < 0)
		return -1;
	const struct import_wishes wishes = {.path = path,
		.dialect = q->dialect,
		.maildir_only = q->maildir_only,
		.folder = str_of(q->folder),
		.subfolders = q->subfolders,
		.conf = w->session.conf};
	w->run.maildir = w->mailbox.maildir;
	if (import_source_open(&w->run.source, &wishes, err) < 0 || check_source(w, err) < 0)
		return -1;
	return q->dry_run ? 0 : open_store(w, err);
}

static void close_all(struct work *w)
{
	if (w->lock >= 0)
		close(w->lock); /* nothing was written through it */
	store_close(w->run.store);
	import_source_close(&w->run.source);
}

/* ---- the run ---- */

/* What was imported before an error is told as well. */
static int print_done(struct work *w, struct err *err)
{
	struct buf out = {0};
	const struct import_result result = {
		.run = &w->run, .mailbox = w->session.mailbox, .dry_run = w->q->dry_run};
	(w->q->json ? import_show_json : import_show_text)(&result, &out);
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

static int import_all(struct work *w, struct err *err)
{
	struct err later;
	int r = import_run(&w->run, err);
	int printed = print_done(w, r < 0 ? &later : err);
	if (r < 0 || printed < 0)
		return -1;
	return w->run.interrupted || w->run.failed ? EXIT_TRY_AGAIN : 0;
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct request *q = request;
	struct work *w = arena_alloc(q->mem, sizeof *w);
	(void)command;
	if (count > 1)
		return err_temp(err, "only one source can be given; %s is one too many", words[1]);
	*w = (struct work){.q = q,
		.run = {.keep = q->keep,
			.quiet = q->json,
			.source = {.fd = -1, .mem = q->mem},
			.mem = q->mem},
		.lock = -1};
	int r = log_open("none", err);
	if (r == 0)
		r = open_all(w, words[0], err);
	if (r == 0)
		r = import_all(w, err);
	close_all(w);
	return r;
}

static const struct command command = {"import", "MBOX|MAILDIR", "", 1};

static const struct program program = {
	.name = "mda-import",
	.synopsis = "mda-import [options] MBOX|MAILDIR",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "If MBOX is -, it is standard input, which must be a file.\n"
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
