#include "mda/conf/conf_personal.h"

#include "base/io.h"
#include "base/limits.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "base/utf8.h"
#include "mda/conf/conf_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERRORS_MOST = LIMIT_SETTINGS_ERRORS, VALUES_MOST = 100, VALUE_MOST = 1000 };

/* One reading of a file. */
struct reader {
	const struct conf_file *file;
	const struct conf *conf;
	struct conf_text text;   /* a copy, in which a NUL ends the line that is read */
	struct setting *setting; /* what the line sets, one for each of conf_keys[] */
	struct conf_personal *personal;
	struct buf errors;
	struct arena *mem;
};

bool conf_personal_may(const struct conf *conf, const struct conf_key *key)
{
	for (size_t i = 0; i < conf->user_settings.count; i++)
		if (str_ieq(conf->user_settings.items[i], str_of(key->name)))
			return true;
	return false;
}

/* ---- errors ---- */

static void add_error(struct reader *r, struct str sentence)
{
	if (r->personal->error_count++ >= ERRORS_MOST)
		return;
	buf_add(&r->errors, printable_line(sentence, '?', r->mem));
	buf_byte(&r->errors, '\n');
}

__attribute__((format(printf, 4, 5))) static void fail(
	struct reader *r, unsigned line, size_t column, const char *fmt, ...)
{
	char why[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(why, sizeof why, fmt, args); /* a longer text is cut */
	va_end(args);
	add_error(r, arena_fmt(r->mem, "%s:%u:%zu: %s", r->text.path, line, column, why));
}

/* ---- values ---- */

/* Why a value is not taken from a person, in any key; NULL: it is. */
static const char *why_not_value(const struct str_list *values)
{
	if (values->count > VALUES_MOST)
		return "the list is too long";
	for (size_t i = 0; i < values->count; i++) {
		if (values->items[i].n > VALUE_MOST)
			return "the value is too long";
		if (printable_has_control(values->items[i]))
			return "the value has a control character";
		if (!utf8_valid(values->items[i]))
			return "the value is not UTF-8";
	}
	return NULL;
}

static bool is_antispam(const struct conf_key *key)
{
	return key->offset == offsetof(struct conf, antispam);
}

/* Which filter there is, is the admin's: people may turn it off, or believe the header. */
static bool is_own_filter(const struct conf *conf, const struct str_list *values)
{
	bool on = str_ieq(values->items[0], STR_LIT("yes")) ||
		  str_ieq(values->items[0], STR_LIT("on")) ||
		  str_ieq(values->items[0], STR_LIT("true"));
	return on && conf->antispam != SPAM_BY_NOBODY;
}

static bool is_other_filter(const struct conf *conf, const struct str_list *values)
{
	bool asks = str_ieq(values->items[0], STR_LIT("spamd")) ||
		    str_ieq(values->items[0], STR_LIT("rspamd"));
	const char *const own[] = {[SPAM_BY_HEADERS] = "headers",
		[SPAM_BY_SPAMD] = "spamd",
		[SPAM_BY_RSPAMD] = "rspamd",
		[SPAM_BY_NOBODY] = "none"};
	return asks && !str_ieq(values->items[0], str_of(own[conf->antispam]));
}

static bool may_set(struct reader *r, const struct setting *s, unsigned line, size_t column)
{
	char wrong[512];
	const char *name = s->key->name, *why = why_not_value(&s->values);
	if (!conf_personal_may(r->conf, s->key))
		fail(r, line, column, "%s is not yours to set", name);
	else if (why)
		fail(r, line, column, "%s: %s", name, why);
	else if (!conf_setting_is_valid(s->key, &s->values, wrong, sizeof wrong))
		fail(r, line, column, "%s", wrong);
	else if (is_antispam(s->key) && is_other_filter(r->conf, &s->values))
		fail(r, line, column, "%s: this server is not asked here; yes, no or headers",
			name);
	else if (conf_is_overridden(r->file, s->key))
		fail(r, line, column, "%s is set on the command line of mda", name);
	else
		return true;
	return false;
}

/* The last line that sets a key counts. */
static void take(struct reader *r, const struct setting *s, unsigned line)
{
	struct conf_personal *p = r->personal;
	struct conf_own *own = (struct conf_own *)conf_personal_find(p, s->key);
	if (!own)
		own = ARENA_PUSH(r->mem, p->items, p->count);
	*own = (struct conf_own){s->key, s->values, line};
}

/* ---- lines ---- */

/* The byte after the lexer's end must not be a blank, so it is a NUL for the time. */
static int parse_line(struct reader *r, size_t from, size_t to, struct err *err)
{
	char *end = (char *)r->text.p + to, after = *end;
	struct conf_parser p = {.lexer = {&r->text, from, to, err},
		.scope = SCOPE_ADDRESS,
		.settings = r->setting,
		.mem = r->mem};
	*end = '\0';
	memset(r->setting, 0, conf_key_count * sizeof *r->setting);
	int result = conf_parse_inside(&p, SIZE_MAX);
	*end = after;
	return result;
}

static void read_line(struct reader *r, unsigned line, size_t from, size_t to)
{
	struct err err;
	struct str all = {r->text.p + from, to - from};
	size_t nul = str_find(all, '\0');
	struct str trimmed = str_trim(all);
	if (trimmed.n == 0 || trimmed.p[0] == '#')
		return;
	if (nul < all.n)
		return fail(r, line, nul + 1, "this is a NUL byte; the file must be plain text");
	if (!ascii_isalnum(trimmed.p[0]) && trimmed.p[0] != '/')
		return fail(r, line, 1, "a line starts with a key, or with #");
	if (parse_line(r, from, to, &err) < 0)
		return add_error(r, str_of(err.text));
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct setting *s = &r->setting[i];
		if (s->key && may_set(r, s, line, s->place.at - from + 1))
			take(r, s, line);
	}
}

/* Every line that is wrong takes time, so not too many of them are looked at. */
static void read_lines(struct reader *r)
{
	struct str all = {r->text.p, r->text.n};
	size_t at = all.n - utf8_without_mark(all).n;
	for (unsigned line = 1; at < all.n && r->personal->error_count <= ERRORS_MOST; line++) {
		size_t to = at + str_find(str_slice(all, at, all.n), '\n');
		read_line(r, line, at, to);
		at = to + 1;
	}
}

static void keep_errors(struct reader *r)
{
	if (r->personal->error_count > ERRORS_MOST)
		buf_fmt(&r->errors, "%s: too many errors; what follows is not read\n",
			r->text.path);
	r->personal->errors = arena_str(r->mem, buf_str(&r->errors));
	buf_free(&r->errors);
}

void conf_personal_parse(const struct conf_file *file, const struct conf *conf, const char *path,
	struct str text, struct arena *mem, struct conf_personal *p)
{
	struct str copy = arena_str(mem, text);
	struct reader r = {.file = file,
		.conf = conf,
		.text = {.path = path, .p = copy.p, .n = copy.n},
		.setting = conf_parse_settings(mem),
		.personal = p,
		.mem = mem};
	*p = (struct conf_personal){.path = path};
	read_lines(&r);
	keep_errors(&r);
}

/* ---- the file ---- */

const char *conf_personal_path(
	const struct conf *conf, const struct template_values *names, struct arena *mem)
{
	const char *path;
	if (conf->user_settings.count == 0 || conf->settings.n == 0 ||
		template_expand(conf->settings, names, mem, &path, NULL) < 0)
		return NULL;
	return path;
}

int conf_personal_read(const struct conf_file *file, const struct conf *conf,
	const struct template_values *names, struct arena *mem, struct conf_personal *p)
{
	struct str text;
	struct err err;
	const char *path = conf_personal_path(conf, names, mem);
	*p = (struct conf_personal){.path = path};
	if (!path)
		return 0;
	int r = io_read_file(path, LIMIT_SETTINGS, mem, &text, &err);
	if (r > 0)
		conf_personal_parse(file, conf, path, text, mem, p);
	if (r < 0) {
		p->errors = arena_fmt(mem, "%s\n", err.text);
		p->error_count = 1;
	}
	return r != 0;
}

/* ---- using it ---- */

const struct conf_own *conf_personal_find(const struct conf_personal *p, const struct conf_key *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].key == key)
			return &p->items[i];
	return NULL;
}

const struct conf *conf_personal_apply(
	const struct conf *conf, const struct conf_personal *p, struct arena *mem)
{
	if (p->count == 0)
		return conf;
	struct conf *own = arena_alloc(mem, sizeof *own);
	*own = *conf;
	for (size_t i = 0; i < p->count; i++) {
		const struct conf_own *o = &p->items[i];
		if (is_antispam(o->key) && is_own_filter(conf, &o->values))
			continue;
		conf_key_put(o->key, own, &o->values, mem);
	}
	return own;
}
