/*
 * mda-config: shows which settings apply to an address, and checks scripts and lists. It changes
 * nothing.
 */
#include "base/confined.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mime.h"
#include "base/printable.h"
#include "filters/lists/list_text.h"
#include "filters/rules_check.h"
#include "mda/conf/aliases_text.h"
#include "mda/conf/tables/table.h"
#include "mda/conf/apart.h"
#include "mda/conf/conf_show.h"
#include "mda/conf/folders.h"
#include "mda/conf/owner.h"
#include "mda/session.h"
#include "mda/stage_conf.h"
#include "mda/tools/program.h"

#include <stdio.h>

enum { CONFIG_WRONG = 1 };

struct config_tool {
	struct session session;
	bool help, version;
	struct buf out;
	size_t scripts, lists, errors;
};

#define AT(field) offsetof(struct config_tool, field)
static const struct option_row options[] = {
	{"user", "user", "this login or address (default: everybody)", 'd', AT(session.inv.user),
		NULL},
	{"recipient", "address", "this recipient", 'r', AT(session.inv.recipient), NULL},
	{"conf", "file", "configuration file", 'c', AT(session.inv.conf), NULL},
	{"set", "key=value", "set a configuration key", 'o', AT(session), session_take_setting},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

static bool is_for_somebody(const struct config_tool *tool)
{
	return tool->session.inv.user || tool->session.inv.recipient;
}

static int find(struct config_tool *tool, struct err *err)
{
	struct session *s = &tool->session;
	if (log_open("none", err) < 0 || session_configure(s, err) < 0 ||
		conf_check(s->file, err) < 0)
		return -1;
	return is_for_somebody(tool) ? session_find_mailbox(s, err) : 0;
}

/* ---- show ---- */

/*
 * The settings of users are read with their rights. Nobody's settings, and those of an address
 * without a mailbox, are empty; then WHY says why. A server that knows users may have some, too.
 */
static int become(
	struct config_tool *tool, struct conf_personal *personal, struct err *why, struct err *err)
{
	struct session *s = &tool->session;
	bool has_own = s->conf->user_settings.count || user_source(s->conf)->asks_server;
	*personal = (struct conf_personal){.path = NULL};
	why->text[0] = '\0';
	if (!is_for_somebody(tool) || !has_own || session_become_user(s, why) < 0)
		return owner_drop(s->conf, s->mem, err);
	(void)conf_personal_read(s->file, s->conf, &s->user.names, s->mem, personal);
	return 0;
}

/* What Dovecot says that is not a setting. */
static void show_source(const struct session *s, const struct err *why)
{
	if (!user_source(s->conf)->asks_server)
		return;
	if (why->text[0])
		printf("# Dovecot's userdb: %s\n", why->text);
	else if (s->user.names.home.n)
		printf("# Dovecot's userdb: home " STR_FMT ", uid %ld, gid %ld\n",
			STR_ARGS(s->user.names.home), (long)s->user.uid, (long)s->user.gid);
}

static int show(struct config_tool *tool, struct err *err)
{
	struct session *s = &tool->session;
	struct conf_personal personal;
	struct err why;
	if (become(tool, &personal, &why, err) < 0)
		return -1;
	struct conf_source source = user_said(&s->user, s->conf, s->mem);
	if (conf_print(s->file, s->mailbox, &personal, &source, stdout, err) < 0)
		return -1;
	show_source(s, &why);
	const char *lack = confined_lack(confined_possible());
	printf("# the process that judges mail is confined by limits%s%s%s\n",
		lack ? "; this kernel has " : ", Landlock and a filter of system calls",
		lack ? lack : "", lack ? " for it" : "");
	return io_flush_stdout(err);
}

/* ---- check ---- */

static void tell(
	struct config_tool *tool, struct str file, unsigned line, unsigned column, struct str text)
{
	tool->errors++;
	printable_add(&tool->out, file);
	buf_fmt(&tool->out, ":%u:%u: ", line, column);
	printable_add(&tool->out, text);
	buf_byte(&tool->out, '\n');
}

/* Without a user, only the administrator's scripts. */
static int check_scripts(struct config_tool *tool, struct err *err)
{
	struct session *s = &tool->session;
	struct conf conf = *s->conf;
	struct rules_conf rules;
	struct sv_errors errors = {0};
	if (!is_for_somebody(tool)) {
		conf.scripts_user = conf.scripts_personal = (struct str_list){0};
		conf.maildir = conf.state_dir = STR_LIT("/nonexistent");
	}
	if (stage_conf_scripts(&conf, &s->user, s->mem, &rules, err) < 0)
		return -1;
	tool->scripts = rules_check(&rules, s->mem, &errors);
	for (size_t i = 0; i < errors.count; i++) {
		const struct diag *e = &errors.items[i];
		tell(tool, e->file, e->line, e->column, e->text);
	}
	for (size_t i = 0; i < errors.warning_count; i++) {
		const struct diag *w = &errors.warnings[i];
		/* Nobody's folders exist. */
		if (w->line && !is_for_somebody(tool))
			continue;
		printable_add(&tool->out, w->file);
		if (w->line)
			buf_fmt(&tool->out, ":%u:%u", w->line, w->column);
		buf_text(&tool->out, ": warning: ");
		printable_add(&tool->out, w->text);
		buf_byte(&tool->out, '\n');
	}
	tool->errors += errors.untold;
	return 0;
}

struct visitor {
	struct config_tool *tool;
	struct str path;
};

static void visit(void *context, const struct list_line *l)
{
	const struct visitor *v = context;
	if (l->wrong)
		tell(v->tool, v->path, l->line, l->column, str_of(l->wrong));
}

static void note_list(struct config_tool *tool, struct str path, int found, const struct err *err)
{
	tool->lists += found > 0;
	if (found < 0)
		tell(tool, path, 0, 0, str_of(err->text));
}

static int check_lists(struct config_tool *tool, struct err *err)
{
	const struct conf *conf = tool->session.conf;
	const struct str everybodys[] = {conf->global_allow, conf->global_block};
	const struct str theirs[] = {conf->user_allow, conf->user_block, conf->contacts};
	struct visitor v = {.tool = tool, .path = conf->aliases};
	struct err why;
	const char *wrong = table_is(v.path) ? table_wrong_name(v.path) : NULL;
	if (wrong)
		tell(tool, v.path, 0, 0, str_of(wrong));
	else if (v.path.n && !table_is(v.path))
		note_list(tool, v.path, aliases_text_walk(v.path, visit, &v, &why), &why);
	for (size_t i = 0; i < 5; i++) {
		struct str template = i < 2 ? everybodys[i] : theirs[i - 2];
		const char *path;
		if (template.n == 0 || (i >= 2 && !is_for_somebody(tool)))
			continue;
		if (template_expand(
			    template, &tool->session.user.names, tool->session.mem, &path, err) < 0)
			return -1;
		v.path = str_of(path);
		note_list(tool, v.path, list_text_walk(v.path, 0, visit, &v, &why), &why);
	}
	return 0;
}

/* A line that does not count is an error like one in a script. */
static void check_settings(struct config_tool *tool)
{
	const struct session *s = &tool->session;
	struct conf_personal p;
	struct str line;
	if (!is_for_somebody(tool) ||
		conf_personal_read(s->file, s->conf, &s->user.names, s->mem, &p) == 0)
		return;
	while (str_line(&p.errors, &line)) {
		printable_add(&tool->out, line);
		buf_byte(&tool->out, '\n');
	}
	tool->errors += p.error_count;
}

static void check_modules(struct config_tool *tool)
{
	const char *why = mime_unavailable();
	if (why)
		tell(tool, STR_LIT("GMime"), 0, 0, str_of(why));
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static int check(struct config_tool *tool, struct err *err)
{
	struct session *s = &tool->session;
	int r = is_for_somebody(tool) ? session_become_user(s, err)
				      : owner_drop(s->conf, s->mem, err);
	if (r == 0 && !is_for_somebody(tool))
		r = apart_check_all(s->file, s->mem, err);
	if (r < 0 || folders_declare(s->conf, err) < 0 || check_scripts(tool, err) < 0 ||
		check_lists(tool, err) < 0)
		return -1;
	check_settings(tool);
	check_modules(tool);
	buf_fmt(&tool->out, "%zu script%s, %zu list%s, %zu error%s\n", tool->scripts,
		plural(tool->scripts), tool->lists, plural(tool->lists), tool->errors,
		plural(tool->errors));
	if (program_print(&tool->out, err) < 0)
		return -1;
	return tool->errors ? CONFIG_WRONG : 0;
}

/* ---- the program ---- */

static const struct config_command {
	struct command is;
	int (*run)(struct config_tool *tool, struct err *err);
} config_show = {{"show", "", "print each key, its value, and where the value comes from", 0},
	show},
  config_check = {
	  {"check", "", "check the file, and the scripts and lists that it names", 0}, check};

static const struct command *const commands[] = {&config_show.is, &config_check.is, NULL};

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	const struct config_command *c = (const struct config_command *)command;
	if (count)
		return err_temp(err, "%s takes no %s", command->name, words[0]);
	return find(request, err) < 0 ? -1 : c->run(request, err);
}

static const struct program program = {
	.name = "mda-config",
	.synopsis = "mda-config [COMMAND] [options]",
	.commands = commands,
	.usual = &config_show.is,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "The default COMMAND is show.\n"
	       "Exit status: 0 no errors; 1 a script or list has an error; 75 the "
	       "configuration\nhas an error or cannot be read.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct config_tool tool = {.session = {.mem = arena_new(), .asks = true}};
	int status = program_main(&program, &tool, argc, argv);
	buf_free(&tool.out);
	arena_free(tool.session.mem);
	return status;
}
