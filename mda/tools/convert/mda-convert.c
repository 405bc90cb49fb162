/* mda-convert: makes a Sieve script of another program's rules. It changes nothing. */
#include "base/io.h"
#include "base/path.h"
#include "mda/conf/owner.h"
#include "mda/conf/user_become.h"
#include "mda/tools/convert/convert.h"
#include "mda/tools/program.h"

#include <pwd.h>
#include <unistd.h>

enum { CONVERT_NOT_ALL = 1 };

struct convert_tool {
	const char *conf;
	bool help, version;
	struct arena *mem;
};

struct convert_command {
	struct command is;
	void (*convert)(struct convert *c);
};

static const struct convert_command procmail = {
	{"procmail", "FILE", "from .procmailrc", 1}, convert_procmail};
static const struct convert_command maildrop = {
	{"maildrop", "FILE", "from .mailfilter", 1}, convert_maildrop};
static const struct convert_command fdm = {{"fdm", "FILE", "from .fdm.conf", 1}, convert_fdm};
static const struct command *const commands[] = {&procmail.is, &maildrop.is, &fdm.is, NULL};

#define AT(field) offsetof(struct convert_tool, field)
static const struct option_row options[] = {
	{"conf", "file", "whose unprivileged_user reads root's own files", 'c', AT(conf), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

static bool is_standard_input(const char *path)
{
	return str_eq(str_of(path), STR_LIT("-"));
}

static int drop(const struct convert_tool *tool, struct err *err)
{
	struct conf_file *file = conf_load(tool->conf, tool->mem, err);
	return file ? owner_drop(conf_global(file, tool->mem), tool->mem, err) : -1;
}

/*
 * Root opens its own files and then gives up its rights; for somebody else's file it becomes its
 * owner first. *FD is -1 if PATH is still to be opened.
 */
static int become_reader(
	const struct convert_tool *tool, const char *path, int *fd, struct err *err)
{
	struct user owner;
	*fd = is_standard_input(path) ? STDIN_FILENO : -1;
	if (geteuid() != 0)
		return 0;
	int whose = *fd >= 0 ? 1 : owner_of_file(path, tool->mem, &owner, err);
	if (whose <= 0)
		return whose < 0 ? -1 : user_become(&owner, err);
	if (*fd < 0 && (*fd = owner_open_file(path, tool->mem, err)) < 0)
		return -1;
	return drop(tool, err);
}

static int read_source(
	const struct convert_tool *tool, const char *path, struct str *source, struct err *err)
{
	struct buf text = {0};
	int fd;
	if (become_reader(tool, path, &fd, err) < 0)
		return -1;
	if (fd < 0) {
		int found = io_read_file(path, CONVERT_LARGEST, tool->mem, source, err);
		return found == 0 ? err_temp(err, "there is no file %s", path) : found;
	}
	int r = io_read_all(fd, CONVERT_LARGEST, &text, path, err);
	*source = arena_str(tool->mem, buf_str(&text));
	buf_free(&text);
	return r;
}

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct convert_command *k = (const struct convert_command *)command;
	struct convert_tool *tool = request;
	struct convert c = {.mem = tool->mem};
	struct buf script = {0};
	if (count != 1)
		return err_temp(err, "%s takes one file", command->name);
	if (read_source(tool, words[0], &c.source, err) < 0)
		return -1;
	/* After read_source(), this process is the owner of the rules, or nobody. */
	const struct passwd *me = getpwuid(getuid());
	c.home = me ? arena_str(c.mem, str_of(me->pw_dir)) : STR_EMPTY;
	k->convert(&c);
	convert_finish(&c, command->name, &script);
	buf_free(&c.out);
	for (size_t i = 0; i < c.problem_count; i++) {
		const struct convert_problem *p = &c.problems[i];
		struct str file = p->file.n ? p->file : str_of(words[0]);
		program_complain(STR_FMT ":%zu: not converted: " STR_FMT, STR_ARGS(file), p->line,
			STR_ARGS(p->reason));
	}
	int r = program_print(&script, err);
	buf_free(&script);
	return r < 0 ? -1 : c.problem_count ? CONVERT_NOT_ALL : 0;
}

static const struct program program = {
	.name = "mda-convert",
	.synopsis = "mda-convert COMMAND FILE",
	.commands = commands,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "The script goes to standard output; FILE may be -.\n"
	       "Exit status: 0 all was converted; 1 some was not; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct convert_tool tool = {.mem = arena_new()};
	int status = program_main(&program, &tool, argc, argv);
	arena_free(tool.mem);
	return status;
}
