#include "mda/base/io.h"
#include "mda/conf_setting.h"
#include "mda/conf_text.h"
#include "mda/process.h"

#include <confuse.h>
#include <string.h>
#include <unistd.h>

enum { CONF_MAX = 16 * 1024 * 1024 };

static const struct {
	const char *name;
	enum conf_scope scope;
} sections[] = {
	{"organization", SCOPE_ORGANIZATION},
	{"domain", SCOPE_DOMAIN},
	{"address", SCOPE_ADDRESS},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

/*
 * libconfuse accepts a file that ends within a section. This key, put behind the text, is missed should that happen, so
 * that nothing in the file is ever passed over in silence.
 */
static const char end_mark[] = "end_of_mda_conf";

/* ---- what libconfuse tells while it parses ---- */

/* libconfuse's callbacks carry no pointer of the caller's. */
static struct {
	struct conf_text text;
	struct arena *mem;
	struct err *err;
	bool failed, ended;
} parsing;

static void fail_at(size_t at, const char *message)
{
	if (!parsing.failed)
		conf_text_fail(&parsing.text, at, message, parsing.err);
	parsing.failed = true;
}

static enum conf_scope scope_of(cfg_t *cfg)
{
	for (size_t i = 0; i < SECTIONS; i++)
		if (strcmp(cfg_name(cfg), sections[i].name) == 0)
			return sections[i].scope;
	return SCOPE_GLOBAL;
}

/* The text that libconfuse put between quotes in its message: the word that it stumbled over. */
static struct str quoted(const char *message)
{
	struct str s = str_of(message);
	size_t from = str_find(s, '\'');
	size_t to = str_rfind(s, '\'');
	/* The message may have been cut before the second quote. */
	return str_slice(s, from + 1, from < to ? to : s.n);
}

/* What libconfuse says, in words that tell what is allowed. Its other messages can stand. */
static struct str sentence(
	const char *fmt, struct str word, const char *message, enum conf_scope scope)
{
	if (str_eq(word, str_of(end_mark)))
		return STR_LIT("the file ends within a section or setting");
	if (strcmp(fmt, "no such option '%s'") == 0) {
		struct str hint = conf_key_suggest(word, scope, parsing.mem);
		return arena_fmt(parsing.mem, "unknown key \"" STR_FMT "\"; " STR_FMT,
			STR_ARGS(word), STR_ARGS(hint));
	}
	if (strcmp(fmt, "unexpected token '%s'") == 0)
		return arena_fmt(parsing.mem,
			"\"" STR_FMT "\" cannot stand here; allowed are key = value, "
			"key = { value, value } and section \"title\" { ... }",
			STR_ARGS(word));
	if (strcmp(fmt, "found duplicate title '%s'") == 0)
		return arena_fmt(
			parsing.mem, "there is a section \"" STR_FMT "\" above", STR_ARGS(word));
	return arena_str(parsing.mem, str_of(message));
}

__attribute__((format(printf, 2, 0))) static void on_error(
	cfg_t *cfg, const char *fmt, va_list args)
{
	char message[512];
	vsnprintf(message, sizeof message, fmt, args);
	struct str word = quoted(message);
	unsigned line = cfg->line > 0 ? (unsigned)cfg->line : 1;
	struct str text = sentence(fmt, str_slice(word, 0, 60), message, scope_of(cfg));
	fail_at(conf_text_find(&parsing.text, line, word), text.p);
}

static int on_end_mark(cfg_t *cfg, cfg_opt_t *opt)
{
	(void)cfg;
	(void)opt;
	parsing.ended = true;
	return 0;
}

/* ---- the grammar that libconfuse gets, made from the table of keys ---- */

static cfg_opt_t *make_options(
	enum conf_scope scope, size_t extra, size_t *count, struct arena *mem)
{
	cfg_opt_t *opts = arena_alloc(mem, (conf_key_count + extra + 1) * sizeof *opts);
	*count = 0;
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		if (!(key->scopes & scope))
			continue;
		cfg_opt_t one = CFG_STR(key->name, NULL, CFGF_NODEFAULT);
		cfg_opt_t list = CFG_STR_LIST(key->name, NULL, CFGF_NODEFAULT);
		opts[(*count)++] = key->type->is_list ? list : one;
	}
	return opts;
}

static cfg_t *make_grammar(struct arena *mem)
{
	size_t count, n;
	cfg_opt_t *global = make_options(SCOPE_GLOBAL, SECTIONS + 1, &count, mem);
	for (size_t i = 0; i < SECTIONS; i++) {
		cfg_opt_t *inner = make_options(sections[i].scope, 0, &n, mem);
		inner[n] = (cfg_opt_t)CFG_END();
		global[count++] = (cfg_opt_t)CFG_SEC(
			sections[i].name, inner, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	}
	global[count++] = (cfg_opt_t)CFG_STR(end_mark, NULL, CFGF_NODEFAULT);
	global[count] = (cfg_opt_t)CFG_END();
	cfg_t *cfg = cfg_init(global, CFGF_NONE);
	if (!cfg)
		return NULL;
	cfg_set_error_function(cfg, on_error);
	cfg_set_validate_func(cfg, end_mark, on_end_mark);
	return cfg;
}

/* ---- from libconfuse's tree to a list of settings ---- */

static bool was_written(const cfg_opt_t *opt)
{
	return opt->flags & CFGF_MODIFIED;
}

static struct str_list values_of(cfg_opt_t *opt, struct arena *mem)
{
	struct str_list values = {0};
	for (unsigned i = 0; i < cfg_opt_size(opt); i++) {
		struct str value = arena_str(mem, str_of(cfg_opt_getnstr(opt, i)));
		*(struct str *)ARENA_PUSH(mem, values.items, values.count) = value;
	}
	return values;
}

/* Of values that were refused: the place of the first that is refused on its own, else the key's. */
static size_t culprit(const struct setting *s, const struct conf_place *place)
{
	char why[512];
	for (size_t i = 0; i < s->values.count && s->values.count == place->value_count; i++) {
		struct str_list one = {&s->values.items[i], 1};
		if (!setting_is_valid(s->key, &one, why, sizeof why))
			return place->values[i];
	}
	return place->at;
}

static int take_setting(
	struct conf_file *file, const struct setting *s, const struct conf_place *place)
{
	char why[512];
	*(struct setting *)ARENA_PUSH(file->mem, file->settings, file->count) = *s;
	if (setting_is_valid(s->key, &s->values, why, sizeof why))
		return 0;
	fail_at(culprit(s, place), why);
	return -1;
}

static int take_section(struct conf_file *file, cfg_t *cfg, enum conf_scope scope,
	const struct conf_section *section)
{
	/* A key can be written in ways that only libconfuse sees through, such as with escapes. */
	static const struct conf_place somewhere = {.line = 1};
	struct str title = arena_str(file->mem, str_of(cfg_title(cfg)));
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		cfg_opt_t *opt = key->scopes & scope ? cfg_getopt(cfg, key->name) : NULL;
		if (!opt || !was_written(opt))
			continue;
		const struct conf_place *place =
			section ? conf_text_place(section, str_of(key->name)) : NULL;
		if (!place)
			place = &somewhere;
		struct setting s = {key, values_of(opt, file->mem), scope, title, place->line};
		if (take_setting(file, &s, place) < 0)
			return -1;
	}
	return 0;
}

/* The next section of that type from *AT on; NULL when there is none. */
static const struct conf_section *next_section(const char *type, size_t *at)
{
	while (*at < parsing.text.count) {
		const struct conf_section *section = &parsing.text.sections[(*at)++];
		if (str_eq(section->type, str_of(type)))
			return section;
	}
	return NULL;
}

static int take_settings(struct conf_file *file, cfg_t *cfg)
{
	if (take_section(file, cfg, SCOPE_GLOBAL, &parsing.text.sections[0]) < 0)
		return -1;
	for (size_t i = 0; i < SECTIONS; i++) {
		size_t at = 1;
		for (unsigned n = 0; n < cfg_size(cfg, sections[i].name); n++)
			if (take_section(file, cfg_getnsec(cfg, sections[i].name, n),
				    sections[i].scope, next_section(sections[i].name, &at)) < 0)
				return -1;
	}
	return 0;
}

/* ---- loading ---- */

static int parse(struct conf_file *file, struct str text, struct err *err)
{
	parsing.mem = file->mem;
	parsing.err = err;
	parsing.failed = parsing.ended = false;
	if (conf_text_scan(file->path, text, file->mem, &parsing.text, err) < 0)
		return -1;
	struct str whole =
		arena_fmt(file->mem, STR_FMT "\n%s = 1\n", STR_ARGS(parsing.text.clean), end_mark);
	cfg_t *cfg = make_grammar(file->mem);
	if (!cfg)
		return err_temp(err, "%s: libconfuse cannot be set up", file->path);
	/* ${VAR} is one of the caller's environment, whatever of it we keep. */
	char **kept = environ;
	environ = process_callers_environment();
	int parsed = cfg_parse_buf(cfg, whole.p);
	environ = kept;
	if (parsed != CFG_SUCCESS)
		fail_at(0, "libconfuse cannot read it"); /* unless it told why */
	else if (!parsing.ended)
		fail_at(text.n, "the file ends within a section or setting");
	int r = parsing.failed ? -1 : take_settings(file, cfg);
	cfg_free(cfg);
	return r;
}

struct conf_file *conf_load(const char *path, struct arena *mem, struct err *err)
{
	struct conf_file *file = arena_alloc(mem, sizeof *file);
	struct str text;
	file->path = path;
	file->mem = mem;
	if (!path)
		return file;
	int r = io_read_file(path, CONF_MAX, mem, &text, err);
	if (r == 0)
		err_temp(err, "the configuration %s does not exist", path);
	if (r <= 0 || parse(file, text, err) < 0)
		return NULL;
	return file;
}
