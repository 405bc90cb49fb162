/*
 * mda-lists: edits, checks, tests and compiles block and allow lists, for users and administrators.
 */
#include "mda/conf/mailboxes.h"
#include "mda/tools/lists/lists_tool.h"
#include "mda/tools/program.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

static const struct command *const commands[] = {&lists_add.is, &lists_remove.is, &lists_show.is,
	&lists_check.is, &lists_test.is, &lists_expire.is, &lists_screened.is, &lists_forget.is,
	&lists_compile.is, NULL};

#define AT(field) offsetof(struct lists_tool, field)
static const struct option_row options[] = {
	{"user", "user", "whose lists: a login or an address (default: you)", 'd', AT(user), NULL},
	{"recipient", "address", "the same as --user", 'r', AT(user), NULL},
	{"original", "address", "test: the original recipient, if it is another one", 'a',
		AT(original), NULL},
	{"reason", "text", "add: the reason, written after the entry", 0, AT(reason), NULL},
	{"until", "date", "add: the last day that it counts, such as 2027-01-31", 0, AT(until),
		NULL},
	{"unused", "time", "show: only entries not used for so long, such as 180d; expire: these",
		0, AT(unused), NULL},
	{"uses", NULL, "show: add up the uses of global lists in all mailboxes, as root", 0,
		AT(uses), NULL},
	{"dry-run", NULL, "expire, forget: change nothing; print what would be changed", 'n',
		AT(dry_run), NULL},
	{"conf", "file", "configuration file", 'c', AT(conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

static void explain(void)
{
	printf("LIST is one of:\n");
	lists_print_names();
	printf("\n");
}

/* Root has no lists. With system users, everybody else has. */
static const char *myself(struct arena *mem)
{
	const struct passwd *me = getuid() == 0 ? NULL : getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : NULL;
}

static int find_settings(struct lists_tool *tool, struct err *err)
{
	struct mailbox m;
	struct session *s = &tool->session;
	*s = (struct session){.mem = tool->mem, .inv = {.conf = tool->conf}, .asks = true};
	if (session_configure(s, err) < 0)
		return -1;
	tool->settings = s->conf;
	if (!tool->user && tool->settings->users == USERS_SYSTEM)
		tool->user = myself(tool->mem);
	if (!tool->user)
		return 0;
	s->inv.user = tool->user;
	if (session_named(s, &m, err) < 0)
		return -1;
	tool->settings = s->conf;
	tool->owner = m.user;
	tool->mailbox = m.name;
	tool->state = m.state || !m.maildir ? m.state : store_state_dir(m.maildir, tool->mem);
	tool->has_owner = true;
	return 0;
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct lists_command *c = (const struct lists_command *)command;
	return find_settings(request, err) < 0 ? -1 : c->run(request, count, words, err);
}

static const struct program program = {
	.name = "mda-lists",
	.synopsis = "mda-lists COMMAND [options] ...",
	.commands = commands,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.explain = explain,
	.end = "Exit status: 0 done; 1 an entry is wrong, or is not in the list; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct lists_tool tool = {.mem = arena_new()};
	int status = program_main(&program, &tool, argc, argv);
	arena_free(tool.mem);
	return status;
}
