/*
 * mda-contacts: a person's contacts, those they have written to, and the label that mail from an
 * address gets.
 */
#include "mda/tools/contacts/contacts_tool.h"
#include "mda/tools/program.h"

static const struct command *const commands[] = {&contacts_list.is, &contacts_add.is,
	&contacts_remove.is, &contacts_import.is, &contacts_export.is, &contacts_learn.is,
	&contacts_sent.is, &contacts_compile.is, &contacts_why.is, NULL};

#define AT(field) offsetof(struct contacts_tool, field)
static const struct option_row options[] = {
	{"user", "user", "whose contacts: a login or an address (default: you)", 'd', AT(user),
		NULL},
	{"recipient", "address", "the same as --user", 'r', AT(user), NULL},
	{"name", "text", "add: the person's name; why: the name in the From", 0, AT(name), NULL},
	{"auth", "results", "why: what your MTA found, such as \"dmarc=fail\"", 0, AT(auth), NULL},
	{"format", "format", "export: vcard or csv", 0, AT(format), NULL},
	{"all", NULL, "learn: every mailbox of the configuration", 0, AT(all), NULL},
	{"conf", "file", "configuration file", 'c', AT(conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct contacts_command *c = (const struct contacts_command *)command;
	return c->run(request, count, words, err);
}

static const struct program program = {
	.name = "mda-contacts",
	.synopsis = "mda-contacts COMMAND [options] ...",
	.commands = commands,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "Exit status: 0 done; 1 not an address, or still a contact; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct contacts_tool tool = {.mem = arena_new()};
	int status = program_main(&program, &tool, argc, argv);
	arena_free(tool.mem);
	return status;
}
