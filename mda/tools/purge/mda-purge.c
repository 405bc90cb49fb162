/*
 * mda-purge: removes messages from folders for good: all of them, those that are old, large, read
 * or marked as deleted, or those whose time is over by the key `retention`.
 */
#include "base/log.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/conf/age.h"
#include "mda/conf/mailboxes.h"
#include "mda/conf/user_become.h"
#include "mda/exits.h"
#include "mda/session.h"
#include "mda/tools/each_mailbox.h"
#include "mda/tools/program.h"
#include "mda/tools/purge/purge.h"
#include "store/store_rewrite.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

struct request {
	const char *conf, *user;
	struct str_list folders;
	struct purge_rules rules;
	size_t jobs;
	bool inbox, retention, all, dry_run, json, help, version;
	struct arena *mem;
};

enum { JOBS_MOST = 1000 };

/* ---- the command line ---- */

static int take_folder(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	(void)err;
	str_list_add(&q->folders, str_of(value), q->mem);
	return 0;
}

static int take_age(const char *value, const char *option, bool *has, int64_t *age, struct err *err)
{
	size_t seconds;
	if (!age_read(str_of(value), &seconds) || !*value)
		return err_temp(
			err, "%s takes a time such as 30d, 12h or 4w, not %s", option, value);
	*has = true;
	*age = (int64_t)seconds;
	return 0;
}

static int take_older(void *request, const char *value, struct err *err)
{
	struct purge_rules *r = &((struct request *)request)->rules;
	return take_age(value, "--older", &r->has_older, &r->older, err);
}

static int take_unchanged(void *request, const char *value, struct err *err)
{
	struct purge_rules *r = &((struct request *)request)->rules;
	return take_age(value, "--unchanged", &r->has_unchanged, &r->unchanged, err);
}

/* A number of bytes, or of units: K, M or G. */
static int take_larger(void *request, const char *value, struct err *err)
{
	struct purge_rules *r = &((struct request *)request)->rules;
	struct str digits = str_of(value);
	unsigned long long n;
	char unit = digits.n ? ascii_lower(digits.p[digits.n - 1]) : '0';
	unsigned shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
	digits.n -= shift > 0;
	if (!str_number(digits, 1ULL << 30, &n))
		return err_temp(err, "--larger takes a size such as 10M, not %s", value);
	r->has_larger = true;
	r->larger = (int64_t)(n << shift);
	return 0;
}

static int take_jobs(void *request, const char *value, struct err *err)
{
	unsigned long long n;
	if (!str_number(str_of(value), JOBS_MOST, &n) || n == 0)
		return err_temp(
			err, "--jobs takes a number from 1 to %d, not %s", JOBS_MOST, value);
	((struct request *)request)->jobs = (size_t)n;
	return 0;
}

#define AT(field) offsetof(struct request, field)
static const struct option_row options[] = {
	{"user", "user", "whose mailbox: a login or an address (default: you)", 'd', AT(user),
		NULL},
	{"all", NULL, "every mailbox of the configuration", 0, AT(all), NULL},
	{"folder", "folder", "purge this folder; may be repeated", 'F', 0, take_folder},
	{"inbox", NULL, "purge the INBOX", 0, AT(inbox), NULL},
	{"retention", NULL, "purge what the key retention says", 0, AT(retention), NULL},
	{"everything", NULL, "all messages of the folder", 0, AT(rules.everything), NULL},
	{"older", "time", "messages that arrived before that, such as 90d", 0, 0, take_older},
	{"unchanged", "time", "messages that came into the folder before that", 0, 0,
		take_unchanged},
	{"larger", "size", "messages with more bytes, such as 10M", 0, 0, take_larger},
	{"deleted", NULL, "messages that are marked as deleted", 0, AT(rules.deleted), NULL},
	{"seen", NULL, "messages that were read", 0, AT(rules.seen), NULL},
	{"flagged", NULL, "flagged messages, too, which are kept otherwise", 0,
		AT(rules.even_flagged), NULL},
	{"dry-run", NULL, "remove nothing; print what would be purged", 'n', AT(dry_run), NULL},
	{"jobs", "n", "mailboxes at once (default: the number of processors)", 'j', 0, take_jobs},
	{"conf", "file", "configuration file", 'c', AT(conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

static bool has_rule(const struct purge_rules *r)
{
	return r->has_older || r->has_unchanged || r->has_larger || r->deleted || r->seen;
}

static int check_folders(const struct request *q, struct err *err)
{
	for (size_t i = 0; i < q->folders.count; i++) {
		struct str directory = STR_EMPTY, name = q->folders.items[i];
		if (store_folder(name, q->mem, &directory, err) < 0)
			return -1;
		if (directory.n == 0)
			return err_temp(err, "the INBOX is purged only with --inbox");
	}
	return 0;
}

static int check_request(const struct request *q, struct err *err)
{
	bool folders = q->folders.count || q->inbox;
	if (q->all && q->user)
		return err_temp(err, "--all means every mailbox: give no -d user with it");
	if (q->retention && (folders || has_rule(&q->rules) || q->rules.everything))
		return err_temp(err, "--retention takes folders and times from the configuration, "
				     "and no others");
	if (q->retention)
		return 0;
	if (!folders)
		return err_temp(err, "no folder is given: use -F folder, --inbox or --retention");
	if (q->rules.everything && has_rule(&q->rules))
		return err_temp(err, "--everything means all messages: give no other rule with it");
	if (!q->rules.everything && !has_rule(&q->rules))
		return err_temp(err,
			"it is not said which messages: use --older, --unchanged, --larger, "
			"--deleted, --seen or --everything");
	return 0;
}

/* ---- one mailbox ---- */

static void say_note(void *context, const char *text)
{
	(void)context;
	program_complain("%s", text);
}

static int add_folders(
	const struct request *q, const struct conf *conf, struct purge *p, struct err *err)
{
	if (q->retention)
		return purge_add_retention(p, conf, err);
	if (check_folders(q, err) < 0 ||
		(q->inbox && purge_add(p, STR_EMPTY, false, true, &q->rules, err) < 0))
		return -1;
	for (size_t i = 0; i < q->folders.count; i++)
		if (purge_add(p, q->folders.items[i], false, !q->all, &q->rules, err) < 0)
			return -1;
	return 0;
}

static int open_store(struct purge *p, const struct mailbox *m, const struct conf *conf, int *lock,
	struct err *err)
{
	const struct store_conf c = {.maildir = m->maildir,
		.state_dir = m->state,
		.server = conf->imap_server,
		.quota = {.source = conf->quota.source,
			.limits = {.bytes = (int64_t)conf->quota.bytes,
				.messages = (int64_t)conf->quota_messages}},
		.must_exist = true,
		.note = say_note};
	p->store = store_open(&c, err);
	*lock = p->store ? store_lock_tool(p->store, err) : -1;
	return *lock < 0 ? -1 : 0;
}

static bool finds_any(const struct purge *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->folders[i].removed)
			return true;
	return false;
}

static void forget_counts(struct purge *p)
{
	for (size_t i = 0; i < p->count; i++) {
		p->folders[i].removed = 0;
		p->folders[i].bytes = 0;
	}
}

/* A mailbox in which nothing is to be done is only looked at. */
static int purge_opened(const struct request *q, struct purge *p, const struct mailbox *m,
	const struct conf *conf, struct err *err)
{
	int lock = -1;
	if (add_folders(q, conf, p, err) < 0 || purge_run(p, err) < 0)
		return -1;
	if (q->dry_run || !finds_any(p))
		return 0;
	forget_counts(p);
	int r = open_store(p, m, conf, &lock, err);
	if (r == 0)
		r = purge_run(p, err);
	if (lock >= 0)
		close(lock); /* nothing was written through it */
	store_close(p->store);
	return r;
}

/* What was purged before an error is told as well. */
static int print_done(
	const struct request *q, const struct purge *p, struct str mailbox, struct err *err)
{
	struct buf out = {0};
	if (q->json)
		purge_show_json(p, mailbox, q->dry_run, &out);
	else
		purge_show_text(p, q->dry_run, &out);
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

/* With the rights of the mailbox's owner. */
static int purge_mailbox(
	const struct request *q, const struct mailbox *m, const struct conf *conf, struct err *err)
{
	struct err later;
	struct purge p = {.maildir = m->maildir,
		.quiet = q->json || q->all,
		.now = time(NULL),
		.mem = arena_new()};
	p.root = path_open_dir_itself(m->maildir);
	int r = p.root < 0 ? err_temp(err, "cannot open the Maildir %s: %s", m->maildir,
				     beneath_why(errno))
			   : purge_opened(q, &p, m, conf, err);
	if (p.root >= 0 && print_done(q, &p, m->name, r < 0 ? &later : err) < 0)
		r = -1;
	if (p.root >= 0)
		close(p.root); /* nothing was written */
	arena_free(p.mem);
	return r;
}

static const char *myself(struct arena *mem)
{
	const struct passwd *me = getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : "";
}

static int purge_one(const struct request *q, struct err *err)
{
	struct mailbox m;
	struct session s = {.mem = q->mem,
		.inv = {.conf = q->conf, .user = q->user ? q->user : myself(q->mem)}};
	if (session_named(&s, &m, err) < 0 || user_become(&m.user, err) < 0)
		return -1;
	return purge_mailbox(q, &m, s.conf, err);
}

/* ---- all mailboxes ---- */

static int purge_in_child(const struct mailbox *m, void *context)
{
	const struct request *q = context;
	struct err err;
	int r = user_become(&m->user, &err);
	if (r == 0)
		r = purge_mailbox(q, m, m->user.conf, &err);
	if (r < 0)
		program_complain("%s", err.text);
	return r < 0 ? EXIT_TRY_AGAIN : 0;
}

static int purge_every(const struct request *q, struct err *err)
{
	struct mailboxes all;
	if (!each_mailbox_find(q->conf, q->mem, &all, err))
		return -1;
	const struct each each = {.work = purge_in_child,
		.context = (void *)q,
		.jobs = q->jobs,
		.json = q->json,
		.quiet = q->retention && !q->dry_run && !isatty(STDOUT_FILENO),
		.program = "mda-purge"};
	return each_mailbox(&each, &all, err);
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct request *q = request;
	(void)command;
	if (count)
		return err_temp(err, "no word is expected, but %s; use -F folder", words[0]);
	if (check_request(q, err) < 0 || log_open("none", err) < 0)
		return -1;
	return (q->all ? purge_every : purge_one)(q, err);
}

static const struct command command = {"purge", "", "", 0};

static const struct program program = {
	.name = "mda-purge",
	.synopsis = "mda-purge -F FOLDER RULE... [options]\n"
		    "       mda-purge --retention [options]",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "A message is removed if all rules that are given hold for it, and if it is not\n"
	       "flagged.\nExit status: 0 done; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct request q = {.mem = arena_new()};
	int status = program_main(&program, &q, argc, argv);
	arena_free(q.mem);
	return status;
}
