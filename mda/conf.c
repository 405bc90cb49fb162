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

static bool is_valid(
	const struct conf_key *key, const struct str_list *values, char *why, size_t size)
{
	union {
		struct conf conf;
		struct organization organization;
	} field;
	struct arena *scratch = arena_new();
	bool valid = conf_key_set(key, &field, values, scratch, why, size);
	arena_free(scratch);
	return valid;
}

/* Of values that were refused: the place of the first that is refused on its own, else the key's. */
static size_t culprit(const struct setting *s, const struct conf_place *place)
{
	char why[512];
	for (size_t i = 0; i < s->values.count && s->values.count == place->value_count; i++) {
		struct str_list one = {&s->values.items[i], 1};
		if (!is_valid(s->key, &one, why, sizeof why))
			return place->values[i];
	}
	return place->at;
}

static int take_setting(
	struct conf_file *file, const struct setting *s, const struct conf_place *place)
{
	char why[512];
	*(struct setting *)ARENA_PUSH(file->mem, file->settings, file->count) = *s;
	if (is_valid(s->key, &s->values, why, sizeof why))
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
	if (cfg_parse_buf(cfg, whole.p) != CFG_SUCCESS)
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
	if (!is_valid(key, &s->values, why, sizeof why))
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
	if (s->scope != SCOPE_GLOBAL && s->title.n == 0)
		return false;
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

static struct organization *organization_named(
	struct conf *conf, struct str name, struct arena *mem)
{
	for (size_t i = 0; i < conf->organization_count; i++)
		if (str_eq(conf->organizations[i].name, name))
			return &conf->organizations[i];
	struct organization *org = ARENA_PUSH(mem, conf->organizations, conf->organization_count);
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

void conf_titles(const struct conf_file *file, struct str_list *domains, struct str_list *addresses,
	struct arena *mem)
{
	*domains = *addresses = (struct str_list){0};
	for (size_t i = 0; i < file->count; i++) {
		const struct setting *s = &file->settings[i];
		struct str_list *to = s->scope == SCOPE_DOMAIN    ? domains
				      : s->scope == SCOPE_ADDRESS ? addresses
								  : NULL;
		if (to && (to->count == 0 || !str_ieq(to->items[to->count - 1], s->title)))
			*(struct str *)ARENA_PUSH(mem, to->items, to->count) = s->title;
	}
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
