/*
 * The tool for the UIDs of a mailbox. It reads only and takes no lock, so it may run while mail is delivered. Its
 * subcommands are rows of a table, one file each.
 */
#include "mda/exits.h"
#include "mda/invocation.h"
#include "mda/reindex.h"
#include "mda/user.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct reindex_command *const commands[] = {&reindex_show, &reindex_check};

enum { COMMANDS = sizeof commands / sizeof *commands };

struct request {
	const struct reindex_command *command;
	const char *maildir, *state, *conf, *user;
	bool json, help, version;
};

/* ---- the command line ---- */

static void usage(void)
{
	printf("usage: mda-reindex COMMAND [options] MAILDIR\n"
	       "       mda-reindex COMMAND [options] [-c conf] -d user\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->meaning);
	printf("\n"
	       "  -c conf     configuration file that says where the mailbox of -d is\n"
	       "  -d user     the user (system) or address (virtual) whose mailbox it is\n"
	       "  -s dir      where the UID database is, if not beside the Maildir\n"
	       "  --json      print the result as JSON\n"
	       "  --help      print this\n"
	       "  --version   print the version\n"
	       "\nExit status: 0 done, or all agrees; 1 something disagrees; 75 cannot tell.\n");
}

static int take_options(int argc, char **argv, struct request *q, struct err *err)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	int c;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:d:s:", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			q->conf = optarg;
			break;
		case 'd':
			q->user = optarg;
			break;
		case 's':
			q->state = optarg;
			break;
		case 'j':
			q->json = true;
			break;
		case 'h':
			q->help = true;
			break;
		case 'V':
			q->version = true;
			break;
		default:
			return err_temp(err,
				"the option %s is unknown or lacks its value; "
				"mda-reindex --help lists them",
				argv[optind - 1]);
		}
	}
	return 0;
}

static const struct reindex_command *find_command(const char *name, struct err *err)
{
	for (size_t i = 0; name && i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	err_temp(err, "%s%s; mda-reindex --help lists the commands",
		name ? "there is no command " : "no command is given", name ? name : "");
	return NULL;
}

/* The words behind the command: which mailbox. */
static int take_words(int argc, char **argv, struct request *q, struct err *err)
{
	q->maildir = argv[optind + 1];
	if (q->maildir && argc > optind + 2)
		return err_temp(err, "one Maildir at a time, not %s as well", argv[optind + 2]);
	if (!q->maildir && !q->user)
		return err_temp(err, "say which mailbox: its Maildir, or -d user");
	if (q->maildir && (q->user || q->conf))
		return err_temp(err, "a Maildir or -d user, not both");
	return 0;
}

/* ---- the mailbox ---- */

/* Root reads as the owner of the mail: a file that LMDB makes must not be root's. */
static int become_owner(const char *maildir, struct err *err)
{
	struct stat st;
	if (stat(maildir, &st) < 0)
		return err_temp(err, "cannot look at %s: %s", maildir, strerror(errno));
	struct user owner = {.uid = st.st_uid, .gid = st.st_gid};
	return geteuid() == 0 ? user_become(&owner, err) : 0;
}

static struct str default_domain(const struct conf *conf, struct arena *mem)
{
	char host[256] = "";
	if (conf->default_domain.n)
		return conf->default_domain;
	if (gethostname(host, sizeof host - 1) < 0)
		return STR_LIT("localhost");
	return arena_lower(mem, str_of(host));
}

/* -d user: as a delivery finds it. */
static int find_mailbox(
	const struct request *q, struct reindex *r, struct user *user, struct err *err)
{
	const struct invocation inv = {.user = q->user};
	struct conf_file *file = conf_load(q->conf ? q->conf : conf_default_path, r->mem, err);
	if (!file)
		return -1;
	const struct conf *global = conf_for(file, (struct str){"", 0}, r->mem);
	struct str domain = default_domain(global, r->mem);
	struct str name = invocation_user(&inv, domain, global->recipient_delimiter, r->mem);
	const struct conf *conf = conf_for(file, name, r->mem);
	if (user_find(conf, name, r->mem, user, err) < 0 ||
		template_expand(conf->maildir, &user->names, r->mem, &r->maildir, err) < 0)
		return -1;
	if (conf->state_dir.n == 0)
		return 0;
	return template_expand(conf->state_dir, &user->names, r->mem, &r->state, err);
}

static int open_database(struct reindex *r, struct err *err)
{
	struct stat st;
	const char *path = arena_fmt(r->mem, "%s/data.mdb", r->state).p;
	if (stat(path, &st) < 0 && errno == ENOENT)
		return err_temp(err,
			"%s has no UID database yet (%s is not there): no mail was "
			"delivered, or it lies elsewhere (-s)",
			r->maildir, path);
	r->db = uiddb_open(r->state, true, err);
	return r->db ? 0 : -1;
}

static int open_mailbox(const struct request *q, struct reindex *r, struct err *err)
{
	struct user user;
	r->maildir = q->maildir;
	if (q->user && (find_mailbox(q, r, &user, err) < 0 || user_become(&user, err) < 0))
		return -1;
	if (!q->user && become_owner(r->maildir, err) < 0)
		return -1;
	if (q->state)
		r->state = q->state;
	if (!r->state)
		r->state = store_state_dir(r->maildir, r->mem);
	r->root = open(r->maildir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->root < 0)
		return err_temp(err, "cannot open the Maildir %s: %s", r->maildir, strerror(errno));
	return open_database(r, err);
}

static int run(const struct request *q, struct err *err)
{
	struct reindex r = {.root = -1, .json = q->json, .mem = arena_new()};
	int status = open_mailbox(q, &r, err);
	if (status == 0)
		status = q->command->run(&r, err);
	uiddb_close(r.db);
	if (r.root >= 0)
		close(r.root); /* nothing was written */
	arena_free(r.mem);
	return status;
}

static int answer(int argc, char **argv, struct err *err)
{
	struct request q = {0};
	if (take_options(argc, argv, &q, err) < 0)
		return -1;
	if (q.help)
		usage();
	else if (q.version)
		puts("mda-reindex " MDA_VERSION);
	if (q.help || q.version)
		return fflush(stdout) == 0 ? 0 : err_temp(err, "cannot write the result");
	q.command = find_command(argv[optind], err);
	if (!q.command || take_words(argc, argv, &q, err) < 0)
		return -1;
	return run(&q, err);
}

int main(int argc, char **argv)
{
	struct err err;
	int status = answer(argc, argv, &err);
	if (status >= 0)
		return status;
	/* Nobody is left to tell when this fails. */
	(void)fprintf(stderr, "mda-reindex: %s\n", err.text);
	return EXIT_TRY_AGAIN;
}
