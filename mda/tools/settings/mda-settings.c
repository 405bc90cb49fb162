/*
 * mda-settings: what a person may set themselves. It shows who has set what, and edits the person's
 * own file (mda/conf/conf_personal.h).
 */
#include "base/json.h"
#include "base/str_list.h"
#include "mda/conf/conf_show.h"
#include "mda/conf/mailboxes.h"
#include "mda/conf/textfile.h"
#include "mda/conf/user_become.h"
#include "mda/session.h"
#include "mda/tools/program.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

enum { SETTINGS_WRONG = 1 };

struct settings_tool {
	const char *conf, *user;
	bool json, help, version;
	struct session session;
	const struct conf *settings; /* of mda.conf */
	const char *path;            /* of the person's file */
	struct arena *mem;
};

#define AT(field) offsetof(struct settings_tool, field)
static const struct option_row options[] = {
	{"user", "user", "whose settings: a login or an address (default: you)", 'd', AT(user),
		NULL},
	{"conf", "file", "configuration file", 'c', AT(conf), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/* ---- whose ---- */

static const char *myself(struct arena *mem)
{
	const struct passwd *me = getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : "";
}

/* Finds the mailbox and becomes its owner. */
static int open_mailbox(struct settings_tool *tool, struct err *err)
{
	struct mailbox m;
	struct session *s = &tool->session;
	*s = (struct session){.mem = tool->mem,
		.inv = {.conf = tool->conf, .user = tool->user ? tool->user : myself(tool->mem)},
		.asks = true};
	if (session_named(s, &m, err) < 0 || user_become(&m.user, err) < 0)
		return -1;
	tool->settings = s->conf;
	tool->path = conf_personal_path(s->conf, &s->user.names, tool->mem);
	if (tool->path)
		return 0;
	return err_temp(err, STR_FMT " may set nothing: user_settings in mda.conf names the keys",
		STR_ARGS(m.name));
}

/* The key with that name, if the person may set it. */
static const struct conf_key *find_key(
	const struct settings_tool *tool, const char *name, struct err *err)
{
	const struct conf_key *key = conf_key_find(str_of(name), SCOPE_ADDRESS);
	if (key && conf_personal_may(tool->settings, key))
		return key;
	struct buf all = {0};
	for (size_t i = 0; i < tool->settings->user_settings.count; i++)
		buf_fmt(&all, "%s" STR_FMT, i ? ", " : "",
			STR_ARGS(tool->settings->user_settings.items[i]));
	err_temp(err, "%s is not yours to set; these keys are: %s", name, buf_cstr(&all));
	buf_free(&all);
	return NULL;
}

/* ---- show ---- */

struct list {
	const struct settings_tool *tool;
	const struct conf_key *only; /* NULL: every key */
	struct buf out;
};

static void add_json(const struct conf_shown *shown, struct buf *to)
{
	struct json json = {.to = to};
	json_begin_object(&json);
	json_text(&json, "key", str_of(shown->key->name));
	json_texts(&json, "values", shown->values->items, shown->values->count);
	json_text(&json, "from", str_of(conf_setter_names[shown->by]));
	json_text(&json, "where", shown->where);
	json_end_object(&json);
	json_end_line(&json);
}

static void add_shown(void *context, const struct conf_shown *shown)
{
	struct list *l = context;
	if (!conf_personal_may(l->tool->settings, shown->key) || (l->only && l->only != shown->key))
		return;
	if (l->tool->json)
		add_json(shown, &l->out);
	else
		conf_show_line(shown, &l->out);
}

static int run_show(struct settings_tool *tool, char **words, struct err *err)
{
	struct conf_personal personal;
	struct list l = {.tool = tool};
	struct session *s = &tool->session;
	if (words[0] && !(l.only = find_key(tool, words[0], err)))
		return -1;
	(void)conf_personal_read(s->file, tool->settings, &s->user.names, tool->mem, &personal);
	struct conf_source source = user_said(&s->user, s->conf, tool->mem);
	int r = conf_show(s->file, s->mailbox, &personal, &source, add_shown, &l, err);
	if (r == 0)
		r = program_print(&l.out, err);
	buf_free(&l.out);
	struct str line;
	while (str_line(&personal.errors, &line))
		program_complain(STR_FMT, STR_ARGS(line));
	return r < 0 ? -1 : personal.error_count ? SETTINGS_WRONG : 0;
}

/* ---- set, unset ---- */

/* Does the line set KEY, and nothing else that could be lost with it? */
static bool is_about(struct str line, const struct conf_key *key)
{
	struct str name = str_of(key->name), rest = str_trim(line);
	if (!str_starts(rest, name))
		return false;
	rest = str_trim(str_slice(rest, name.n, rest.n));
	return rest.n && rest.p[0] == '=';
}

/* Copies the text without the lines about KEY; returns how many there were. */
static size_t cut(struct str text, const struct conf_key *key, struct buf *to)
{
	struct str line;
	size_t gone = 0;
	while (text.n) {
		struct str before = text;
		(void)str_line(&text, &line); /* there is one */
		if (is_about(line, key))
			gone++;
		else
			buf_add(to, str_slice(before, 0, before.n - text.n));
	}
	return gone;
}

static void add_line(const struct conf_key *key, char **values, struct arena *mem, struct buf *to)
{
	struct str_list list = {0};
	for (char **v = values; *v; v++)
		str_list_add(&list, str_of(*v), mem);
	if (to->n && to->p[to->n - 1] != '\n')
		buf_byte(to, '\n');
	buf_fmt(to, key->type->is_list ? "%s = { " : "%s = ", key->name);
	for (size_t i = 0; i < list.count; i++) {
		buf_text(to, i ? ", \"" : "\"");
		for (size_t k = 0; k < list.items[i].n; k++) {
			char c = list.items[i].p[k];
			if (c == '"' || c == '\\')
				buf_byte(to, '\\');
			buf_byte(to, c);
		}
		buf_byte(to, '"');
	}
	buf_text(to, key->type->is_list ? " }\n" : "\n");
}

/* A value that a line cannot hold would be read as something else. */
static int check_values(const struct conf_key *key, char **values, struct err *err)
{
	if (!key->type->is_list && (!values[0] || values[1]))
		return err_temp(err, "%s takes one value", key->name);
	for (char **v = values; *v; v++)
		if (strpbrk(*v, "\r\n"))
			return err_temp(err, "%s: a value has one line", key->name);
	return 0;
}

/* Does the new line count? If not, *ERR has the reason that a delivery would report. */
static int check_line(const struct settings_tool *tool, const struct conf_key *key, struct str line,
	struct err *err)
{
	struct conf_personal p;
	conf_personal_parse(tool->session.file, tool->settings, tool->path, line, tool->mem, &p);
	if (p.error_count == 0 && conf_personal_find(&p, key))
		return 0;
	/* Its place in a file of one line says nothing. */
	struct str why = str_trim(p.errors);
	for (int colons = 0; colons < 3; colons++)
		why = str_slice(why, str_find(why, ':') + 1, why.n);
	why = str_trim(why);
	return err_temp(err, STR_FMT, STR_ARGS(why));
}

static int edit(struct settings_tool *tool, const struct conf_key *key, struct str line,
	const char *what, struct err *err)
{
	struct textfile file = TEXTFILE_NONE;
	const struct textfile_place place = {tool->path, false, 0700};
	struct buf text = {0}, said = {0};
	int r = textfile_open(&place, tool->mem, &file, err);
	size_t gone = r == 0 ? cut(file.text, key, &text) : 0;
	if (text.n && line.n && text.p[text.n - 1] != '\n')
		buf_byte(&text, '\n');
	buf_add(&text, line);
	bool changes = gone || line.n;
	if (r == 0 && changes)
		r = textfile_write(&file, buf_str(&text), 0600, err);
	textfile_close(&file);
	if (r == 0 && !changes)
		r = SETTINGS_WRONG;
	buf_fmt(&said, "%s: %s %s\n", tool->path, key->name, changes ? what : "is not set there");
	if (r >= 0 && program_print(&said, err) < 0)
		r = -1;
	buf_free(&said);
	buf_free(&text);
	return r;
}

static int run_set(struct settings_tool *tool, char **words, struct err *err)
{
	struct buf line = {0};
	const struct conf_key *key = find_key(tool, words[0], err);
	if (!key || check_values(key, words + 1, err) < 0)
		return -1;
	add_line(key, words + 1, tool->mem, &line);
	int r = check_line(tool, key, buf_str(&line), err);
	if (r == 0)
		r = edit(tool, key, buf_str(&line), "is set", err);
	buf_free(&line);
	return r;
}

static int run_unset(struct settings_tool *tool, char **words, struct err *err)
{
	const struct conf_key *key = find_key(tool, words[0], err);
	if (!key)
		return -1;
	if (words[1])
		return err_temp(err, "unset takes one key");
	return edit(tool, key, STR_EMPTY, "is no longer set", err);
}

/* ---- the program ---- */

static const struct settings_command {
	struct command is;
	/* The exit status, or -1 with *ERR filled. */
	int (*run)(struct settings_tool *tool, char **words, struct err *err);
} show = {{"show", "[KEY]", "print the keys that you may set, what is in force, and who set it", 0},
	run_show},
  set = {{"set", "KEY VALUE...", "set a key; a list has several values, or none", 1}, run_set},
  unset = {{"unset", "KEY", "set it no longer, so that mda.conf decides", 1}, run_unset};

static const struct command *const commands[] = {&show.is, &set.is, &unset.is, NULL};

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	struct settings_tool *tool = request;
	(void)count;
	if (open_mailbox(tool, err) < 0)
		return -1;
	return ((const struct settings_command *)command)->run(tool, words, err);
}

static const struct program program = {
	.name = "mda-settings",
	.synopsis = "mda-settings [COMMAND] [options] ...",
	.commands = commands,
	.usual = &show.is,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "The default COMMAND is show.\n"
	       "Exit status: 0 done; 1 a line of the file does not count, or the key was not "
	       "set;\n75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct settings_tool tool = {.mem = arena_new()};
	int status = program_main(&program, &tool, argc, argv);
	arena_free(tool.mem);
	return status;
}
