#include "mda/conf.h"

#include "mda/base/io.h"
#include "mda/base/log.h"
#include "mda/conf_key.h"
#include "mda/conf_text.h"

#include <confuse.h>
#include <stdlib.h>
#include <string.h>

enum { CONF_MAX = 16 * 1024 * 1024 };

const char conf_default_path[] = MDA_SYSCONFDIR "/mda.conf";

/* A value that somebody wrote, and where. */
struct setting {
	const struct conf_key *key;
	struct str_list values;
	enum conf_scope scope;
	struct str title; /* of its section */
	unsigned line;    /* 0: from the command line */
};

struct conf_file {
	const char *path;
	struct arena *mem;
	struct setting *settings;
	size_t count;
};

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
 * libconfuse accepts a file that ends within a section or a comment. This key, put behind the text, is missed when
 * that happens.
 */
static const char end_mark[] = "end_of_mda_conf";

/* ---- what libconfuse tells while it parses ---- */

struct line_of {
	const cfg_opt_t *opt;
	unsigned line;
};

/* libconfuse's callbacks carry no pointer of the caller's. */
static struct {
	const char *path;
	struct str text;
	struct arena *mem;
	struct err *err;
	bool failed, ended;
	struct line_of *lines;
	size_t line_count;
} parsing;

static unsigned column_of(unsigned number, struct str word)
{
	struct str rest = parsing.text, line;
	for (unsigned n = 1; str_line(&rest, &line); n++) {
		if (n != number)
			continue;
		size_t at = str_ifind(line, word);
		return at < line.n ? (unsigned)at + 1 : 1;
	}
	return 1;
}

static void fail_at(unsigned line, struct str word, const char *text)
{
	if (parsing.failed)
		return;
	parsing.failed = true;
	err_temp(parsing.err, "%s:%u:%u: %s", parsing.path, line, column_of(line, word), text);
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
	return from < to ? str_slice(s, from + 1, to) : (struct str){"", 0};
}

__attribute__((format(printf, 2, 0))) static void on_error(
	cfg_t *cfg, const char *fmt, va_list args)
{
	char message[512];
	vsnprintf(message, sizeof message, fmt, args);
	struct str word = quoted(message);
	unsigned line = cfg->line > 0 ? (unsigned)cfg->line : 1;
	if (str_eq(word, str_of(end_mark)) || strcmp(fmt, "premature end of file") == 0) {
		fail_at(line, word, "the file ends within a section, list, string or comment");
		return;
	}
	struct str text = str_of(message);
	if (strcmp(fmt, "no such option '%s'") == 0) {
		struct str hint = conf_key_suggest(word, scope_of(cfg), parsing.mem);
		text = arena_fmt(parsing.mem, "unknown key \"" STR_FMT "\"; " STR_FMT,
			STR_ARGS(word), STR_ARGS(hint));
	}
	fail_at(line, word, text.p);
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	parsing.ended = parsing.ended || strcmp(cfg_opt_name(opt), end_mark) == 0;
	struct line_of *l = ARENA_PUSH(parsing.mem, parsing.lines, parsing.line_count);
	*l = (struct line_of){opt, (unsigned)cfg->line};
	return 0;
}

/* No callback comes for an empty list: then the first line that starts with the key must do. */
static unsigned line_of(const cfg_opt_t *opt)
{
	struct str rest = parsing.text, line;
	for (size_t i = parsing.line_count; i-- > 0;)
		if (parsing.lines[i].opt == opt)
			return parsing.lines[i].line;
	for (unsigned n = 1; str_line(&rest, &line); n++)
		if (str_istarts(str_trim(line), str_of(opt->name)))
			return n;
	return 1;
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
	cfg_set_validate_func(cfg, end_mark, on_value);
	for (size_t i = 0; i < conf_key_count; i++) {
		if (conf_keys[i].scopes & SCOPE_GLOBAL)
			cfg_set_validate_func(cfg, conf_keys[i].name, on_value);
		for (size_t k = 0; k < SECTIONS; k++) {
			struct str path =
				arena_fmt(mem, "%s|%s", sections[k].name, conf_keys[i].name);
			if (conf_keys[i].scopes & sections[k].scope)
				cfg_set_validate_func(cfg, path.p, on_value);
		}
	}
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

static int check_setting(const struct setting *s, char *why, size_t size)
{
	struct conf conf;
	struct tag_organization organization;
	bool of_organization = s->scope == SCOPE_ORGANIZATION;
	void *base = of_organization ? (void *)&organization : (void *)&conf;
	struct arena *scratch = arena_new();
	bool ok = conf_key_set(s->key, base, &s->values, scratch, why, size);
	arena_free(scratch);
	return ok ? 0 : -1;
}

static int take_section(struct conf_file *file, cfg_t *cfg, enum conf_scope scope)
{
	struct str title = cfg_title(cfg) ? str_of(cfg_title(cfg)) : (struct str){"", 0};
	for (size_t i = 0; i < conf_key_count; i++) {
		if (!(conf_keys[i].scopes & scope))
			continue;
		cfg_opt_t *opt = cfg_getopt(cfg, conf_keys[i].name);
		if (!opt || !was_written(opt))
			continue;
		struct setting *s = ARENA_PUSH(file->mem, file->settings, file->count);
		*s = (struct setting){&conf_keys[i], values_of(opt, file->mem), scope,
			arena_lower(file->mem, title), line_of(opt)};
		char why[512];
		if (check_setting(s, why, sizeof why) < 0) {
			fail_at(s->line, s->values.count ? s->values.items[0] : title, why);
			return -1;
		}
	}
	return 0;
}

static int take_settings(struct conf_file *file, cfg_t *cfg)
{
	if (take_section(file, cfg, SCOPE_GLOBAL) < 0)
		return -1;
	for (size_t i = 0; i < SECTIONS; i++)
		for (unsigned n = 0; n < cfg_size(cfg, sections[i].name); n++)
			if (take_section(file, cfg_getnsec(cfg, sections[i].name, n),
				    sections[i].scope) < 0)
				return -1;
	return 0;
}

/* ---- loading ---- */

static int parse(struct conf_file *file, struct str text, struct err *err)
{
	parsing.path = file->path;
	parsing.text = text;
	parsing.mem = file->mem;
	parsing.err = err;
	parsing.failed = parsing.ended = false;
	parsing.lines = NULL;
	parsing.line_count = 0;
	struct str whole = arena_fmt(file->mem, STR_FMT "\n%s = 1\n", STR_ARGS(text), end_mark);
	cfg_t *cfg = make_grammar(file->mem);
	if (!cfg)
		return err_temp(err, "%s: libconfuse cannot be set up", file->path);
	int r = cfg_parse_buf(cfg, whole.p) == CFG_SUCCESS && !parsing.failed ? 0 : -1;
	if (r < 0 && !parsing.failed)
		err_temp(err, "%s: syntax error", file->path);
	if (r == 0 && !parsing.ended)
		r = err_temp(
			err, "%s: the file ends within a section, string or comment", file->path);
	if (r == 0)
		r = take_settings(file, cfg);
	cfg_free(cfg);
	return r;
}

struct conf_file *conf_load(const char *path, struct arena *mem, struct err *err)
{
	struct conf_file *file = arena_alloc(mem, sizeof *file);
	struct str text;
	file->path = path;
	file->mem = mem;
	int r = io_read_file(path, CONF_MAX, mem, &text, err);
	if (r == 0)
		err_temp(err, "the configuration %s does not exist", path);
	if (r <= 0 || conf_text_blank(text, path, mem, &text, err) < 0 ||
		parse(file, text, err) < 0)
		return NULL;
	return file;
}

int conf_override(struct conf_file *file, const char *assignment, struct err *err)
{
	char why[512];
	struct str all = str_of(assignment), word;
	size_t equals = str_find(all, '=');
	struct str name = str_trim(str_slice(all, 0, equals));
	struct str value = str_trim(str_slice(all, equals + 1, all.n));
	const struct conf_key *key = conf_key_find(name, SCOPE_GLOBAL);
	if (equals == all.n)
		return err_temp(err, "-o %s: key=value is wanted", assignment);
	if (!key) {
		struct str hint = conf_key_suggest(name, SCOPE_GLOBAL, file->mem);
		return err_temp(err, "-o %s: unknown key; " STR_FMT, assignment, STR_ARGS(hint));
	}
	struct setting *s = ARENA_PUSH(file->mem, file->settings, file->count);
	*s = (struct setting){.key = key, .scope = SCOPE_GLOBAL};
	while (key->type->is_list && str_word(&value, &word))
		*(struct str *)ARENA_PUSH(file->mem, s->values.items, s->values.count) = word;
	if (!key->type->is_list)
		*(struct str *)ARENA_PUSH(file->mem, s->values.items, s->values.count) = value;
	if (check_setting(s, why, sizeof why) < 0)
		return err_temp(err, "-o %s: %s", assignment, why);
	return 0;
}

/* ---- what is in force ---- */

static struct str domain_of(struct str address)
{
	return str_slice(address, str_rfind(address, '@') + 1, address.n);
}

static bool applies(const struct setting *s, struct str recipient)
{
	if (s->scope == SCOPE_DOMAIN)
		return str_ieq(s->title, domain_of(recipient));
	if (s->scope == SCOPE_ADDRESS)
		return str_ieq(s->title, recipient);
	return s->scope == SCOPE_GLOBAL;
}

/* Later wins: the file, its domain and address sections, the command line. */
static unsigned rank(const struct setting *s)
{
	if (s->line == 0)
		return 4;
	return s->scope == SCOPE_ADDRESS ? 3 : s->scope == SCOPE_DOMAIN ? 2 : 1;
}

static const struct setting *winner(
	const struct conf_file *file, const struct conf_key *key, struct str recipient)
{
	const struct setting *best = NULL;
	for (size_t i = 0; i < file->count; i++) {
		const struct setting *s = &file->settings[i];
		if (s->key == key && applies(s, recipient) && (!best || rank(s) >= rank(best)))
			best = s;
	}
	return best;
}

static struct tag_organization *organization_named(
	struct conf *conf, struct str name, struct arena *mem)
{
	for (size_t i = 0; i < conf->organization_count; i++)
		if (str_eq(conf->organizations[i].name, name))
			return &conf->organizations[i];
	struct tag_organization *org =
		ARENA_PUSH(mem, conf->organizations, conf->organization_count);
	org->name = name;
	return org;
}

/* Every value was checked when it was read, so setting it again cannot fail. */
static void put(
	const struct conf_key *key, void *base, const struct str_list *values, struct arena *mem)
{
	char why[512];
	if (!conf_key_set(key, base, values, mem, why, sizeof why))
		abort();
}

const struct conf *conf_for(const struct conf_file *file, struct str recipient, struct arena *mem)
{
	struct conf *conf = arena_alloc(mem, sizeof *conf);
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		if (key->scopes & SCOPE_ORGANIZATION)
			continue;
		const struct setting *s = winner(file, key, recipient);
		struct str_list standard = conf_key_standard(key, mem);
		put(key, conf, s ? &s->values : &standard, mem);
	}
	for (size_t i = 0; i < file->count; i++) {
		const struct setting *s = &file->settings[i];
		if (s->scope == SCOPE_ORGANIZATION)
			put(s->key, organization_named(conf, s->title, mem), &s->values, mem);
	}
	return conf;
}

/* ---- printing ---- */

static void print_values(const struct conf_key *key, const struct str_list *values, FILE *out)
{
	struct buf text = {0};
	for (size_t i = 0; i < values->count; i++) {
		struct buf value = {0};
		log_escape(&value, values->items[i]);
		bool quoted = value.n && value.p[0] == '"';
		buf_fmt(&text, quoted ? "%s" STR_FMT : "%s\"" STR_FMT "\"", i ? ", " : "",
			STR_ARGS(buf_str(&value)));
		buf_free(&value);
	}
	fprintf(out, key->type->is_list ? "%-20s = {%s%s%s}" : "%-20s =%s%s%s", key->name,
		text.n ? " " : "", buf_cstr(&text), text.n && key->type->is_list ? " " : "");
	buf_free(&text);
}

static void print_origin(const struct conf_file *file, const struct setting *s, FILE *out)
{
	if (!s)
		fprintf(out, "   # default\n");
	else if (s->line == 0)
		fprintf(out, "   # -o\n");
	else if (s->title.n)
		fprintf(out, "   # %s:%u, section \"" STR_FMT "\"\n", file->path, s->line,
			STR_ARGS(s->title));
	else
		fprintf(out, "   # %s:%u\n", file->path, s->line);
}

void conf_print(const struct conf_file *file, struct str recipient, FILE *out)
{
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		if (key->scopes & SCOPE_ORGANIZATION)
			continue;
		const struct setting *s = winner(file, key, recipient);
		struct str_list standard = conf_key_standard(key, file->mem);
		print_values(key, s ? &s->values : &standard, out);
		print_origin(file, s, out);
	}
	for (size_t i = 0; i < file->count; i++) {
		const struct setting *s = &file->settings[i];
		if (s->scope != SCOPE_ORGANIZATION)
			continue;
		print_values(s->key, &s->values, out);
		print_origin(file, s, out);
	}
}
