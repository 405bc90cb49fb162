/* mda-lmtpd: the LMTP server. Messages come over sockets instead of standard input. */
#include "mda/lmtp/master.h"
#include "mda/server/systemd.h"
#include "mda/session.h"
#include "mda/tools/program.h"

struct request {
	struct session session;
	unsigned sockets;
	bool status, help, version;
};

#define AT(field) offsetof(struct request, field)
static const struct option_row options[] = {
	{"status", NULL, "print what the running server has counted", 's', AT(status), NULL},
	{"conf", "file", "configuration file", 'c', AT(session.inv.conf), NULL},
	{"set", "key=value", "set a configuration key", 'o', AT(session), session_take_setting},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

static int print_status(const struct request *r, struct err *err)
{
	struct buf text = {0};
	int status = master_status(&r->session.inv, &text, err);
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
	if (count > 0)
		return err_temp(err, "\"%s\" is not an option", words[0]);
	return r->status ? print_status(r, err) : master_run(&r->session.inv, r->sockets, err);
}

static const struct command command = {"lmtpd", "", "", 0};

static const struct program program = {
	.name = "mda-lmtpd",
	.synopsis = "mda-lmtpd [options]",
	.usual = &command,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "The server stays in the foreground. SIGHUP reads the configuration again, SIGTERM\n"
	       "ends the server when what is under way is done.\n"
	       "Exit status: 0 it was told to end; 75 it could not begin.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct request r = {.session.mem = arena_new(), .sockets = systemd_sockets()};
	int status = program_main(&program, &r, argc, argv);
	arena_free(r.session.mem);
	return status;
}
