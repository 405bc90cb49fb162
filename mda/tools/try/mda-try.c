/*
 * mda-try: shows what other rules, lists or settings would make of mail that is there. It judges
 * as a delivery does, and changes nothing.
 */
#include "base/log.h"
#include "base/path.h"
#include "mda/conf/folders.h"
#include "mda/conf/owner.h"
#include "mda/tools/program.h"
#include "mda/tools/refile/refile_run.h"
#include "mda/tools/try/try.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct request {
	struct refile_wishes wishes;
	struct str_list folders;
	size_t jobs, examples;
	bool json, html, help, version;
	struct arena *mem;
};

enum { JOBS_MOST = 64, EXAMPLES = 3, EXAMPLES_MOST = 1000000 };

static int take_folder(void *request, const char *value, struct err *err)
{
	struct request *q = request;
	(void)err;
	*(struct str *)ARENA_PUSH(q->mem, q->folders.items, q->folders.count) = str_of(value);
	return 0;
}

static int take_number(const char *value, size_t least, size_t most, size_t *to, struct err *err)
{
	unsigned long long n;
	if (!str_number(str_of(value), most, &n) || n < least)
		return err_temp(err, "%s is not a number from %zu to %zu", value, least, most);
	*to = (size_t)n;
	return 0;
}

static int take_jobs(void *request, const char *value, struct err *err)
{
	return take_number(value, 1, JOBS_MOST, &((struct request *)request)->jobs, err);
}

static int take_examples(void *request, const char *value, struct err *err)
{
	return take_number(value, 0, EXAMPLES_MOST, &((struct request *)request)->examples, err);
}

#define AT(field) offsetof(struct request, field)
static const struct option_row options[] = {
	{"recipient", "address", "whose mail it is", 'r', AT(wishes.recipient), NULL},
	{"user", "user", "whose mail, if no recipient says it (default: you)", 'd', AT(wishes.user),
		NULL},
	{"original", "address", "the original recipient of all messages", 'a', AT(wishes.original),
		NULL},
	{"sender", "address", "the envelope sender of all messages", 'f', AT(wishes.sender), NULL},
	{"script", "file", "try this script instead of the user's", 's', AT(wishes.script), NULL},
	{"allow", "file", "try this list of allowed senders instead", 0, AT(wishes.allow), NULL},
	{"block", "file", "try this list of blocked senders instead", 0, AT(wishes.block), NULL},
	{"lists", "dir", "try the lists in this directory instead", 0, AT(wishes.lists), NULL},
	{"new-conf", "file", "try this configuration instead", 0, AT(wishes.new_conf), NULL},
	{"compare", NULL, "compare with what the rules in force decide", 0, AT(wishes.compare),
		NULL},
	{"against", "file", "compare with what this script decides", 0, AT(wishes.against), NULL},
	{"folder", "folder", "only messages of this folder; may be repeated", 'F', 0, take_folder},
	{"examples", "n", "how many messages of each outcome are shown (3)", 0, 0, take_examples},
	{"jobs", "n", "how many processes judge (default: one a processor)", 'j', 0, take_jobs},
	{"conf", "file", "configuration file", 'c', AT(wishes.conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"html", NULL, "print the result as a page for a browser", 0, AT(html), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/* ---- the messages ---- */

/* What a person has written, thrown away or not finished: rules do not file it. */
static struct str_list passed_folders(const struct conf *conf, struct arena *mem)
{
	static const char *const uses[] = {"Sent", "Drafts", "Trash"};
	struct str_list list = {0};
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
		struct str_list named = folders_of_use(conf, str_of(uses[i]), mem);
		for (size_t k = 0; k < named.count; k++)
			*(struct str *)ARENA_PUSH(mem, list.items, list.count) = named.items[k];
		if (named.count == 0)
			*(struct str *)ARENA_PUSH(mem, list.items, list.count) =
				folder_with_prefix(str_of(uses[i]), mem);
	}
	return list;
}

/* A file of root's is opened while we are root; any other by the user. -1: not yet opened. */
static int open_as_root(const char *path, struct arena *mem)
{
	return path && geteuid() == 0 ? owner_open_file(path, mem, NULL) : -1;
}

static int list(const struct request *q, const struct refile_session *session, const char *path,
	int fd, struct refile_mail *mail, struct err *err)
{
	const struct conf *conf = session->sides[REFILE_NEW].conf;
	const struct str_list passed = passed_folders(conf, q->mem);
	if (!path)
		path = session->mailbox.maildir;
	else if (fd < 0 && !path_is_directory(path))
		fd = path_open(path, O_RDONLY | O_NONBLOCK, 0);
	else if (fd < 0)
		fd = -2;
	if (fd == -1 && path != session->mailbox.maildir)
		return err_temp(err, "cannot open %s: %s", path, strerror(errno));
	if (fd < 0)
		return refile_mail_list(mail, path, &q->folders, &passed, err);
	if (q->folders.count) {
		close(fd); /* nothing was written */
		return err_temp(err, "%s is an mbox file, which has no folders", path);
	}
	return refile_mail_list_mbox(mail, fd, path, err);
}

/* ---- judging them ---- */

struct collection {
	struct try_result *result;
	const struct refile_mail *mail;
};

static void on_judged(void *context, size_t m, const struct refile_judged *judged)
{
	const struct collection *c = context;
	refile_table_add(&c->result->table, c->mail, m, judged, c->result->compared);
}

static void on_failed(void *context, size_t m, struct str why)
{
	const struct collection *c = context;
	refile_table_fail(&c->result->table, c->mail, m, why);
}

static int judge(const struct request *q, struct refile_session *session,
	const struct refile_mail *mail, struct try_result *result, struct err *err)
{
	struct collection c = {result, mail};
	const struct refile_run r = {.session = session,
		.mail = mail,
		.jobs = q->jobs,
		.quiet = q->json || q->html,
		.judged = on_judged,
		.failed = on_failed,
		.context = &c};
	int done = refile_run(&r, err);
	refile_table_sort(&result->table);
	return done;
}

static int print(const struct request *q, const struct try_result *result, struct err *err)
{
	struct buf out = {0};
	(q->html ? try_html : q->json ? try_json : try_text)(result, &out);
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

static int try_mail(const struct request *q, struct refile_session *session, const char *path,
	int fd, struct err *err)
{
	struct refile_mail mail = {.root = -1, .mem = q->mem};
	int r = list(q, session, path, fd, &mail, err);
	struct try_result result = {.mailbox = session->sides[REFILE_NEW].mailbox,
		.source = str_of(path ? path : session->mailbox.maildir),
		.compared = session->count > REFILE_OLD,
		.messages = mail.message_count,
		.table = {.mem = q->mem, .examples_most = q->examples}};
	if (r == 0)
		r = judge(q, session, &mail, &result, err);
	refile_mail_close(&mail);
	return r < 0 ? -1 : print(q, &result, err);
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct request *q = request;
	struct refile_session *session = arena_alloc(q->mem, sizeof *session);
	(void)command;
	if (count > 1)
		return err_temp(err, "only one file can be tried; %s is one too many", words[1]);
	if (q->json && q->html)
		return err_temp(err, "either --json or --html, not both");
	if (q->wishes.compare && q->wishes.against)
		return err_temp(err, "either --compare or --against, not both");
	session->mem = q->mem;
	int fd = open_as_root(words[0], q->mem);
	if (log_open("none", err) < 0 || refile_session_open(session, &q->wishes, err) < 0)
		return -1;
	return try_mail(q, session, words[0], fd, err);
}

static const struct command command = {"try", "[MAIL]", "", 0};

static const struct program program = {
	.name = "mda-try",
	.synopsis = "mda-try [MAIL] -r RECIPIENT [options]",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "MAIL is an mbox file or a Maildir; without it, the recipient's mail is tried.\n"
	       "Nothing is stored, moved, sent or logged.\n"
	       "Exit status: 0 done; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct request q = {.mem = arena_new(), .examples = EXAMPLES};
	int status = program_main(&program, &q, argc, argv);
	arena_free(q.mem);
	return status;
}
