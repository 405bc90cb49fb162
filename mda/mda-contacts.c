/* The tool for contacts: whom a person knows, whom he has written to, and what label mail from an address gets. */
#include "mda/contacts_tool.h"
#include "mda/exits.h"
#include "mda/options.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct contacts_command *const commands[] = {&contacts_list, &contacts_add,
	&contacts_remove, &contacts_import, &contacts_export, &contacts_learn, &contacts_sent,
	&contacts_compile, &contacts_why};

enum { COMMANDS = sizeof commands / sizeof *commands };

#define AT(field) offsetof(struct contacts_tool, field)
static const struct option_row options[] = {
	{"user", "user", "whose contacts: a login or an address; without it, yours", 'd', AT(user),
		NULL},
	{"recipient", "address", "the same", 'r', AT(user), NULL},
	{"name", "text", "add: the person's name; why: the name in the From", 0, AT(name), NULL},
	{"auth", "results", "why: what your MTA found, such as \"dmarc=fail\"", 0, AT(auth), NULL},
	{"format", "format", "export: vcard or csv", 0, AT(format), NULL},
	{"all", NULL, "learn: every mailbox of the configuration", 0, AT(all), NULL},
	{"conf", "file", "configuration file", 'c', AT(conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};
#undef AT

static void usage(void)
{
	printf("usage: mda-contacts COMMAND [options] ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %-14s %s\n", commands[i]->name, commands[i]->arguments,
			commands[i]->meaning);
	printf("\n");
	options_print(options);
	printf("\nExit status: 0 done; 1 something is no address, or not there; 75 cannot tell.\n");
}

static const struct contacts_command *find_command(const char *name, struct err *err)
{
	for (size_t i = 0; name && i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	err_temp(err, "%s%s; mda-contacts --help lists the commands",
		name ? "there is no command " : "no command is given", name ? name : "");
	return NULL;
}

static int run(struct contacts_tool *tool, char **words, struct err *err)
{
	size_t count = 0;
	const struct contacts_command *command = find_command(words[0], err);
	while (words[0] && words[1 + count])
		count++;
	if (!command)
		return -1;
	if (count < command->least)
		return err_temp(
			err, "usage: mda-contacts %s %s", command->name, command->arguments);
	return command->run(tool, count, words + 1, err);
}

static int answer(int argc, char **argv, struct arena *mem, struct err *err)
{
	struct contacts_tool tool = {.mem = mem};
	int first = options_take(options, "mda-contacts", argc, argv, &tool, err);
	if (first < 0)
		return -1;
	if (tool.help)
		usage();
	else if (tool.version)
		puts("mda-contacts " MDA_VERSION);
	if (tool.help || tool.version)
		return fflush(stdout) == 0 ? 0 : err_temp(err, "cannot write the result");
	return run(&tool, argv + first, err);
}

int main(int argc, char **argv)
{
	struct err err;
	struct arena *mem = arena_new();
	umask(077);
	int status = answer(argc, argv, mem, &err);
	if (status < 0)
		contacts_complain("%s", err.text);
	arena_free(mem);
	return status < 0 ? EXIT_TRY_AGAIN : status;
}
