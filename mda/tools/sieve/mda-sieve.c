/* mda-sieve: checks, tests and formats scripts before they are used. It changes no mailbox. */
#include "filters/engines.h"
#include "mda/conf/mailboxes.h"
#include "mda/tools/program.h"
#include "mda/tools/sieve/sieve_tool.h"

#include <stdlib.h>

static const struct command *const commands[] = {
	&sieve_check.is, &sieve_test.is, &sieve_fmt.is, &sieve_capabilities.is, NULL};

#define AT(field) offsetof(struct sieve_tool, field)
static const struct option_row options[] = {
	{"sender", "address", "test: the envelope sender; empty is the null sender", 'f',
		AT(sender), NULL},
	{"recipient", "address", "test: the envelope recipient", 'r', AT(recipient), NULL},
	{"original", "address", "test: the original recipient", 'a', AT(original), NULL},
	{"auth", "submitter", "test: the authenticated submitter (AUTH of MAIL FROM)", 'u',
		AT(submitter), NULL},
	{"at", "date", "test: when it is delivered, such as \"2026-12-24 09:30\"", 0, AT(at), NULL},
	{"trace", NULL, "test: print each command and test, and its result", 't', AT(trace), NULL},
	{"programs", NULL, "test: run the programs of filter and execute", 0, AT(programs), NULL},
	{"in-place", NULL, "fmt: write the script back instead of printing it", 'i', AT(in_place),
		NULL},
	{"conf", "file", "use the settings of this configuration", 'c', AT(conf), NULL},
	{"user", "user", "use those of this user, and the folders of the mailbox", 'd', AT(user),
		NULL},
	{"maildir", "dir", "warn of folders that are not in this Maildir", 'm', AT(maildir), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/* Without -c and -d, the defaults apply, as for a user at their own desk. */
static int find_settings(struct sieve_tool *tool, struct err *err)
{
	struct mailbox m = {0};
	struct session *s = &tool->session;
	*s = (struct session){
		.mem = tool->mem, .inv = {.conf = tool->conf, .user = tool->user}, .asks = true};
	if (tool->user) {
		if (session_named(s, &m, err) < 0)
			return -1;
		if (!tool->maildir)
			tool->maildir = m.maildir;
		tool->has_owner = true;
	} else {
		s->file = conf_load(tool->conf, tool->mem, err);
		if (!s->file)
			return -1;
		s->conf = conf_global(s->file, tool->mem);
		s->user.names.home = str_of(getenv("HOME"));
	}
	tool->settings = s->conf;
	tool->engine = engines_find(tool->settings->sieve_engine);
	return tool->engine ? 0 : err_temp(err, "sieve_engine: there is no such engine");
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct sieve_command *c = (const struct sieve_command *)command;
	if (command->least == 0 && count)
		return err_temp(err, "%s takes no %s", command->name, words[0]);
	struct sieve_tool *tool = request;
	if (find_settings(tool, err) < 0)
		return -1;
	/* A script that is replaced is written by its owner, each script by its own. */
	bool later = tool->in_place && !tool->has_owner;
	return !later && sieve_become(tool, count, words, err) < 0
		       ? -1
		       : c->run(tool, count, words, err);
}

static const struct program program = {
	.name = "mda-sieve",
	.synopsis = "mda-sieve COMMAND [options] ...",
	.commands = commands,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "If a script or message is -, it is read from standard input.\n"
	       "Exit status: 0 no errors; 1 a script has an error, or fails; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct sieve_tool tool = {.mem = arena_new()};
	int status = program_main(&program, &tool, argc, argv);
	arena_free(tool.mem);
	return status;
}
