/* The tool for block and allow lists: a person or an admin edits, checks, asks and compiles them. */
#include "mda/exits.h"
#include "mda/lists_tool.h"
#include "mda/mailboxes.h"
#include "mda/options.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct lists_command *const commands[] = {
	&lists_add, &lists_remove, &lists_show, &lists_check, &lists_test, &lists_compile};

enum { COMMANDS = sizeof commands / sizeof *commands };

#define AT(field) offsetof(struct lists_tool, field)
static const struct option_row options[] = {
	{"user", "user", "whose lists: a login or an address; without it, yours", 'd', AT(user),
		NULL},
	{"recipient", "address", "the same", 'r', AT(user), NULL},
	{"original", "address", "test: the original recipient, if it is another one", 'a',
		AT(original), NULL},
	{"reason", "text", "add: why, written behind the entry", 0, AT(reason), NULL},
	{"until", "date", "add: the last day on which the entry counts, such as 2027-01-31", 0,
		AT(until), NULL},
	{"conf", "file", "configuration file", 'c', AT(conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};
#undef AT

static void usage(void)
{
	printf("usage: mda-lists COMMAND [options] ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %-16s %s\n", commands[i]->name, commands[i]->arguments,
			commands[i]->meaning);
	printf("\nLISTs:\n");
	lists_print_names();
	printf("\n");
	options_print(options);
	printf("\nExit status: 0 done; 1 an entry is wrong, or is not there; 75 cannot tell.\n");
}

static const struct lists_command *find_command(const char *name, struct err *err)
{
	for (size_t i = 0; name && i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	err_temp(err, "%s%s; mda-lists --help lists the commands",
		name ? "there is no command " : "no command is given", name ? name : "");
	return NULL;
}

/* Root has no lists of his own; with system users everybody else has. */
static const char *myself(struct arena *mem)
{
	const struct passwd *me = getuid() == 0 ? NULL : getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : NULL;
}

static int find_settings(struct lists_tool *tool, struct err *err)
{
	struct mailbox m;
	const struct conf_file *file =
		conf_load(tool->conf ? tool->conf : conf_default_path, tool->mem, err);
	if (!file)
		return -1;
	tool->settings = conf_for(file, (struct str){"", 0}, tool->mem);
	if (!tool->user && tool->settings->users == USERS_SYSTEM)
		tool->user = myself(tool->mem);
	if (!tool->user)
		return 0;
	if (mailboxes_named(tool->conf, tool->user, tool->mem, &m, &tool->settings, err) < 0)
		return -1;
	tool->owner = m.user;
	tool->mailbox = m.name;
	tool->has_owner = true;
	return 0;
}

static int run(struct lists_tool *tool, char **words, struct err *err)
{
	size_t count = 0;
	const struct lists_command *command = find_command(words[0], err);
	while (words[0] && words[1 + count])
		count++;
	if (!command)
		return -1;
	if (count < command->least)
		return err_temp(err, "usage: mda-lists %s %s", command->name, command->arguments);
	if (find_settings(tool, err) < 0)
		return -1;
	return command->run(tool, count, words + 1, err);
}

static int answer(int argc, char **argv, struct arena *mem, struct err *err)
{
	struct lists_tool tool = {.mem = mem};
	int first = options_take(options, "mda-lists", argc, argv, &tool, err);
	if (first < 0)
		return -1;
	if (tool.help)
		usage();
	else if (tool.version)
		puts("mda-lists " MDA_VERSION);
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
		lists_complain("%s", err.text);
	arena_free(mem);
	return status < 0 ? EXIT_TRY_AGAIN : status;
}
