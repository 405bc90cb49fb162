/* The tool for rules: a person checks, tries and lays out a script before mail meets it. It changes no mailbox. */
#include "mda/exits.h"
#include "mda/mailboxes.h"
#include "mda/options.h"
#include "mda/sieve_tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sieve_command *const commands[] = {
	&sieve_check, &sieve_test, &sieve_fmt, &sieve_capabilities};

enum { COMMANDS = sizeof commands / sizeof *commands };

#define AT(field) offsetof(struct sieve_tool, field)
static const struct option_row options[] = {
	{"sender", "address", "test: the envelope sender; empty is the null sender", 'f',
		AT(sender), NULL},
	{"recipient", "address", "test: the envelope recipient", 'r', AT(recipient), NULL},
	{"original", "address", "test: the original recipient", 'a', AT(original), NULL},
	{"at", "date", "test: as if it were delivered then: 2026-12-24, 2026-12-24 09:30", 0,
		AT(at), NULL},
	{"trace", NULL, "test: every command and test, and what was compared", 't', AT(trace),
		NULL},
	{"in-place", NULL, "fmt: write the script back instead of printing it", 'i', AT(in_place),
		NULL},
	{"conf", "file", "the settings of this configuration", 'c', AT(conf), NULL},
	{"user", "user", "those of this user or address, and the folders of the mailbox", 'd',
		AT(user), NULL},
	{"maildir", "dir", "warn of folders that are not in this Maildir", 'm', AT(maildir), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};
#undef AT

static void usage(void)
{
	printf("usage: mda-sieve COMMAND [options] ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-12s %-18s %s\n", commands[i]->name, commands[i]->arguments,
			commands[i]->meaning);
	printf("\n");
	options_print(options);
	printf("\nA script or message named - is standard input.\n"
	       "Exit status: 0 good; 1 the script is wrong, or fails; 75 cannot tell.\n");
}

static const struct sieve_command *find_command(const char *name, struct err *err)
{
	for (size_t i = 0; name && i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	err_temp(err, "%s%s; mda-sieve --help lists the commands",
		name ? "there is no command " : "no command is given", name ? name : "");
	return NULL;
}

/* Without a word about a configuration, that of a user at his own desk: the defaults. */
static int find_settings(struct sieve_tool *tool, struct err *err)
{
	struct mailbox m = {0};
	if (tool->user) {
		if (mailboxes_named(tool->conf, tool->user, tool->mem, &m, &tool->settings, err) <
			0)
			return -1;
		if (!tool->maildir)
			tool->maildir = m.maildir;
		tool->names = m.user.names;
	} else {
		const struct conf_file *file = conf_load(tool->conf, tool->mem, err);
		if (!file)
			return -1;
		tool->settings = conf_for(file, (struct str){"", 0}, tool->mem);
		tool->names.home = str_of(getenv("HOME"));
	}
	tool->engine = sv_engine_find(tool->settings->sieve_engine);
	return tool->engine ? 0 : err_temp(err, "sieve_engine: there is no such engine");
}

static int run(struct sieve_tool *tool, char **words, struct err *err)
{
	size_t count = 0;
	const struct sieve_command *command = find_command(words[0], err);
	while (words[0] && words[1 + count])
		count++;
	if (!command)
		return -1;
	if (count < command->least)
		return err_temp(err, "usage: mda-sieve %s %s", command->name, command->arguments);
	if (command->least == 0 && count)
		return err_temp(err, "%s takes no %s", command->name, words[1]);
	if (find_settings(tool, err) < 0)
		return -1;
	return command->run(tool, count, words + 1, err);
}

static int answer(int argc, char **argv, struct arena *mem, struct err *err)
{
	struct sieve_tool tool = {.mem = mem};
	int first = options_take(options, "mda-sieve", argc, argv, &tool, err);
	if (first < 0)
		return -1;
	if (tool.help)
		usage();
	else if (tool.version)
		puts("mda-sieve " MDA_VERSION);
	if (tool.help || tool.version)
		return fflush(stdout) == 0 ? 0 : err_temp(err, "cannot write the result");
	return run(&tool, argv + first, err);
}

int main(int argc, char **argv)
{
	struct err err;
	struct arena *mem = arena_new();
	int status = answer(argc, argv, mem, &err);
	if (status < 0)
		sieve_complain(err.text);
	arena_free(mem);
	return status < 0 ? EXIT_TRY_AGAIN : status;
}
