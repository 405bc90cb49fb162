/*
 * mda-learn: teaches spamd or rspamd what people consider spam, from single messages or from what
 * they moved into and out of Junk. It also does what people put into folders that act.
 */
#include "base/path.h"
#include "base/printable.h"
#include "mda/acts/acts_age.h"
#include "mda/conf/user_become.h"
#include "mda/exits.h"
#include "mda/readable.h"
#include "mda/session.h"
#include "mda/tools/each_mailbox.h"
#include "mda/tools/learn/learn.h"
#include "mda/tools/program.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

struct request {
	const char *conf, *user;
	bool all, dry_run, json, suggest, help, version;
	struct arena *mem;
};

#define AT(field) offsetof(struct request, field)
static const struct option_row options[] = {
	{"user", "user", "whose mail: a login or an address (default: you)", 'd', AT(user), NULL},
	{"all", NULL, "scan: every mailbox of the configuration", 0, AT(all), NULL},
	{"suggest", NULL, "print the mda-lists command for each sender", 0, AT(suggest), NULL},
	{"dry-run", NULL, "teach nothing; print what would be taught", 'n', AT(dry_run), NULL},
	{"conf", "file", "configuration file", 'c', AT(conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/* ---- the mailbox ---- */

static void open_mailbox(const struct request *q, const struct mailbox *m, const struct conf *conf,
	struct buf *out, struct arena *mem, struct learn *l)
{
	*l = (struct learn){.conf = conf,
		.user = m->user,
		.mailbox = m->name,
		.place = {.maildir = m->maildir, .state = m->state, .server = conf->imap_server},
		.dry_run = q->dry_run,
		.json = q->json,
		.suggest = q->suggest,
		.out = out,
		.mem = mem};
	if (!l->place.state && m->maildir)
		l->place.state = store_state_dir(m->maildir, mem);
}

static const char *myself(struct arena *mem)
{
	const struct passwd *me = getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : "";
}

static int find_mailbox(const struct request *q, struct buf *out, struct learn *l, struct err *err)
{
	struct mailbox m;
	struct session s = {.mem = q->mem,
		.inv = {.conf = q->conf, .user = q->user ? q->user : myself(q->mem)}};
	if (session_named(&s, &m, err) < 0 || user_become(&m.user, err) < 0)
		return -1;
	open_mailbox(q, &m, s.conf, out, q->mem, l);
	return 0;
}

/* ---- folders that act, and lists that age ---- */

static struct acts acts_of(
	const struct learn *l, const struct str_list *readable, struct notes *notes)
{
	return (struct acts){.conf = l->conf,
		.user = &l->user,
		.mailbox = l->mailbox,
		.maildir = l->place.maildir,
		.state = l->place.state,
		.readable = readable,
		.notes = notes,
		.mem = l->mem};
}

static int print_notes(const struct learn *l, const struct notes *notes, struct err *err)
{
	for (size_t i = 0; i < notes->count && !l->json; i++) {
		printable_add(l->out, notes->items[i]);
		buf_byte(l->out, '\n');
	}
	return program_print(l->out, err);
}

/* What was put into the folders is done, whether or not there is a server to teach. */
static int act(const struct learn *l, struct err *err)
{
	struct notes notes = {.mem = l->mem};
	struct str_list readable = readable_libraries(l->mem);
	const struct acts acts = acts_of(l, &readable, &notes);
	if (l->dry_run || !acts_wanted(l->conf))
		return 0;
	while (acts_run(&acts, true))
		continue;
	return print_notes(l, &notes, err);
}

static bool has_state(const struct learn *l)
{
	return l->place.state && path_is_directory(l->place.state);
}

/* Looks after the person's lists. */
static int age(struct learn *l, struct err *err)
{
	struct notes notes = {.mem = l->mem};
	struct str_list readable = readable_libraries(l->mem);
	const struct acts acts = acts_of(l, &readable, &notes);
	if (!has_state(l))
		return 0;
	if (!l->dry_run && learn_scan_allowed(l, &acts, err) < 0)
		return -1;
	if (acts_age(&acts, l->conf->lists_expire, l->dry_run, err) < 0)
		return -1;
	return print_notes(l, &notes, err);
}

/* ---- spam, ham ---- */

static int learn_file(struct learn *l, const char *path, bool is_spam, struct err *err)
{
	const struct message_limits limits = conf_message_limits(l->conf);
	bool is_input = strcmp(path, "-") == 0;
	int fd = is_input ? STDIN_FILENO : path_open(path, O_RDONLY, 0);
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", path, strerror(errno));
	struct err why;
	if (!is_input && (fd = packed_open(fd, 0, &why)) < 0)
		return err_temp(err, "cannot read %s: %s", path, why.text);
	struct message *msg = message_read(fd, &limits, err);
	if (!is_input)
		close(fd); /* nothing was written */
	if (!msg)
		return -1;
	int r = learn_message(l, msg, is_input ? "standard input" : path, is_spam, err);
	message_free(msg);
	return r;
}

static int learn_files(const struct request *q, char **files, bool is_spam, struct err *err)
{
	static char input[] = "-";
	char *only_input[] = {input, NULL};
	struct buf out = {0};
	struct learn l;
	int r = find_mailbox(q, &out, &l, err);
	if (r == 0)
		r = learn_check(&l, err);
	for (char **f = files[0] ? files : only_input; *f && r == 0; f++)
		r = learn_file(&l, *f, is_spam, err);
	struct err later;
	if (program_print(&out, r == 0 ? err : &later) < 0)
		r = -1;
	buf_free(&out);
	return r;
}

static int run_spam(const struct request *q, char **files, struct err *err)
{
	return learn_files(q, files, true, err);
}

static int run_ham(const struct request *q, char **files, struct err *err)
{
	return learn_files(q, files, false, err);
}

/* ---- scan ---- */

static int scan(struct learn *l, struct err *err)
{
	struct err later;
	bool needs_none = acts_wanted(l->conf) || l->conf->lists_expire;
	if (act(l, err) < 0 || age(l, err) < 0)
		return -1;
	/* Folders that act, and lists, need no server. */
	if (learn_check(l, needs_none ? &later : err) < 0)
		return needs_none ? 0 : -1;
	int r = learn_scan(l, err);
	if (!l->json)
		buf_fmt(l->out, "%zu messages as spam, %zu as ham\n", l->spam, l->ham);
	struct str unread = packed_tally_text(&l->unread, l->mem);
	if (unread.n && !l->json)
		buf_fmt(l->out, STR_FMT "\n", STR_ARGS(unread));
	if (program_print(l->out, r == 0 ? err : &later) < 0)
		r = -1;
	return r;
}

static int scan_in_child(const struct mailbox *m, void *context)
{
	const struct request *q = context;
	struct arena *mem = arena_new();
	struct buf out = {0};
	struct learn l;
	struct err err;
	int r = user_become(&m->user, &err);
	if (r == 0) {
		open_mailbox(q, m, m->user.conf, &out, mem, &l);
		r = scan(&l, &err);
	}
	if (r < 0)
		program_complain("%s", err.text);
	buf_free(&out);
	arena_free(mem);
	return r < 0 ? EXIT_TRY_AGAIN : 0;
}

static int scan_all(const struct request *q, struct err *err)
{
	struct mailboxes all;
	if (!each_mailbox_find(q->conf, q->mem, &all, err))
		return -1;
	const struct each each = {.work = scan_in_child,
		.context = (void *)q,
		.json = q->json,
		.program = "mda-learn"};
	return each_mailbox(&each, &all, err);
}

static int run_act(const struct request *q, char **words, struct err *err)
{
	struct buf out = {0};
	struct learn l;
	if (words[0])
		return err_temp(err, "act takes no %s; use -d user", words[0]);
	int r = find_mailbox(q, &out, &l, err);
	if (r == 0 && !acts_wanted(l.conf))
		r = err_temp(err, "mda.conf names no folders that act (block_folders, screener)");
	if (r == 0)
		r = act(&l, err);
	buf_free(&out);
	return r;
}

static int run_scan(const struct request *q, char **words, struct err *err)
{
	struct buf out = {0};
	struct learn l;
	if (words[0])
		return err_temp(err, "scan takes no %s; use -d user, or --all", words[0]);
	if (q->all)
		return scan_all(q, err);
	int r = find_mailbox(q, &out, &l, err);
	if (r == 0)
		r = scan(&l, err);
	buf_free(&out);
	return r;
}

/* ---- the command line ---- */

static const struct learn_command {
	struct command is;
	/* 0, an exit status, or -1 with *ERR filled. */
	int (*run)(const struct request *q, char **words, struct err *err);
} spam = {{"spam", "[FILE...]", "learn that these messages are spam", 0}, run_spam},
  ham = {{"ham", "[FILE...]", "learn that these messages are not spam", 0}, run_ham},
  acted = {{"act", "", "only do what was put into folders that act", 0}, run_act},
  scanned = {{"scan", "", "learn from what was moved into Junk and out of it", 0}, run_scan};

static const struct command *const commands[] = {&spam.is, &ham.is, &scanned.is, &acted.is, NULL};

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	(void)count;
	return ((const struct learn_command *)command)->run(request, words, err);
}

static const struct program program = {
	.name = "mda-learn",
	.synopsis = "mda-learn COMMAND [options] [FILE...]",
	.commands = commands,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "Without a FILE, or if it is -, the message is read from standard input.\n"
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
