#include "base/io.h"
#include "base/utf8.h"
#include "mda/conf/conf_parse.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

enum { CONF_MAX = 64 * 1024 * 1024, INCLUDES_DEEPEST = 8 };

/* ---- from what was parsed to a list of settings ---- */

/*
 * The place to report when values are refused: that of the first value that is refused on its own,
 * otherwise that of the key.
 */
static const struct conf_place *culprit(const struct setting *s)
{
	char why[512];
	for (size_t i = 0; i < s->values.count; i++) {
		struct str_list one = {&s->values.items[i], 1};
		if (!conf_setting_is_valid(s->key, &one, why, sizeof why))
			return &s->places[i];
	}
	return &s->place;
}

/* Adds the settings SET of a section to TO, in the order of conf_keys[]. */
static int take_settings(struct settings *to, const struct setting *set, enum conf_scope scope,
	struct str title, struct arena *mem, struct err *err)
{
	char why[512];
	for (size_t i = 0; i < conf_key_count; i++) {
		if (!set[i].key)
			continue;
		struct setting *s = ARENA_PUSH(mem, to->items, to->count);
		*s = set[i];
		s->scope = scope;
		s->title = title;
		if (conf_setting_is_valid(s->key, &s->values, why, sizeof why))
			continue;
		const struct conf_place *place = culprit(s);
		return conf_text_fail(place->text, place->at, why, err);
	}
	return 0;
}

/* ---- files ---- */

struct loader {
	struct conf_file *file;
	struct setting *global;           /* what is set outside of sections, by the files so far */
	struct setting *inner;            /* for what is set in one section */
	struct conf_aparts organizations; /* their titles and places */
	unsigned depth;                   /* of includes */
	struct err *err;
};

static int load_file(struct loader *l, const char *path);

static struct conf_text *read_text(struct loader *l, const char *path)
{
	struct arena *mem = l->file->mem;
	struct conf_text *text = arena_alloc(mem, sizeof *text);
	struct str bytes;
	int r = io_read_file(path, CONF_MAX, mem, &bytes, l->err);
	if (r == 0)
		err_temp(l->err, "the configuration %s does not exist", path);
	if (r <= 0)
		return NULL;
	const char *brace = memrchr(bytes.p, '}', bytes.n);
	*text = (struct conf_text){.path = path,
		.p = bytes.p,
		.n = bytes.n,
		.last_brace = brace ? (size_t)(brace - bytes.p) : 0};
	return text;
}

/* A relative name is relative to the directory of the file that includes it. */
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

/* Loads the files in the order of their names. If none matches, nothing is included. */
static int load_matching(struct loader *l, const char *pattern)
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

static int include(struct loader *l, const struct conf_text *text, const struct conf_stop_at *stop)
{
	if (stop->files.count && l->depth == INCLUDES_DEEPEST)
		return conf_text_fail(text, stop->at,
			"files include one another too deeply; does one include itself?", l->err);
	l->depth++;
	for (size_t i = 0; i < stop->files.count; i++) {
		const char *path = beside(text, stop->files.items[i], l->file->mem);
		if ((strpbrk(path, "*?[") ? load_matching : load_file)(l, path) < 0)
			return -1;
	}
	l->depth--;
	return 0;
}

static int load_organization(
	struct loader *l, struct conf_parser *outside, const struct conf_stop_at *stop)
{
	struct conf_parser p = *outside;
	struct arena *mem = l->file->mem;
	struct str title;
	if (conf_lex_word(&p.lexer, &stop->title, mem, &title) < 0)
		return -1;
	title = arena_str(mem, title);
	p.scope = SCOPE_ORGANIZATION;
	conf_apart_add(&l->organizations, p.lexer.text, &stop->title, p.scope, mem);
	p.settings = l->inner;
	memset(l->inner, 0, conf_key_count * sizeof *l->inner);
	if (conf_parse_inside(&p, stop->open) < 0)
		return -1;
	outside->lexer.at = p.lexer.at;
	return take_settings(&l->file->settings, p.settings, p.scope, title, mem, l->err);
}

static int check_bytes(const struct conf_text *text, struct err *err)
{
	const char *nul = memchr(text->p, '\0', text->n);
	if (!nul)
		return 0;
	return conf_text_fail(text, (size_t)(nul - text->p),
		"this is a NUL byte; the file must be plain text", err);
}

static int load_file(struct loader *l, const char *path)
{
	struct conf_stop_at stop = {.kind = CONF_STOP_END};
	struct conf_text *text = read_text(l, path);
	if (!text || check_bytes(text, l->err) < 0)
		return -1;
	struct str whole = {text->p, text->n};
	size_t start = whole.n - utf8_without_mark(whole).n;
	struct conf_parser p = {.lexer = {text, start, text->n, l->err},
		.scope = SCOPE_GLOBAL,
		.settings = l->global,
		.mem = l->file->mem};
	do {
		if (conf_parse_next(&p, &l->file->apart, &stop) < 0)
			return -1;
		if (stop.kind == CONF_STOP_INCLUDE && include(l, text, &stop) < 0)
			return -1;
		if (stop.kind == CONF_STOP_SECTION && load_organization(l, &p, &stop) < 0)
			return -1;
	} while (stop.kind != CONF_STOP_END);
	return 0;
}

struct conf_file *conf_load(const char *path, struct arena *mem, struct err *err)
{
	struct conf_file *file = arena_alloc(mem, sizeof *file);
	file->path = path;
	file->mem = mem;
	file->asked = arena_alloc(mem, sizeof *file->asked);
	if (!path)
		return file;
	struct loader l = {.file = file,
		.global = conf_parse_settings(mem),
		.inner = conf_parse_settings(mem),
		.err = err};
	if (load_file(&l, path) < 0 || conf_apart_check_twice(&l.organizations, mem, err) < 0 ||
		take_settings(&file->settings, l.global, SCOPE_GLOBAL, STR_EMPTY, mem, err) < 0)
		return NULL;
	return file;
}

int conf_load_apart(const struct conf_apart *apart, struct settings *settings, struct arena *mem,
	struct err *err)
{
	struct conf_token title, brace;
	struct conf_lexer l = {apart->text, apart->start, apart->text->n, err};
	if (conf_lex_next(&l, &title) < 0 || conf_lex_next(&l, &brace) < 0)
		return -1;
	size_t from = l.at;
	if (conf_lex_skip_braces(&l, brace.at) < 0)
		return -1;
	struct conf_parser p = {.lexer = {apart->text, from, l.at - 1, err},
		.scope = apart->scope,
		.settings = conf_parse_settings(mem),
		.mem = mem};
	if (conf_parse_inside(&p, SIZE_MAX) < 0)
		return -1;
	return take_settings(settings, p.settings, p.scope, apart->title, mem, err);
}

int conf_load_value(const struct conf_text *text, struct str title, struct settings *settings,
	struct arena *mem, struct err *err)
{
	struct conf_parser p = {.lexer = {text, 0, text->n, err},
		.scope = SCOPE_ADDRESS,
		.has_commas = true,
		.settings = conf_parse_settings(mem),
		.mem = mem};
	if (conf_parse_inside(&p, SIZE_MAX) < 0)
		return -1;
	return take_settings(settings, p.settings, p.scope, title, mem, err);
}
