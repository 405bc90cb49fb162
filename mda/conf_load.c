#include "mda/base/io.h"
#include "mda/conf_lex.h"
#include "mda/conf_setting.h"
#include "mda/process.h"

#include <confuse.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

enum { CONF_MAX = 64 * 1024 * 1024, INCLUDES_DEEPEST = 8 };

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
	const struct conf_text *text;
	size_t from; /* of the stretch that it sees */
	enum conf_scope scope;
	struct arena *mem;
	struct err *err;
	bool failed, ended;
} parsing;

static void fail_at(const struct conf_text *text, size_t at, const char *message)
{
	if (!parsing.failed)
		conf_text_fail(text, at, message, parsing.err);
	parsing.failed = true;
}

static enum conf_scope scope_of(cfg_t *cfg)
{
	for (size_t i = 0; i < SECTIONS; i++)
		if (strcmp(cfg_name(cfg), sections[i].name) == 0)
			return sections[i].scope;
	return parsing.scope;
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
	fail_at(parsing.text, conf_text_find(parsing.text, parsing.from, line, word), text.p);
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

static cfg_t *make_parser(cfg_opt_t *opts, size_t count)
{
	opts[count++] = (cfg_opt_t)CFG_STR(end_mark, NULL, CFGF_NODEFAULT);
	opts[count] = (cfg_opt_t)CFG_END();
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);
	if (!cfg)
		return NULL;
	cfg_set_error_function(cfg, on_error);
	cfg_set_validate_func(cfg, end_mark, on_end_mark);
	return cfg;
}

/* For what stands outside of sections, and for sections within. */
static cfg_t *make_whole_parser(struct arena *mem)
{
	size_t count, n;
	cfg_opt_t *global = make_options(SCOPE_GLOBAL, SECTIONS + 1, &count, mem);
	for (size_t i = 0; i < SECTIONS; i++) {
		cfg_opt_t *inner = make_options(sections[i].scope, 0, &n, mem);
		inner[n] = (cfg_opt_t)CFG_END();
		global[count++] = (cfg_opt_t)CFG_SEC(
			sections[i].name, inner, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
	}
	return make_parser(global, count);
}

/* For the inside of one section. */
static cfg_t *make_section_parser(enum conf_scope scope, struct arena *mem)
{
	size_t count;
	cfg_opt_t *opts = make_options(scope, 1, &count, mem);
	return make_parser(opts, count);
}

size_t conf_load_work;

static int parse_stretch(
	cfg_t *cfg, const struct conf_text *text, const struct conf_stretch *stretch)
{
	struct str bytes = {text->p + stretch->from, stretch->to - stretch->from};
	struct str whole = arena_fmt(parsing.mem, STR_FMT "\n%s = 1\n", STR_ARGS(bytes), end_mark);
	parsing.text = text;
	parsing.from = stretch->from;
	parsing.ended = false;
	conf_load_work += bytes.n;
	/* ${VAR} is one of the caller's environment, whatever of it we keep. */
	char **kept = environ;
	environ = process_callers_environment();
	int parsed = cfg_parse_buf(cfg, whole.p);
	environ = kept;
	if (parsed != CFG_SUCCESS)
		fail_at(text, stretch->from, "libconfuse cannot read it"); /* unless it told why */
	else if (!parsing.ended)
		fail_at(text, stretch->to, "the file ends within a section or setting");
	return parsing.failed ? -1 : 0;
}

static void start_parsing(enum conf_scope scope, struct arena *mem, struct err *err)
{
	memset(&parsing, 0, sizeof parsing);
	parsing.scope = scope;
	parsing.mem = mem;
	parsing.err = err;
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
		struct str value = arena_str(mem, conf_lex_spelt(str_of(cfg_opt_getnstr(opt, i))));
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
	struct settings *to, const struct setting *s, const struct conf_place *place)
{
	char why[512];
	*(struct setting *)ARENA_PUSH(parsing.mem, to->items, to->count) = *s;
	if (setting_is_valid(s->key, &s->values, why, sizeof why))
		return 0;
	fail_at(place->text, culprit(s, place), why);
	return -1;
}

static int take_section(struct settings *to, cfg_t *cfg, enum conf_scope scope, struct str title,
	const struct conf_section *section)
{
	/* A key can be written in ways that only libconfuse sees through, such as with escapes. */
	const struct conf_place somewhere = {.text = parsing.text, .line = 1};
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		cfg_opt_t *opt = key->scopes & scope ? cfg_getopt(cfg, key->name) : NULL;
		if (!opt || !was_written(opt))
			continue;
		const struct conf_place *place =
			section ? conf_text_place(section, str_of(key->name)) : NULL;
		if (!place)
			place = &somewhere;
		struct setting s = {key, values_of(opt, parsing.mem), scope, title,
			place->text->path, place->line};
		if (take_setting(to, &s, place) < 0)
			return -1;
	}
	return 0;
}

/* The next section of that type from *AT on; NULL when there is none. */
static const struct conf_section *next_section(
	const struct conf_sections *all, const char *type, size_t *at)
{
	while (*at < all->count) {
		const struct conf_section *section = &all->items[(*at)++];
		if (str_eq(section->type, str_of(type)))
			return section;
	}
	return NULL;
}

static int take_settings(struct settings *to, cfg_t *cfg, const struct conf_sections *all)
{
	if (take_section(to, cfg, SCOPE_GLOBAL, (struct str){"", 0}, &all->items[0]) < 0)
		return -1;
	for (size_t i = 0; i < SECTIONS; i++) {
		size_t at = 1;
		for (unsigned n = 0; n < cfg_size(cfg, sections[i].name); n++) {
			cfg_t *one = cfg_getnsec(cfg, sections[i].name, n);
			struct str title = arena_str(parsing.mem, str_of(cfg_title(one)));
			if (take_section(to, one, sections[i].scope, title,
				    next_section(all, sections[i].name, &at)) < 0)
				return -1;
		}
	}
	return 0;
}

/* ---- files ---- */

struct loading {
	struct conf_file *file;
	cfg_t *cfg;
	struct conf_sections sections;
	unsigned depth; /* of includes */
	struct err *err;
};

static int load_file(struct loading *l, const char *path);

static struct conf_text *read_text(struct loading *l, const char *path)
{
	struct arena *mem = l->file->mem;
	struct conf_text *text = arena_alloc(mem, sizeof *text);
	struct str bytes;
	int r = io_read_file(path, CONF_MAX, mem, &bytes, l->err);
	if (r == 0)
		err_temp(l->err, "the configuration %s does not exist", path);
	if (r <= 0)
		return NULL;
	*text = (struct conf_text){.path = path, .p = (char *)bytes.p, .n = bytes.n};
	*(struct conf_text **)ARENA_PUSH(mem, l->file->texts, l->file->text_count) = text;
	return text;
}

/* A relative name is one beside the file that includes it. */
static const char *beside(const struct conf_text *text, struct str name, struct arena *mem)
{
	struct str path = str_of(text->path);
	size_t slash = str_rfind(path, '/');
	if (name.p[0] == '/' || slash == path.n)
		return arena_str(mem, name).p;
	return arena_fmt(
		mem, STR_FMT "/" STR_FMT, STR_ARGS(str_slice(path, 0, slash)), STR_ARGS(name))
		.p;
}

/* In the order of their names; a pattern that matches nothing includes nothing. */
static int load_matching(struct loading *l, const char *pattern)
{
	glob_t found;
	int r = glob(pattern, GLOB_ERR, NULL, &found);
	if (r == GLOB_NOMATCH)
		return 0;
	if (r != 0)
		return err_temp(l->err, "cannot list %s", pattern);
	for (size_t i = 0; i < found.gl_pathc && r == 0; i++)
		r = load_file(l, arena_str(l->file->mem, str_of(found.gl_pathv[i])).p);
	globfree(&found);
	return r;
}

static int include(struct loading *l, const struct conf_text *text, const struct conf_stretch *s)
{
	if (s->include.count && l->depth == INCLUDES_DEEPEST)
		return conf_text_fail(text, s->include_at,
			"files include one another too deeply; does one include itself?", l->err);
	l->depth++;
	for (size_t i = 0; i < s->include.count; i++) {
		const char *path = beside(text, s->include.items[i], l->file->mem);
		if ((strpbrk(path, "*?[") ? load_matching : load_file)(l, path) < 0)
			return -1;
	}
	l->depth--;
	return 0;
}

static int load_file(struct loading *l, const char *path)
{
	struct conf_stretch stretch;
	struct conf_text *text = read_text(l, path);
	struct conf_scan *scan =
		text ? conf_text_scan(text, 0, text->n, false, &l->sections, l->file->mem, l->err)
		     : NULL;
	int more = scan ? 1 : -1;
	while (more > 0) {
		more = conf_text_next(scan, &stretch);
		if (more > 0 && (parse_stretch(l->cfg, text, &stretch) < 0 ||
					include(l, text, &stretch) < 0))
			more = -1;
	}
	return more;
}

struct conf_file *conf_load(const char *path, struct arena *mem, struct err *err)
{
	struct conf_file *file = arena_alloc(mem, sizeof *file);
	file->path = path;
	file->mem = mem;
	if (!path)
		return file;
	struct loading l = {.file = file, .cfg = make_whole_parser(mem), .err = err};
	if (!l.cfg) {
		err_temp(err, "%s: libconfuse cannot be set up", path);
		return NULL;
	}
	start_parsing(SCOPE_GLOBAL, mem, err);
	int r = load_file(&l, path);
	if (r == 0)
		r = take_settings(&file->settings, l.cfg, &l.sections);
	cfg_free(l.cfg);
	return r < 0 ? NULL : file;
}

int conf_load_apart(const struct conf_text *text, const struct conf_apart *apart,
	struct settings *settings, struct arena *mem, struct err *err)
{
	struct conf_sections all = {0};
	struct conf_stretch stretch;
	enum conf_scope scope = (enum conf_scope)apart->scope;
	/* Looking through it makes comments blanks, again and again the same ones. */
	struct conf_text again = *text;
	struct conf_scan *scan =
		conf_text_scan(&again, apart->from, apart->to, true, &all, mem, err);
	int more = conf_text_next(scan, &stretch);
	if (more <= 0)
		return more;
	cfg_t *cfg = make_section_parser(scope, mem);
	if (!cfg)
		return err_temp(err, "%s: libconfuse cannot be set up", text->path);
	start_parsing(scope, mem, err);
	int r = parse_stretch(cfg, text, &stretch);
	if (r == 0)
		r = take_section(settings, cfg, scope, conf_text_title(text, apart), &all.items[0]);
	cfg_free(cfg);
	return r;
}
