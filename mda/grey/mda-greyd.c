/* mda-greyd: greylisting, as a policy service of Postfix. */
#include "mda/grey/grey_front.h"
#include "mda/grey/grey_show.h"
#include "mda/server/status.h"
#include "mda/server/systemd.h"
#include "mda/session.h"
#include "mda/tools/program.h"

struct request {
	struct session session;
	unsigned sockets;
	struct grey_show show;
	bool status, list, prune, help, version;
};

#define AT(field) offsetof(struct request, field)
static const struct option_row options[] = {
	{"status", NULL, "print what the running server has counted", 's', AT(status), NULL},
	{"show", NULL, "print what is remembered, or what of it has all WORDs in it", 0, AT(list),
		NULL},
	{"prune", NULL, "remove what is too old", 0, AT(prune), NULL},
	{"dry-run", NULL, "with --prune: only count it", 'n', AT(show.dry_run), NULL},
	{"json", NULL, "print JSON", 0, AT(show.json), NULL},
	{"user", "name", "run as this account instead of grey_user", 'u', AT(show.user), NULL},
	{"conf", "file", "configuration file", 'c', AT(session.inv.conf), NULL},
	{"set", "key=value", "set a configuration key", 'o', AT(session), session_take_setting},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

static int print_status(const struct request *r, struct err *err)
{
	struct session s = r->session;
	struct buf text = {0};
	int status = session_configure(&s, err);
	if (status == 0)
		status = status_ask(s.conf->grey_status, "grey_status", &text, err);
	if (status == 0)
		status = program_print(&text, err);
	buf_free(&text);
	return status;
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct request *r = request;
	(void)command;
	if (count > 0 && !r->list)
		return err_temp(err, "\"%s\" is not an option", words[0]);
	if (r->status + r->list + r->prune > 1)
		return err_temp(err, "--status, --show and --prune exclude each other");
	if (r->status)
		return print_status(r, err);
	if (r->list)
		return grey_show_entries(&r->show, &r->session.inv, count, words, err);
	if (r->prune)
		return grey_show_prune(&r->show, &r->session.inv, err);
	return grey_front_run(&r->session.inv, r->show.user, r->sockets, err);
}

static const struct command command = {"greyd", "", "", 0};

static const struct program program = {
	.name = "mda-greyd",
	.synopsis = "mda-greyd [options]\n"
		    "       mda-greyd --show [WORD...]",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "The server stays in the foreground. SIGHUP reads the configuration again, SIGTERM\n"
	       "ends the server.\n"
	       "Exit status: 0 done, or it was told to end; 75 it could not begin.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct request r = {.session.mem = arena_new(), .sockets = systemd_sockets()};
	int status = program_main(&program, &r, argc, argv);
	arena_free(r.session.mem);
	return status;
}
