/*
 * mda-reindex: shows, checks and repairs the UIDs of one mailbox or of all. Each command is a row
 * of a table, in a file of its own. All of them may run while mail is delivered: those that only
 * read take no lock, and for the others a delivery waits a moment.
 */
#include "base/path.h"
#include "mda/conf/owner.h"
#include "mda/conf/user_become.h"
#include "mda/exits.h"
#include "mda/session.h"
#include "mda/tools/each_mailbox.h"
#include "mda/tools/program.h"
#include "mda/tools/reindex/reindex.h"
#include "store/folder.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command *const commands[] = {&reindex_show.is, &reindex_check.is,
	&reindex_repair.is, &reindex_renumber.is, &reindex_export.is, &reindex_import.is, NULL};

struct request {
	const struct reindex_command *command;
	const char *maildir, *state, *conf, *user, *input, *folder;
	const struct folder_rules *rules; /* NULL: the configuration decides */
	enum reindex_order order;
	enum reindex_format format;
	int server; /* enum store_server, or -1: not given */
	size_t jobs;
	bool all, json, dry_run, yes, force, help, version;
	struct arena *mem;
};

/* ---- the command line ---- */

/* The values of an option, by number. */
static const char *const orders[] = {"date", "arrival", "size", NULL};
static const char *const formats[] = {"text", "dovecot", "courier", NULL};
static const char *const servers[] = {"none", "dovecot", "courier", NULL};

static int take_choice(const char *value, const char *const *words, int *choice, const char *option,
	struct err *err)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], value) == 0) {
			*choice = i;
			return 0;
		}
	return err_temp(err, "%s takes one of %s, %s, %s, not %s", option, words[0], words[1],
		words[2], value);
}

static int take_order(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	int choice = 0, r = take_choice(value, orders, &choice, "--order", err);
	q->order = (enum reindex_order)choice;
	return r;
}

static int take_format(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	int choice = 0, r = take_choice(value, formats, &choice, "--format", err);
	q->format = (enum reindex_format)choice;
	return r;
}

static int take_server(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	return take_choice(value, servers, &q->server, "--imap-server", err);
}

static int take_layout(void *request, const char *value, struct err *err)
{
	static const struct folder_rules layouts[] = {
		{.layout = FOLDER_FLAT}, {.layout = FOLDER_NESTED}};
	struct request *q = request;
	bool nested = strcmp(value, "fs") == 0;
	if (!nested && strcmp(value, "maildir++") != 0)
		return err_temp(err, "--layout takes maildir++ or fs, not %s", value);
	q->rules = &layouts[nested];
	return 0;
}

static int take_jobs(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	unsigned long long n;
	if (!str_number(str_of(value), 1000, &n) || n == 0)
		return err_temp(err, "--jobs takes a number from 1 to 1000, not %s", value);
	q->jobs = (size_t)n;
	return 0;
}

static const struct option_row options[] = {
	{"conf", "file", "the configuration that says where mailboxes are", 'c',
		offsetof(struct request, conf), NULL},
	{"user", "user", "whose mailbox: a user (system) or address (virtual)", 'd',
		offsetof(struct request, user), NULL},
	{"state-dir", "dir", "where the UID database is, if not beside the Maildir", 's',
		offsetof(struct request, state), NULL},
	{"all", NULL, "every mailbox of the configuration", 0, offsetof(struct request, all), NULL},
	{"jobs", "n", "mailboxes at once (default: the number of processors)", 0, 0, take_jobs},
	{"folder", "name", "this folder only", 0, offsetof(struct request, folder), NULL},
	{"imap-server", "name", "none, dovecot, courier (default: configured or found)", 0, 0,
		take_server},
	{"layout", "name", "how folders are stored: maildir++ (default) or fs", 0, 0, take_layout},
	{"order", "order", "renumber by date, arrival or size", 0, 0, take_order},
	{"format", "form", "export and import text, dovecot or courier", 0, 0, take_format},
	{"dry-run", NULL, "change nothing; print what would change", 'n',
		offsetof(struct request, dry_run), NULL},
	{"yes", NULL, "do not ask", 'y', offsetof(struct request, yes), NULL},
	{"force", NULL, "renumber even if the order is right", 0, offsetof(struct request, force),
		NULL},
	{"json", NULL, "print the result as JSON", 0, offsetof(struct request, json), NULL},
	{"help", NULL, "print this help", 'h', offsetof(struct request, help), NULL},
	{"version", NULL, "print the version", 0, offsetof(struct request, version), NULL},
	{0},
};

/* The words after the command: the mailbox, and the file for import. */
static int take_words(size_t count, char **words, struct request *q, struct err *err)
{
	if (q->command->takes_file) {
		if (count == 0)
			return err_temp(err, "no file to import is given");
		q->input = words[--count];
	}
	q->maildir = count > 0 ? words[0] : NULL;
	if (count > 1)
		return err_temp(err, "only one Maildir can be given; %s is one too many", words[1]);
	if (q->all && (q->maildir || q->user || q->command->takes_file))
		return err_temp(
			err, "--all means every mailbox: give no Maildir, -d user or file with it");
	if (q->rules && !q->maildir)
		return err_temp(
			err, "--layout is only for a Maildir; otherwise the configuration says it");
	if (q->maildir && (q->user || q->conf))
		return err_temp(err, "give a Maildir, or -c and -d, not both");
	return 0;
}

/* ---- the mailbox ---- */

/* Root becomes the owner of the mail, so that LMDB makes no file of root's. */
static int become_owner(const char *maildir, struct arena *mem, struct err *err)
{
	struct user owner = {0};
	if (geteuid() != 0)
		return 0;
	return owner_of_dir(maildir, mem, &owner, err) < 0 ? -1 : user_become(&owner, err);
}

/* Finds the mailbox of -d user as a delivery does. */
static int find_mailbox(struct request *q, struct arena *mem, struct mailbox *m, struct err *err)
{
	struct session s = {.mem = mem, .inv = {.conf = q->conf, .user = q->user}};
	if (session_named(&s, m, err) < 0)
		return -1;
	if (q->server < 0)
		q->server = s.conf->imap_server;
	return 0;
}

/* If no IMAP server was named, the file that exists says which one it is. */
static enum store_server detect_server(const struct reindex *r)
{
	if (beneath_exists(r->root, "dovecot-uidlist") == 0)
		return STORE_SERVER_DOVECOT;
	if (beneath_exists(r->root, "courierimapuiddb") == 0)
		return STORE_SERVER_COURIER;
	return STORE_SERVER_NONE;
}

static int open_database(struct reindex *r, struct err *err)
{
	struct stat st;
	const char *path = arena_fmt(r->mem, "%s/data.mdb", r->state).p;
	if (path_stat(path, &st) < 0 && errno == ENOENT)
		return err_temp(err,
			"%s has no UID database (%s does not exist): no mail was delivered yet, or "
			"the database is elsewhere (-s) or lost (repair)",
			r->maildir, path);
	r->db = uiddb_open(r->state, true, err);
	return r->db ? 0 : -1;
}

static void say_note(void *context, const char *text)
{
	(void)context;
	program_complain("%s", text);
}

static int open_store(struct reindex *r, struct err *err)
{
	const struct store_conf conf = {.maildir = r->maildir,
		.state_dir = r->state,
		.server = r->server,
		.note = say_note};
	r->store = store_open(&conf, err);
	if (!r->store)
		return -1;
	r->db = store_database(r->store);
	return 0;
}

/* Opens the mailbox at M. The process must have its owner's rights. */
static int open_mailbox(
	const struct request *q, const struct mailbox *m, struct reindex *r, struct err *err)
{
	r->maildir = m->maildir;
	r->state = q->state ? q->state : m->state;
	if (!r->state)
		r->state = store_state_dir(r->maildir, r->mem);
	r->root = path_open_dir_itself(r->maildir);
	if (r->root < 0)
		return err_temp(
			err, "cannot open the Maildir %s: %s", r->maildir, beneath_why(errno));
	r->server = q->server >= 0 ? (enum store_server)q->server : detect_server(r);
	if (q->command->need == REINDEX_CHANGES && !q->dry_run)
		return open_store(r, err);
	return open_database(r, err);
}

static void close_mailbox(struct reindex *r)
{
	if (!r->store)
		uiddb_close(r->db);
	store_close(r->store);
	if (r->root >= 0)
		close(r->root); /* nothing was written */
}

static int work_on(
	const struct request *q, const struct mailbox *m, struct arena *mem, struct err *err)
{
	struct reindex r = {.root = -1,
		.json = q->json,
		.dry_run = q->dry_run,
		.yes = q->yes,
		.force = q->force,
		.order = q->order,
		.format = q->format,
		.folder = q->folder,
		.input = q->input,
		.mem = mem};
	int status = open_mailbox(q, m, &r, err);
	if (status == 0)
		status = q->command->run(&r, err);
	close_mailbox(&r);
	return status;
}

/* ---- all mailboxes ---- */

static int work_in_child(const struct mailbox *m, void *context)
{
	const struct request *q = context;
	struct err err;
	struct arena *mem = arena_new();
	int status = user_become(&m->user, &err);
	if (status == 0)
		status = work_on(q, m, mem, &err);
	arena_free(mem);
	if (status < 0)
		program_complain("%s", err.text);
	return status < 0 ? EXIT_TRY_AGAIN : status;
}

static int work_on_all(struct request *q, struct err *err)
{
	struct mailboxes all;
	struct conf_file *file = each_mailbox_find(q->conf, q->mem, &all, err);
	if (!file)
		return -1;
	const struct each each = {.work = work_in_child,
		.context = q,
		.jobs = q->jobs,
		.quiet = q->command == &reindex_check && !isatty(STDOUT_FILENO),
		.json = q->json,
		.program = "mda-reindex"};
	if (q->server < 0)
		q->server = conf_global(file, q->mem)->imap_server;
	return each_mailbox(&each, &all, err);
}

static int run_on(struct request *q, struct err *err)
{
	struct mailbox m = {.maildir = q->maildir};
	if (q->all)
		return work_on_all(q, err);
	if (q->user && (find_mailbox(q, q->mem, &m, err) < 0 || user_become(&m.user, err) < 0))
		return -1;
	if (!m.maildir)
		return err_temp(err, "no mailbox is given: name its Maildir, -d user, or --all");
	if (!q->user && become_owner(m.maildir, q->mem, err) < 0)
		return -1;
	if (q->rules)
		folder_declare(q->rules);
	return work_on(q, &m, q->mem, err);
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	struct request *q = request;
	q->command = (const struct reindex_command *)command;
	return take_words(count, words, q, err) < 0 ? -1 : run_on(q, err);
}

static const struct program program = {
	.name = "mda-reindex",
	.synopsis = "mda-reindex COMMAND [options] MAILDIR [FILE]\n"
		    "       mda-reindex COMMAND [options] [-c conf] -d user [FILE]\n"
		    "       mda-reindex COMMAND [options] [-c conf] --all",
	.commands = commands,
	.options = options,
	.help = offsetof(struct request, help),
	.version = offsetof(struct request, version),
	.end = "Exit status: 0 done, or all agrees; 1 something disagrees, or would be "
	       "changed;\n75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct request q = {.server = -1, .mem = arena_new()};
	int status = program_main(&program, &q, argc, argv);
	arena_free(q.mem);
	return status;
}
